/** logSumExpRows on each of its paths (few, medium and large numbers of classes), and mergeRows. */
import { describe, expect, it } from "vitest";
import { expectSameBits, KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

/** Sizes around vectors, path boundaries (128 and 4096), flushes (64 and 256), the block (512) and its unrolled loops. */
const SIZES = [
  ...Array.from({ length: 70 }, (_, i) => i + 1),
  ...[127, 128, 129, 130, 131, 144, 255, 256, 257, 271, 272, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 16384, 65536],
];
/** At least one size per path. */
const PATHS = [1, 2, 3, 4, 5, 10, 63, 64, 65, 70, 128, 129, 512, 1030, 4096, 4097, 5000];
const MOST_ROWS = 9;
const IGNORED = -100;
/** Initial content of the columns. */
const UNTOUCHED = -7;

interface Statistics {
  readonly max: Float32Array;
  readonly rest: Float64Array;
}

interface Options {
  readonly stride?: number;
  readonly temperature?: number;
  readonly targets?: readonly number[];
  readonly poison?: number;
}

describe.each(variants)("logSumExpRows, %s build", (variant) => {
  const small = new KernelMemory(variant, 65536);
  const medium = new KernelMemory(variant, 4 * 65536);
  const big = new KernelMemory(variant, (65536 + 64) * 4 * MOST_ROWS + 65536);

  /** Runs `rows` rows of `logits`, `stride` apart, between poison, and checks what was written. */
  const statistics = (logits: ArrayLike<number>, rows: number, cols: number, options: Options = {}): Statistics => {
    const { stride = cols, temperature = 1, targets, poison } = options;
    // most of the time goes into filling and comparing the memory around the arrays
    const memory = logits.length < 4096 ? small : logits.length < 50_000 ? medium : big;
    memory.clear(poison);
    const from = memory.float32(logits);
    const classes = targets ? memory.int32(targets).byteOffset : 0;
    const max = memory.float32(new Float32Array(rows).fill(UNTOUCHED));
    const rest = memory.float64(new Float64Array(rows).fill(UNTOUCHED));
    const scratch = memory.expScratch();
    // a group of four rows writes all four entries
    const written = [
      { array: max, slack: 12 },
      { array: rest, slack: 24 },
      { array: scratch, slack: 0 },
    ];
    memory.expectWritesOnly(written, () => {
      const at = [max.byteOffset, rest.byteOffset, scratch.byteOffset] as const;
      memory.kernels.logSumExpRows(from.byteOffset, rows, cols, stride, classes, IGNORED, temperature, ...at);
    });
    return { max: max.slice(), rest: rest.slice() };
  };

  const ofRow = (row: ArrayLike<number>, temperature = 1): { max: number; rest: number } => {
    const { max, rest } = statistics(row, 1, row.length, { temperature });
    return { max: max[0], rest: rest[0] };
  };

  it("gives the exact maximum and R of every row, for every size and number of rows, regardless of neighbouring data", () => {
    for (const cols of SIZES) {
      for (let rows = 1; rows <= MOST_ROWS; rows++) {
        // every third size has poisoned padding between rows
        const stride = cols % 3 === 0 ? cols + 5 : cols;
        const logits = normalLogits((rows - 1) * stride + cols, 3, randomFrom(cols * 16 + rows));
        const got = statistics(padded(logits, cols, stride, Number.NaN), rows, cols, { stride });
        for (let r = 0; r < rows; r++) {
          const row = logits.subarray(r * stride, r * stride + cols);
          expectStatistics(got, r, row, 1, `row ${r} of ${rows} x ${cols}`);
        }
        // long rows are slow to poison, and their tails are the same as those of short rows
        if (cols > 1100 && rows > 1) continue;
        for (const poison of Object.values(POISONS)) {
          const poisoned = statistics(padded(logits, cols, stride, floatOf(poison)), rows, cols, { stride, poison });
          expectSameBits(poisoned.max, got.max, `${rows} x ${cols} beside ${floatOf(poison)}`);
          expectSameBits(poisoned.rest, got.rest, `${rows} x ${cols} beside ${floatOf(poison)}`);
        }
      }
    }
  });

  it("divides by the temperature", () => {
    for (const temperature of [0.05, 0.7, 1.5, 15, 1e4]) {
      for (const cols of PATHS) {
        const logits = normalLogits(cols, 3, randomFrom(cols));
        expectStatistics(statistics(logits, 1, cols, { temperature }), 0, logits, temperature, `${cols} at ${temperature}`);
      }
    }
  });

  it("keeps a tiny R", () => {
    for (const cols of PATHS.slice(1)) {
      for (const gap of [20, 50, 80]) {
        for (const place of [0, cols - 1, cols >> 1]) {
          const row = new Float32Array(cols);
          row[place] = gap;
          const { max, rest } = ofRow(row);
          expect(max).toBe(gap);
          const exact = (cols - 1) * Math.exp(-gap);
          expect(Math.abs(rest / exact - 1), `${cols} columns, gap ${gap}`).toBeLessThan(3e-6);
        }
      }
    }
  });

  it("treats 0 and -0 as equal: R is the same for every row position, and is not lost beside a zero", () => {
    for (const cols of PATHS.slice(3)) {
      const random = randomFrom(cols);
      const row = Float32Array.from({ length: cols }, () => (random() < 0.5 ? -25 : random() < 0.5 ? 0 : -0));
      // both zeros as maximum, in different lanes
      row.set([0, -25, -0]);
      const zeros = row.filter((x) => x === 0).length;
      const { rest } = statistics(Array.from({ length: MOST_ROWS }, () => Array.from(row)).flat(), MOST_ROWS, cols);
      for (const R of rest) expect(R, `${cols} columns`).toBe(rest[0]);
      // in blocks other than that of the first maximum a zero adds exp(0) = 1
      if (cols > 512) continue;
      const others = (cols - zeros) * Math.exp(-25);
      const error = Math.abs(rest[0] - (zeros - 1) - others);
      expect(error, `${cols} columns`).toBeLessThanOrEqual(3e-6 * others + 2 ** -52 * zeros);
    }
  });

  it("counts equal logits exactly, whatever their size", () => {
    for (const cols of PATHS) {
      for (const value of [0, -0, 88, -(2 ** 100), 3.4028234663852886e38, -3.4028234663852886e38]) {
        expect(ofRow(new Float32Array(cols).fill(value))).toEqual({ max: value, rest: cols - 1 });
      }
    }
  });

  it("handles a maximum that grows or falls from block to block", () => {
    for (const cols of [65, 128, 129, 600, 4096, 4097, 5000, 65536]) {
      const random = randomFrom(cols);
      const rising = Float32Array.from({ length: cols }, (_, i) => (30 * i) / cols + random());
      const falling = rising.slice().reverse();
      const steps = Float32Array.from({ length: cols }, (_, i) => 10 * Math.sin(i / 300) + random());
      // differs between blocks by more than f32's exponent range
      const cliffs = Float32Array.from({ length: cols }, (_, i) => 200 * Math.floor(i / 512) + random());
      for (const row of [rising, falling, steps, cliffs]) {
        expectStatistics(statistics(row, 1, cols), 0, row, 1, `${cols} columns`);
      }
    }
  });

  describe("special rows", () => {
    it("gives the infinite maximum and R = 0 for all -inf and for a +inf anywhere", () => {
      for (const cols of PATHS) {
        const none = new Float32Array(cols).fill(Number.NEGATIVE_INFINITY);
        expect(ofRow(none), `${cols} of -inf`).toEqual({ max: Number.NEGATIVE_INFINITY, rest: 0 });
        for (const place of placesOf(cols)) {
          for (const others of [0, Number.NEGATIVE_INFINITY]) {
            const row = new Float32Array(cols).fill(others);
            row[place] = Number.POSITIVE_INFINITY;
            expect(ofRow(row), `+inf at ${place} of ${cols}`).toEqual({ max: Number.POSITIVE_INFINITY, rest: 0 });
          }
        }
        const all = new Float32Array(cols).fill(Number.POSITIVE_INFINITY);
        expect(ofRow(all), `${cols} of +inf`).toEqual({ max: Number.POSITIVE_INFINITY, rest: 0 });
      }
    });

    it("gives R = NaN for a NaN anywhere, beside any values", () => {
      for (const cols of PATHS) {
        for (const place of placesOf(cols)) {
          for (const others of [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN]) {
            const row = new Float32Array(cols).fill(others);
            row[place] = Number.NaN;
            expect(ofRow(row).rest, `NaN at ${place} of ${cols}, else ${others}`).toBeNaN();
          }
        }
      }
    });

    it("adds 0 for -inf beside finite logits, also when whole blocks are -inf", () => {
      for (const cols of PATHS.slice(1)) {
        for (const place of placesOf(cols)) {
          const row = new Float32Array(cols).fill(Number.NEGATIVE_INFINITY);
          row[place] = -3;
          expect(ofRow(row), `finite at ${place} of ${cols}`).toEqual({ max: -3, rest: 0 });
        }
      }
    });

    it("keeps a NaN from a block without a maximum when a finite block follows", () => {
      const row = new Float32Array(5000).fill(Number.NEGATIVE_INFINITY);
      row[3] = Number.NaN;
      row[4000] = 1;
      expect(ofRow(row).rest).toBeNaN();
    });
  });

  it("gives each row the same bits alone and beside rows of any kind", () => {
    for (const cols of [1, 2, 3, 7, 10, 64, 65, 128, 129, 513, 4097]) {
      const rows = 7;
      const logits = normalLogits(rows * cols, 3, randomFrom(cols));
      const alone = Array.from({ length: rows }, (_, r) => statistics(logits.subarray(r * cols, (r + 1) * cols), 1, cols));
      for (const neighbour of [Number.NaN, Infinity, -Infinity, 3e38]) {
        for (let kept = 0; kept < rows; kept++) {
          const others = new Float32Array(rows * cols).fill(neighbour);
          others.set(logits.subarray(kept * cols, (kept + 1) * cols), kept * cols);
          const got = statistics(others, rows, cols);
          const one = { max: got.max.slice(kept, kept + 1), rest: got.rest.slice(kept, kept + 1) };
          const what = `row ${kept} of ${rows} x ${cols} beside ${neighbour}`;
          expectSameBits(one.max, (alone[kept] as Statistics).max, what);
          expectSameBits(one.rest, (alone[kept] as Statistics).rest, what);
        }
      }
    }
  });

  describe("ignored rows", () => {
    const rows = 7;
    const targets = [IGNORED, 0, IGNORED, 0, 0, IGNORED, 0];

    it.each(PATHS)("do not change the other rows (%i classes), although their logits are NaN", (cols) => {
      const logits = normalLogits(rows * cols, 3, randomFrom(cols));
      const all = statistics(logits, rows, cols);
      for (const [r, target] of targets.entries()) if (target === IGNORED) logits.fill(Number.NaN, r * cols, (r + 1) * cols);
      const got = statistics(logits, rows, cols, { targets });
      for (const [r, target] of targets.entries()) {
        if (target === IGNORED) continue;
        expect(got.max[r]).toBe(all.max[r]);
        expect(got.rest[r]).toBe(all.rest[r]);
      }
    });

    it("keep their columns unchanged above 128 classes", () => {
      for (const cols of [129, 512, 4097]) {
        const { max, rest } = statistics(new Float32Array(rows * cols), rows, cols, { targets });
        expect(Array.from(max)).toEqual(targets.map((target) => (target === IGNORED ? UNTOUCHED : 0)));
        expect(Array.from(rest)).toEqual(targets.map((target) => (target === IGNORED ? UNTOUCHED : cols - 1)));
      }
    });
  });

  it("reads at most 28 bytes past the last row", () => {
    for (const cols of SIZES) {
      for (let rows = 1; rows <= 5; rows++) {
        big.clear(POISONS.infinity);
        const logits = big.float32AtEnd(new Float32Array(rows * cols), 28);
        const max = big.float32(new Float32Array(rows));
        const rest = big.float64(new Float64Array(rows));
        const scratch = big.expScratch();
        big.kernels.logSumExpRows(
          logits.byteOffset,
          rows,
          cols,
          cols,
          0,
          0,
          1,
          max.byteOffset,
          rest.byteOffset,
          scratch.byteOffset,
        );
        expect(Array.from(rest)).toEqual(new Array(rows).fill(cols - 1));
      }
    }
  });
});

describe.each(variants)("mergeRows, %s build", (variant) => {
  const memory = new KernelMemory(variant, 65536);

  interface Part {
    readonly max: number;
    readonly rest: number;
  }

  /** Joins the second part to the first for many rows at once, and checks that only the first part's columns change. */
  const merge = (parts: readonly Part[], others: readonly Part[], temperature = 1): Part[] => {
    memory.clear();
    const max = memory.float32(parts.map((part) => part.max));
    const rest = memory.float64(parts.map((part) => part.rest));
    const otherMax = memory.float32(others.map((part) => part.max));
    const otherRest = memory.float64(others.map((part) => part.rest));
    const written = [max, rest].map((array) => ({ array, slack: 0 }));
    memory.expectWritesOnly(written, () => {
      const at = [max, rest, otherMax, otherRest].map((array) => array.byteOffset) as [number, number, number, number];
      memory.kernels.mergeRows(parts.length, temperature, ...at);
    });
    return parts.map((_, r) => ({ max: max[r], rest: rest[r] }));
  };

  /** R of all parts together, computed in f64. */
  const wholeOf = (parts: readonly Part[], temperature: number): Part => {
    const max = Math.max(...parts.map((part) => part.max));
    const greatest = parts.findIndex((part) => part.max === max);
    const rest = parts.reduce((sum, part, i) => {
      if (i === greatest) return sum + part.rest;
      return sum + (1 + part.rest) * Math.exp((part.max - max) / temperature);
    }, 0);
    return { max, rest };
  };

  it("joins parts in any order to the whole row, within 1e-12 of R", () => {
    const random = randomFrom(5);
    for (const temperature of [1, 0.3, 20]) {
      for (const spread of [1, 30, 300]) {
        const rows = Array.from({ length: 50 }, () =>
          Array.from({ length: 4 }, () => ({
            max: Math.fround(spread * (random() - 0.5)),
            rest: 10 ** (8 * random() - 4),
          })),
        );
        for (const order of permutations([0, 1, 2, 3])) {
          const [first, ...later] = order.map((part) => rows.map((row) => row[part] as Part)) as [Part[], ...Part[][]];
          const joined = later.reduce((sum, part) => merge(sum, part, temperature), first);
          for (const [r, row] of rows.entries()) {
            const whole = wholeOf(row, temperature);
            const { max, rest } = joined[r] as Part;
            const error = Math.abs(rest / whole.rest - 1);
            const what = `row ${r}, order ${order}, spread ${spread}`;
            if (max !== whole.max) expect.fail(`${what}: maximum ${max}, expected ${whole.max}`);
            if (!(error < 1e-12)) expect.fail(`${what}: R is ${rest}, expected ${whole.rest}, off by ${error}`);
          }
        }
      }
    }
  });

  it("a part far below leaves R unchanged; a part far above replaces it", () => {
    expect(merge([{ max: 0, rest: 3 }], [{ max: -2000, rest: 9 }])).toEqual([{ max: 0, rest: 3 }]);
    expect(merge([{ max: -2000, rest: 9 }], [{ max: 0, rest: 3 }])).toEqual([{ max: 0, rest: 3 }]);
    expect(merge([{ max: -3.4e38, rest: 9 }], [{ max: 3.4e38, rest: 3 }])[0]?.rest).toBe(3);
  });

  it("joins equal maxima exactly", () => {
    expect(merge([{ max: 1.5, rest: 2 }], [{ max: 1.5, rest: 4 }])).toEqual([{ max: 1.5, rest: 7 }]);
    expect(merge([{ max: 3.4028234663852886e38, rest: 0 }], [{ max: 3.4028234663852886e38, rest: 0 }])[0]?.rest).toBe(1);
  });

  it("keeps infinite maxima with R = 0; a part of only -inf adds nothing", () => {
    const nothing = { max: Number.NEGATIVE_INFINITY, rest: 0 };
    const infinite = { max: Number.POSITIVE_INFINITY, rest: 0 };
    const finite = { max: 2, rest: 0.5 };
    expect(merge([nothing, nothing, finite], [nothing, finite, nothing])).toEqual([nothing, finite, finite]);
    expect(merge([infinite, infinite, finite], [infinite, finite, infinite])).toEqual([infinite, infinite, infinite]);
    expect(merge([infinite, nothing], [nothing, infinite])).toEqual([infinite, infinite]);
  });

  it("gives R = NaN when one part has it, whatever the other has", () => {
    for (const max of [0, 5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
      for (const otherMax of [0, 5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]) {
        const bad = { max, rest: Number.NaN };
        const good = { max: otherMax, rest: 0 };
        expect(merge([bad, good, bad], [good, bad, bad]).map((part) => part.rest)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      }
    }
  });
});

/** Checks R against f64, and the log-sum-exp within 1e-7 max(1, |lse|), the bound that the losses state. */
function expectStatistics(got: Statistics, r: number, row: Float32Array, temperature: number, what: string): void {
  let max = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < row.length; c++) max = Math.max(max, row[c]);
  let sum = 0;
  for (let c = 0; c < row.length; c++) sum += Math.exp((row[c] - max) / temperature);
  const rest = sum - 1;
  const gotRest = got.rest[r];
  if (got.max[r] !== max) expect.fail(`${what}: maximum ${got.max[r]}, expected ${max}`);
  // the f64 reference itself loses terms below 1e-16 beside its 1
  if (!(Math.abs(gotRest - rest) <= 1e-6 * rest + 1e-15 * row.length)) {
    expect.fail(`${what}: R is ${gotRest}, expected ${rest}, off by ${Math.abs(gotRest / rest - 1)}`);
  }
  const lse = max / temperature + Math.log1p(rest);
  const error = Math.abs(Math.log1p(gotRest) - Math.log1p(rest));
  if (!(error <= 1e-7 * Math.max(1, Math.abs(lse)))) expect.fail(`${what}: log-sum-exp ${lse} off by ${error}`);
}

/** The logits, with the padding between rows replaced. */
function padded(logits: Float32Array, cols: number, stride: number, padding: number): Float32Array {
  return stride === cols ? logits : logits.map((x, i) => (i % stride < cols ? x : padding));
}

/** Indices at both ends, in the middle, and at vector and block boundaries. */
function placesOf(cols: number): number[] {
  return [...new Set([0, 1, 3, 4, 15, 16, 31, 511, 512, 513, cols >> 1, cols - 4, cols - 2, cols - 1])].filter(
    (place) => place >= 0 && place < cols,
  );
}

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => permutations(items.filter((_, j) => j !== i)).map((rest) => [item, ...rest]));
}

function floatOf(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
