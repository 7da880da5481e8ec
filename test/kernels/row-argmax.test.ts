/** rowArgmax: the first of the greatest, the first NaN where there is one, over segments too. */
import { describe, expect, it } from "vitest";
import { KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const SIZES = [...Array.from({ length: 36 }, (_, i) => i + 1), 63, 64, 65, 127, 129, 512, 1000, 4099];
const IGNORED = -100;

interface Options {
  readonly stride?: number;
  readonly targets?: readonly number[];
  readonly poison?: number;
  /** Where rows are cut, each piece a call. */
  readonly cuts?: readonly number[];
}

describe.each(variants)("rowArgmax, %s build", (variant) => {
  const memory = new KernelMemory(variant, 4 * 65536);

  /** The kernel over the pieces of the rows, with the maxima and rests that the statistics kernels leave. */
  const argmaxOf = (values: Float32Array, rows: number, cols: number, options: Options = {}): number[] => {
    const { stride = cols, targets, poison, cuts = [] } = options;
    memory.clear(poison);
    const { kernels } = memory;
    const logits = memory.float32(values);
    const classes = targets ? memory.int32(targets).byteOffset : 0;
    const column = (length: number) =>
      [memory.float32(new Float32Array(length)), memory.float64(new Float64Array(length))] as const;
    const [max, rest] = column(rows + 3);
    const [nextMax, nextRest] = column(rows + 3);
    const scratch = memory.expScratch().byteOffset;
    const argmax = memory.int32(new Int32Array(rows).fill(-7));
    const starts = [0, ...cuts];
    for (const [i, first] of starts.entries()) {
      const count = (starts[i + 1] ?? cols) - first;
      const [m, r] = i === 0 ? [max.byteOffset, rest.byteOffset] : [nextMax.byteOffset, nextRest.byteOffset];
      const earlier = i === 0 ? ([0, 0] as const) : ([max.byteOffset, rest.byteOffset] as const);
      const piece = [logits.byteOffset + 4 * first, rows, count, stride, classes, IGNORED] as const;
      kernels.logSumExpRows(...piece, 1, m, r, scratch);
      memory.expectWritesOnly([{ array: argmax, slack: 0 }], () => {
        kernels.rowArgmax(...piece, first, m, r, ...earlier, argmax.byteOffset);
      });
      if (i > 0) kernels.mergeRows(rows, 1, max.byteOffset, rest.byteOffset, nextMax.byteOffset, nextRest.byteOffset);
    }
    return Array.from(argmax);
  };

  /** By the definition. */
  const expectedOf = (row: Float32Array): number => {
    const nan = row.findIndex(Number.isNaN);
    return nan >= 0 ? nan : row.indexOf(row.reduce((a, b) => Math.max(a, b), MASKED));
  };

  it("finds the greatest at every place of rows of every size, whatever lies around them", () => {
    for (const cols of SIZES) {
      const places = cols < 70 ? Array.from({ length: cols }, (_, c) => c) : [0, 1, 15, 16, 17, cols - 2, cols - 1];
      for (const poison of Object.values(POISONS)) {
        const stride = cols + 3;
        const values = normalLogits(places.length * stride, 2, randomFrom(cols));
        for (const [row, place] of places.entries()) values[row * stride + place] = 20;
        expect(argmaxOf(values, places.length, cols, { stride, poison })).toEqual(places);
      }
    }
  });

  it("of equal ones the first; -0 equals 0", () => {
    for (const cols of SIZES.filter((size) => size > 4)) {
      const values = new Float32Array(4 * cols).fill(-1);
      for (const c of [3, 4, cols - 1]) values[c] = 5;
      values.fill(2, cols, 2 * cols);
      values[2 * cols + 2] = -0;
      values[2 * cols + 4] = 0;
      values.fill(MASKED, 3 * cols);
      expect(argmaxOf(values, 4, cols)).toEqual([3, 0, 2, 0]);
    }
  });

  it("the first NaN, before, behind and without a greatest", () => {
    for (const cols of SIZES.filter((size) => size > 4)) {
      for (const [places, greatest] of [
        [[2], 0],
        [[0, 3], 4],
        [[cols - 1], 1],
        [[3, cols - 1], cols - 2],
      ] as const) {
        for (const value of [7, INFINITE]) {
          const row = normalLogits(cols, 1, randomFrom(cols));
          row[greatest] = value;
          for (const place of places) row[place] = NOT_A_NUMBER;
          expect(argmaxOf(row, 1, cols)).toEqual([places[0]]);
        }
      }
      const masked = new Float32Array(cols).fill(MASKED);
      masked[cols - 2] = NOT_A_NUMBER;
      expect(argmaxOf(masked, 1, cols)).toEqual([cols - 2]);
      expect(argmaxOf(masked.fill(NOT_A_NUMBER), 1, cols)).toEqual([0]);
    }
  });

  it("+inf, and one class beside masked ones", () => {
    expect(argmaxOf(Float32Array.of(1, INFINITE, INFINITE, MASKED, MASKED, -3), 2, 3)).toEqual([1, 2]);
  });

  it("rows in segments: as in one piece", () => {
    const random = randomFrom(9);
    for (const cols of [7, 40, 300, 1030]) {
      const rows = 24;
      // few values, so that there are many ties; then special ones
      const values = Float32Array.from({ length: rows * cols }, () => Math.floor(9 * random()));
      for (const [row, value] of [NOT_A_NUMBER, INFINITE, MASKED, NOT_A_NUMBER, NOT_A_NUMBER].entries()) {
        values[row * cols + Math.floor(random() * cols)] = value;
        if (row > 2) values[row * cols + Math.floor(random() * cols)] = row === 3 ? INFINITE : NOT_A_NUMBER;
      }
      values.fill(MASKED, 6 * cols, 7 * cols);
      values.fill(MASKED, 7 * cols, 8 * cols - 1);
      values.fill(MASKED, 8 * cols + 1, 9 * cols);
      const expected = Array.from({ length: rows }, (_, row) => expectedOf(values.subarray(row * cols, (row + 1) * cols)));
      for (const cuts of [[], [3], [cols - 1], [1, 2, cols - 2], [cols >> 1]]) {
        expect(argmaxOf(values, rows, cols, { cuts }), `${cols} classes cut at ${cuts.join()}`).toEqual(expected);
      }
    }
  });

  it("leaves ignored rows alone", () => {
    for (const cols of [5, 200]) {
      const values = normalLogits(4 * cols, 1, randomFrom(1));
      for (const row of [0, 3]) values[row * cols + 4] = 9;
      const targets = [1, IGNORED, IGNORED, 2];
      expect(argmaxOf(values, 4, cols, { targets })).toEqual([4, -7, -7, 4]);
      expect(argmaxOf(values, 4, cols, { targets, cuts: [2] })).toEqual([4, -7, -7, 4]);
    }
  });

  it("reads no more than 12 bytes past the last row", () => {
    for (const cols of [1, 2, 3, 5, 17, 131]) {
      memory.clear();
      const values = normalLogits(cols, 1, randomFrom(cols)).fill(3, cols - 1);
      const [max, rest] = [memory.float32([3]).byteOffset, memory.float64([0]).byteOffset];
      const argmax = memory.int32([-7]);
      const logits = memory.float32AtEnd(values, 12);
      memory.kernels.rowArgmax(logits.byteOffset, 1, cols, cols, 0, 0, 100, max, rest, 0, 0, argmax.byteOffset);
      expect(argmax[0]).toBe(100 + cols - 1);
    }
  });
});
