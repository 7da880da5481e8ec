/** RowSum: the same bits for any division into tiles. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RowSum } from "../../src/engine/reduction.js";

/** Sums of thirds are rounded at every step. They come from integers because counterexamples of doubles take minutes to shrink. */
const thirds = fc.integer({ min: -(2 ** 45), max: 2 ** 45 }).map((value) => value / 3);
const values = fc.array(thirds, { maxLength: 60 });
const cuts = fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 12 });

/** The definition: lane k adds rows k, k + 4, ...; the total is (0 + 1) + (2 + 3). */
function laneSum(rows: readonly number[]): number {
  const lanes = [0, 0, 0, 0];
  for (const [row, value] of rows.entries()) lanes[row % 4] = lanes[row % 4] + value;
  const [a, b, c, d] = lanes as [number, number, number, number];
  return a + b + (c + d);
}

/** Adds the rows in pieces whose sizes cycle through `sizes`. */
function sumInPieces(rows: readonly number[], sizes: readonly number[]): number {
  const sum = new RowSum();
  for (let row = 0, piece = 0; row < rows.length; piece++) {
    const count = Math.min(sizes[piece % sizes.length], rows.length - row);
    // the column is longer than the tile's rows, as in the engine
    sum.add(Float64Array.from([...rows.slice(row, row + count), Number.NaN, Number.NaN]), count);
    row += count;
  }
  return sum.total;
}

describe("RowSum", () => {
  it("adds four lanes in a fixed order, however the rows are cut", () => {
    const property = fc.property(values, cuts, (rows, sizes) => {
      expect(Object.is(sumInPieces(rows, sizes), laneSum(rows))).toBe(true);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it("counts skipped rows as zeros", () => {
    const property = fc.property(values, fc.integer({ min: 1, max: 9 }), values, (before, skipped, after) => {
      const sum = new RowSum();
      sum.add(Float64Array.from(before), before.length);
      sum.skip(skipped);
      sum.add(Float64Array.from(after), after.length);
      expect(Object.is(sum.total, laneSum([...before, ...new Array<number>(skipped).fill(0), ...after]))).toBe(true);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("gives other bits than a sum in another order", () => {
    const rows = [1e16, 1, -1e16, 1];
    expect(rows.reduce((a, b) => a + b)).toBe(1);
    expect(sumInPieces(rows, [4])).toBe(0);
  });

  it("is 0 for no rows, and keeps NaN and infinities", () => {
    expect(new RowSum().total).toBe(0);
    expect(sumInPieces([1, Infinity, 2], [2])).toBe(Number.POSITIVE_INFINITY);
    expect(sumInPieces([Infinity, 1, -Infinity], [1])).toBeNaN();
    expect(sumInPieces([0, Number.NaN, 0, 0, 0], [3])).toBeNaN();
  });
});
