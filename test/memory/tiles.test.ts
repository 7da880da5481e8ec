/** Division of rows into tiles: each row exactly once, and never more than a tile holds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ELEMENT_BATCH,
  ELEMENT_CHUNK,
  ELEMENT_SCRATCH_BYTES,
  EXP_SCRATCH_BYTES,
  FEW_CLASSES,
  GRADIENT_ELEMENTS,
  GROUP_SLACK,
  KEPT_ELEMENTS,
  PATTERN_ELEMENTS,
  ROWS_ELEMENTS,
  SEGMENT,
  TILE_ELEMENTS,
  TILE_ROWS,
} from "../../src/memory/constants.js";
import { CROSS_ENTROPY_PARTS, ELEMENT_PARTS, SCORE_PARTS } from "../../src/memory/gradient-parts.js";
import { layoutAt } from "../../src/memory/layout.js";
import {
  columnsPerTile,
  copiesPadding,
  elementsBefore,
  outersPerTile,
  type Rows,
  rowStart,
  tileRows,
} from "../../src/memory/tiles.js";

const classes = fc.oneof(
  fc.integer({ min: 1, max: 70 }),
  fc.integer({ min: 1, max: 40_000 }),
  fc.constantFrom(
    8191,
    8192,
    8193,
    ROWS_ELEMENTS,
    ROWS_ELEMENTS + 1,
    SEGMENT - 1,
    SEGMENT,
    SEGMENT + 1,
    TILE_ELEMENTS,
    TILE_ELEMENTS + 1,
    151_936,
  ),
);
const rowCount = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3 * TILE_ROWS }));

/** Layouts with the class axis last, with or without padding. */
const lastAxis: fc.Arbitrary<Rows> = fc
  .record({ rows: rowCount, classes, padding: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(80_000)) })
  .map(({ rows, classes, padding }) => ({ rows, classes, inner: 1, stride: classes + padding }));

/** Layouts with another class axis, of whole outer indices. */
const innerAxis: fc.Arbitrary<Rows> = fc
  .record({
    outer: fc.integer({ min: 1, max: 20 }),
    classes,
    inner: fc.oneof(fc.integer({ min: 2, max: 70 }), fc.constantFrom(TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1, 3 * TILE_ROWS + 5)),
  })
  .map(({ outer, classes, inner }) => ({ rows: outer * inner, classes, inner, stride: classes * inner }));

