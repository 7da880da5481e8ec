/** rowMax, rowExpSum and rowTarget, each against a plain loop. */
import { describe, expect, it } from "vitest";
import { expectClose } from "../support/expect-close.js";
import { expectSameBits, KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

/** Every length up to a few vectors, and lengths around the unrolled loops' steps and the block of 512. */
const SIZES = [...Array.from({ length: 71 }, (_, i) => i), 127, 128, 129, 511, 512, 513, 1000, 4095, 4096, 4097];
const ROWS = 3;
/** f32 lanes of at most 16 terms each; every term that matters is within 7.3 ulp. */
const SUM_TOLERANCE = { atol: 0, rtol: 4e-7 };
const IGNORED = -100;

interface Rows {
  readonly cols: number;
  readonly stride: number;
  readonly logits: Float32Array;
}

/** Rows of random logits; the padding between them (stride > cols) would change any result. */
function randomRows(rows: number, cols: number, stride: number, seed: number): Rows {
  const logits = normalLogits(Math.max(0, (rows - 1) * stride + cols), 3, randomFrom(seed));
  for (let i = 0; i < logits.length; i++) if (i % stride >= cols) logits[i] = i % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
  return { cols, stride, logits };
}

function rowOf({ cols, stride, logits }: Rows, row: number): Float32Array {
  return logits.subarray(row * stride, row * stride + cols);
}

function maxOf(row: Float32Array): number {
  return row.reduce((max, x) => Math.max(max, x), Number.NEGATIVE_INFINITY);
}

function expSumOf(row: Float32Array, max: number, temperature: number): number {
  return row.reduce((sum, x) => sum + Math.exp((x - max) / temperature), 0);
}

describe.each(variants)("%s build", (variant) => {
  const memory = new KernelMemory(variant, 2 * 65536);

  const rowMax = (data: Rows, rows: number, poison: number = POISONS.nan): Float32Array => {
    memory.clear(poison);
    const logits = memory.float32(data.logits);
    const max = memory.float32(new Float32Array(rows));
    memory.expectWritesOnly([{ array: max, slack: 0 }], () => {
      memory.kernels.rowMax(logits.byteOffset, rows, data.cols, data.stride, max.byteOffset);
    });
    return max.slice();
  };

  const rowExpSum = (data: Rows, maxima: ArrayLike<number>, temperature = 1, poison: number = POISONS.nan): Float64Array => {
    memory.clear(poison);
    const logits = memory.float32(data.logits);
    const max = memory.float32(maxima);
    const sum = memory.float64(new Float64Array(maxima.length));
    const scratch = memory.expScratch();
    const written = [
      { array: sum, slack: 0 },
      { array: scratch, slack: 0 },
    ];
    memory.expectWritesOnly(written, () => {
      const { cols, stride } = data;
      const at = [max.byteOffset, temperature, sum.byteOffset, scratch.byteOffset] as const;
      memory.kernels.rowExpSum(logits.byteOffset, maxima.length, cols, stride, ...at);
    });
    return sum.slice();
  };

  const rowTarget = (data: Rows, classes: ArrayLike<number>, firstClass = 0, before: number = Number.NaN): Float32Array => {
    memory.clear();
    const logits = memory.float32(data.logits);
    const targets = memory.int32(classes);
    const out = memory.float32(new Float32Array(classes.length).fill(before));
    memory.expectWritesOnly([{ array: out, slack: 0 }], () => {
      const { cols, stride } = data;
      const rows = classes.length;
      memory.kernels.rowTarget(logits.byteOffset, rows, cols, stride, targets.byteOffset, IGNORED, firstClass, out.byteOffset);
    });
    return out.slice();
  };

  const single = (values: ArrayLike<number>): Rows => ({
    cols: values.length,
    stride: values.length,
    logits: Float32Array.from(values),
  });

  describe("rowMax", () => {
    it.each([0, 1, 5])("finds each row's greatest logit for every size, rows %i elements further apart", (padding) => {
      for (const cols of SIZES) {
        const data = randomRows(ROWS, cols, cols + padding, cols);
        const expected = Array.from({ length: ROWS }, (_, r) => maxOf(rowOf(data, r)));
        for (const poison of Object.values(POISONS)) {
          expect(Array.from(rowMax(data, ROWS, poison)), `${cols} columns`).toEqual(expected);
        }
      }
    });

    it("finds it at every index of a row", () => {
      for (const cols of [1, 2, 3, 4, 7, 8, 31, 32, 33, 70, 129]) {
        for (let place = 0; place < cols; place++) {
          const row = new Float32Array(cols).fill(-5);
          row[place] = -4;
          expect(rowMax(single(row), 1)[0], `place ${place} of ${cols}`).toBe(-4);
        }
      }
    });

    it("gives -inf for an empty row and for a row of -inf, and +inf for a row with +inf", () => {
      expect(Array.from(rowMax({ cols: 0, stride: 3, logits: new Float32Array(6) }, 2))).toEqual([-Infinity, -Infinity]);
      expect(rowMax(single(new Float32Array(37).fill(Number.NEGATIVE_INFINITY)), 1)[0]).toBe(Number.NEGATIVE_INFINITY);
      expect(rowMax(single([1, Infinity, 2, 3, 4]), 1)[0]).toBe(Number.POSITIVE_INFINITY);
      expect(rowMax(single([-3.4028234663852886e38, -3.4028234663852886e38]), 1)[0]).toBe(-3.4028234663852886e38);
    });

    it("skips NaN at any index", () => {
      for (const cols of [1, 2, 3, 4, 5, 33, 70]) {
        for (let place = 0; place < cols; place++) {
          const row = new Float32Array(cols).fill(-5);
          row[place] = Number.NaN;
          expect(rowMax(single(row), 1)[0], `place ${place} of ${cols}`).toBe(cols === 1 ? Number.NEGATIVE_INFINITY : -5);
        }
      }
    });

    it("writes nothing for no rows", () => {
      rowMax({ cols: 4, stride: 4, logits: new Float32Array(4) }, 0);
    });

    it("reads at most 12 bytes past a row", () => {
      for (const cols of SIZES) {
        memory.clear(POISONS.infinity);
        const logits = memory.float32AtEnd(new Float32Array(cols).fill(-1), cols === 0 ? 0 : 12);
        const max = memory.float32([0]);
        memory.kernels.rowMax(logits.byteOffset, 1, cols, cols, max.byteOffset);
        expect(max[0]).toBe(cols === 0 ? Number.NEGATIVE_INFINITY : -1);
      }
    });
  });

  describe("rowExpSum", () => {
    it.each([0, 1, 5])("sums each row's exponentials for every size, rows %i elements further apart", (padding) => {
      for (const cols of SIZES) {
        const data = randomRows(ROWS, cols, cols + padding, 1000 + cols);
        const maxima = Array.from({ length: ROWS }, (_, r) => maxOf(rowOf(data, r)));
        const expected = maxima.map((max, r) => expSumOf(rowOf(data, r), max, 1));
        const got = rowExpSum(data, maxima);
        expectClose(got, expected, SUM_TOLERANCE, `${cols} columns`);
        for (const poison of Object.values(POISONS)) {
          expectSameBits(rowExpSum(data, maxima, 1, poison), got, `${cols} columns`);
        }
      }
    });

    it("divides by the temperature", () => {
      const data = randomRows(ROWS, 301, 301, 7);
      const maxima = Array.from({ length: ROWS }, (_, r) => maxOf(rowOf(data, r)));
      for (const temperature of [0.01, 0.1, 0.7, 2, 15, 1e6]) {
        const expected = maxima.map((max, r) => expSumOf(rowOf(data, r), max, temperature));
        expectClose(rowExpSum(data, maxima, temperature), expected, { atol: 0, rtol: 2e-6 }, `temperature ${temperature}`);
      }
    });

    it("counts equal elements exactly, whatever their value", () => {
      for (const value of [0, 1e30, -1e30, 3.4028234663852886e38, -3.4028234663852886e38]) {
        for (const cols of [1, 2, 3, 5, 70, 4097]) {
          expect(rowExpSum(single(new Float32Array(cols).fill(value)), [value])[0]).toBe(cols);
        }
      }
    });

    it("accepts a maximum above all elements", () => {
      const data = randomRows(1, 100, 100, 8);
      expectClose(rowExpSum(data, [40]), [expSumOf(data.logits, 40, 1)], { atol: 0, rtol: 2e-6 }, "maximum 40");
    });

    it("adds exactly 0 for -inf and for logits more than 88 below the maximum", () => {
      expect(rowExpSum(single([0, -Infinity, -89, -1e30, -Infinity, 0, -Infinity]), [0])[0]).toBe(2);
    });

    it("gives NaN for a NaN at any index and for the difference of infinities; 0 for an empty row", () => {
      for (const cols of [1, 3, 4, 17, 70]) {
        for (let place = 0; place < cols; place++) {
          const row = new Float32Array(cols);
          row[place] = Number.NaN;
          expect(rowExpSum(single(row), [0])[0], `place ${place} of ${cols}`).toBeNaN();
        }
      }
      expect(rowExpSum(single([Infinity, 0]), [Infinity])[0]).toBeNaN();
      expect(rowExpSum(single([-Infinity]), [-Infinity])[0]).toBeNaN();
      expect(rowExpSum({ cols: 0, stride: 2, logits: new Float32Array(2) }, [5])[0]).toBe(0);
    });

    it("reads at most 28 bytes past a row", () => {
      for (const cols of SIZES) {
        memory.clear();
        const logits = memory.float32AtEnd(new Float32Array(cols), cols === 0 ? 0 : 28);
        const max = memory.float32([0]);
        const sum = memory.float64([0]);
        const scratch = memory.expScratch().byteOffset;
        memory.kernels.rowExpSum(logits.byteOffset, 1, cols, cols, max.byteOffset, 1, sum.byteOffset, scratch);
        expect(sum[0]).toBe(cols);
      }
    });
  });

  describe("rowTarget", () => {
    it.each([0, 1, 5])("reads the target's logit of each row, rows %i elements further apart", (padding) => {
      const random = randomFrom(9);
      for (const cols of SIZES.slice(1)) {
        const data = randomRows(ROWS, cols, cols + padding, cols);
        // first and last class, and one between
        const classes = [0, cols - 1, Math.floor(random() * cols)];
        const expected = classes.map((target, r) => rowOf(data, r)[target]);
        expect(Array.from(rowTarget(data, classes)), `${cols} columns`).toEqual(expected);
      }
    });

    it("returns NaN and infinities unchanged", () => {
      const data = { cols: 2, stride: 2, logits: Float32Array.of(Number.NaN, 0, 0, Infinity, -Infinity, 0) };
      expect(Array.from(rowTarget(data, [0, 1, 0]))).toEqual([Number.NaN, Infinity, -Infinity]);
    });

    it("gives 0 for ignored rows and does not read them", () => {
      const data = { cols: 2, stride: 2, logits: Float32Array.of(1, 2, Number.NaN, Number.NaN, 5, 6) };
      expect(Array.from(rowTarget(data, [1, IGNORED, 0]))).toEqual([2, 0, 5]);
    });

    it("does not touch rows whose target is in another segment", () => {
      const data = randomRows(4, 3, 3, 10);
      // the segment holds classes 6, 7 and 8
      expect(Array.from(rowTarget(data, [5, 6, 8, 9], 6, -7))).toEqual([-7, data.logits[3], data.logits[8], -7]);
      expect(Array.from(rowTarget(data, [IGNORED], 6, -7))).toEqual([0]);
    });

    it("finds every target over all segments, ignored rows included", () => {
      const whole = randomRows(3, 10, 10, 11);
      const classes = [9, IGNORED, 4];
      memory.clear();
      const logits = memory.float32(whole.logits);
      const targets = memory.int32(classes);
      const out = memory.float32([-7, -7, -7]);
      for (const [first, cols] of [
        [0, 4],
        [4, 4],
        [8, 2],
      ] as const) {
        const from = logits.byteOffset + first * 4;
        memory.kernels.rowTarget(from, 3, cols, 10, targets.byteOffset, IGNORED, first, out.byteOffset);
      }
      expect(Array.from(out)).toEqual([whole.logits[9], 0, whole.logits[24]]);
    });

    it("reads nothing for a target outside the row", () => {
      const data = randomRows(1, 4, 4, 12);
      for (const target of [-1, 4, 1 << 30, 2147483647, -2147483648]) {
        expect(Array.from(rowTarget(data, [target], 0, -7)), `target ${target}`).toEqual([-7]);
      }
      // the row ends at the end of the memory, so reading one element more would trap
      memory.clear();
      const logits = memory.float32AtEnd([1, 2, 3], 0);
      const targets = memory.int32([3]);
      const out = memory.float32([-7]);
      memory.kernels.rowTarget(logits.byteOffset, 1, 3, 3, targets.byteOffset, IGNORED, 0, out.byteOffset);
      expect(out[0]).toBe(-7);
    });
  });
});