/** First row and number of rows of every tile. */
function tilesOf(layout: Rows): [row: number, rows: number][] {
  const tiles: [number, number][] = [];
  for (let row = 0; row < layout.rows; ) {
    const rows = tileRows(layout, row);
    // a tile without rows would loop forever
    if (!(Number.isInteger(rows) && rows > 0)) expect.fail(`a tile of ${rows} rows at row ${row}`);
    tiles.push([row, rows]);
    row += rows;
  }
  return tiles;
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

describe("tileRows", () => {
  it("divides rows into tiles that contain each row once", () => {
    const property = fc.property(fc.oneof(lastAxis, innerAxis), (layout) => {
      const sizes = tilesOf(layout).map(([, rows]) => rows);
      expect(sizes.reduce((total, rows) => total + rows, 0)).toBe(layout.rows);
      expect(greatest(sizes)).toBeLessThanOrEqual(TILE_ROWS);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("never exceeds a tile's size, class axis last", () => {
    const property = fc.property(lastAxis, (layout) => {
      const segment = Math.min(layout.classes, SEGMENT);
      const elements = tilesOf(layout).map(([, rows]) => {
        // the tile source copies whole rows with their padding, or only the classes
        return copiesPadding(layout) ? (rows - 1) * layout.stride + segment : rows * segment;
      });
      expect(greatest(elements)).toBeLessThanOrEqual(TILE_ELEMENTS);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("gives each row longer than ROWS_ELEMENTS its own tile", () => {
    for (const classes of [ROWS_ELEMENTS + 1, 50_257, 151_936]) {
      expect(tilesOf({ rows: 3, classes, inner: 1, stride: classes }).map(([, rows]) => rows)).toEqual([1, 1, 1]);
    }
  });

  it("never exceeds the size of tile or panel and never crosses an outer index partially, other class axes", () => {
    const property = fc.property(innerAxis, (layout) => {
      const { inner, stride } = layout;
      const segment = Math.min(layout.classes, SEGMENT);
      const outers = outersPerTile(layout);
      const tiles = tilesOf(layout);
      if (outers > 0) {
        expect(tiles.filter(([row, rows]) => row % inner !== 0 || rows % inner !== 0)).toEqual([]);
        expect(greatest(tiles.map(([, rows]) => (rows / inner) * stride))).toBeLessThanOrEqual(TILE_ELEMENTS);
      } else {
        expect(tiles.filter(([row, rows]) => (row % inner) + rows > inner)).toEqual([]);
        expect(greatest(tiles.map(([, rows]) => rows * segment))).toBeLessThanOrEqual(TILE_ELEMENTS);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("cuts at multiples of eight where more than eight rows fit, class axis last", () => {
    const property = fc.property(lastAxis, (layout) => {
      const tiles = tilesOf(layout).slice(0, -1);
      expect(tiles.filter(([row, rows]) => rows > 8 && (row % 8 !== 0 || rows % 8 !== 0))).toEqual([]);
    });
    fc.assert(property, { numRuns: 200 });
  });

  it("fills most of a tile", () => {
    // of a thousand classes 16.4 rows would fit: 16
    expect(tilesOf({ rows: 1024, classes: 1000, inner: 1, stride: 1000 })).toHaveLength(64);
    expect(tilesOf({ rows: 4096, classes: 10, inner: 1, stride: 10 })).toHaveLength(3);
    expect(tilesOf({ rows: 2 * TILE_ROWS, classes: 1, inner: 1, stride: 1 })).toHaveLength(2);
  });
});

describe("by hand", () => {
  const last = (classes: number, stride = classes): Rows => ({ rows: 10_000, classes, inner: 1, stride });
  const inner = (classes: number, columns: number): Rows => ({
    rows: 100 * columns,
    classes,
    inner: columns,
    stride: classes * columns,
  });

  it.each<[layout: Rows, row: number, rows: number]>([
    [last(1000), 0, 16],
    [last(1000), 9_990, 10],
    [last(1000, 2000), 0, 8],
    [last(1000, 2001), 0, 16],
    [last(2048), 0, 8],
    [last(1820), 0, 8],
    [last(2340), 0, 7],
    [last(1), 0, TILE_ROWS],
    [last(1), 8_192, 10_000 - 8_192],
    [last(16_384), 0, 1],
    [last(16_385), 0, 1],
    [inner(10, 100), 0, 3200],
    [inner(10, 100), 9_600, 400],
    [inner(2, 100), 0, 4000],
    [inner(2, 4096), 0, 4096],
    [inner(1000, 100), 0, 32],
    [inner(1000, 100), 96, 4],
    [inner(1000, 100), 190, 10],
    [inner(70_000, 10), 3, 1],
    [inner(1, 5000), 0, 4096],
    [inner(1, 5000), 4096, 904],
  ])("the tile of %j at row %i has %i rows", (layout, row, rows) => {
    expect(tileRows(layout, row)).toBe(rows);
  });

  it("outer indices and columns per tile", () => {
    const layouts = [
      last(10),
      inner(10, 100),
      inner(2, 100),
      inner(2, 4096),
      inner(2, 4097),
      inner(1000, 100),
      inner(70_000, 10),
    ];
    expect(layouts.map(outersPerTile)).toEqual([0, 32, 40, 1, 0, 0, 0]);
    expect(layouts.map(columnsPerTile)).toEqual([3276, 3276, 4096, 4096, 4096, 32, 1]);
  });

  it("which padding is copied", () => {
    const layouts = [
      last(10),
      last(10, 20),
      last(10, 21),
      last(8192, 16_384),
      last(8193, 16_385),
      last(8193, 16_386),
      inner(2, 2),
    ];
    expect(layouts.map(copiesPadding)).toEqual([true, true, false, true, false, false, false]);
  });

  it("where rows begin", () => {
    expect([elementsBefore(last(5, 7), 3), rowStart(last(5, 7), 3)]).toEqual([21, 21]);
    expect([elementsBefore(inner(10, 4), 8), rowStart(inner(10, 4), 8), rowStart(inner(10, 4), 11)]).toEqual([80, 80, 83]);
  });
});

describe("layoutAt", () => {
  it("places the parts in order, aligned, with room for reads and writes past their end", () => {
    const base = 64;
    const { end, ...starts } = layoutAt(base);
    const addresses = Object.values(starts);
    expect(addresses.toSorted((a, b) => a - b)).toEqual(addresses);
    expect(addresses[0]).toBe(base);
    for (const address of addresses) expect(address % 16).toBe(0);
    const bytes: Record<keyof typeof starts, number> = {
      ...{ tileA: TILE_ELEMENTS * 4, tileB: TILE_ELEMENTS * 4, panel: TILE_ELEMENTS * 4, weight: SEGMENT * 4 },
      posWeight: ELEMENT_CHUNK * 4,
      gradient: GRADIENT_ELEMENTS * 4,
      expScratch: EXP_SCRATCH_BYTES,
      ...{ target: TILE_ROWS * 4, max: TILE_ROWS * 4, rest: TILE_ROWS * 8, nextMax: TILE_ROWS * 4, nextRest: TILE_ROWS * 8 },
      ...{ targetLogit: TILE_ROWS * 4, rowWeight: TILE_ROWS * 8, dot: TILE_ROWS * 8, mass: TILE_ROWS * 8 },
      ...{ nextDot: TILE_ROWS * 8, nextMass: TILE_ROWS * 8 },
      ...{ logSum: TILE_ROWS * 8, upstream: TILE_ROWS * 8, factor: TILE_ROWS * 4, share: TILE_ROWS * 4 },
      ...{
        targetFactor: TILE_ROWS * 4,
        targetAdd: TILE_ROWS * 4,
        whole: TILE_ROWS * 4,
        lost: TILE_ROWS * 4,
        refs: TILE_ROWS * 4,
      },
      ...{ rank: TILE_ROWS * 4, entropySum: TILE_ROWS * 8, entropyDot: TILE_ROWS * 8 },
      ...{ loss: TILE_ROWS * 8, z: TILE_ROWS * 8 },
    };
    const ends = [...addresses.slice(1), end];
    for (const [i, [name, start]] of Object.entries(starts).entries()) {
      // kernels read 28 bytes past a row and write three f64 past a column
      const room = ends[i] - start - bytes[name as keyof typeof starts];
      expect(room, name).toBeGreaterThanOrEqual(28);
    }
  });

  it("divides the gradient tile into parts that are large enough and do not overlap", () => {
    const grouped = TILE_ELEMENTS + GROUP_SLACK;
    const list = TILE_ELEMENTS;
    const divisions = { crossEntropy: { kept: 0, ...CROSS_ENTROPY_PARTS }, elements: ELEMENT_PARTS, scores: SCORE_PARTS };
    const elements: { [D in keyof typeof divisions]: Record<keyof (typeof divisions)[D], number> } = {
      crossEntropy: { kept: KEPT_ELEMENTS, group: 4 * FEW_CLASSES, result: grouped, second: grouped },
      elements: {
        values: TILE_ELEMENTS,
        ...{ weight: PATTERN_ELEMENTS, posWeight: PATTERN_ELEMENTS },
        scratch: ELEMENT_SCRATCH_BYTES / 4,
        gradients: ELEMENT_BATCH,
      },
      // the exponentials of a tile's rows, in groups and as plain rows
      scores: { values: list, ids: list, otherValues: list, otherIds: list, exponentials: 2 * grouped },
    };
    for (const [division, parts] of Object.entries(divisions)) {
      const sizes: Readonly<Record<string, number>> = elements[division as keyof typeof elements];
      const starts = Object.entries<number>(parts);
      const nextStarts = [...starts.slice(1).map(([, start]) => start), GRADIENT_ELEMENTS];
      for (const [i, [part, start]] of starts.entries()) {
        expect(start + sizes[part], `${division}.${part}`).toBeLessThanOrEqual(nextStarts[i]);
        expect(start % 4, `${division}.${part}`).toBe(0);
      }
    }
  });

  it("gives the same layout beyond 2 GiB", () => {
    const low = layoutAt(64);
    const high = layoutAt(3 * 2 ** 30 + 64);
    for (const [name, start] of Object.entries(low)) expect(high[name as keyof typeof low], name).toBe(start + 3 * 2 ** 30);
  });

  it("is four and a quarter megabytes", () => {
    expect(layoutAt(64).end).toBeLessThan(4.25 * 2 ** 20);
  });
});
