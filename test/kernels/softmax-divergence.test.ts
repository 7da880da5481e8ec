/** softmaxDivergenceRows and softmaxDivergenceFinish: the KL divergence of two softmaxes, also over several segments. */
import { describe, expect, it } from "vitest";
import { compareLogits } from "../../src/reference/index.js";
import { expectClose } from "../support/expect-close.js";
import { KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const SIZES = [...Array.from({ length: 19 }, (_, i) => i + 1), 31, 64, 65, 129, 1000, 4099];
const IGNORED = -100;

interface Options {
  readonly temperature?: number;
  readonly poison?: number;
  readonly cuts?: readonly number[];
}

describe.each(variants)("softmaxDivergenceRows, %s build", (variant) => {
  const memory = new KernelMemory(variant, 8 * 65536);

  const divergencesOf = (x: Float32Array, y: Float32Array, rows: number, cols: number, options: Options = {}): number[] => {
    const { temperature = 1, poison, cuts = [] } = options;
    memory.clear(poison);
    const stride = x.length / rows;
    const [base, other] = [memory.float32(x), memory.float32(y)];
    const [max, otherMax] = [memory.float32(new Float32Array(rows)), memory.float32(new Float32Array(rows))];
    const [rest, otherRest, dot] = [0, 1, 2].map(() => memory.float64(new Float64Array(rows + 3)));
    const out = memory.float64(new Float64Array(rows + 3));
    const columns = [max, rest, otherMax, otherRest, dot] as Float64Array[];
    const places = columns.map(({ byteOffset }) => byteOffset) as [number, number, number, number, number];
    const ends = [...cuts, cols];
    for (const [i, first] of [0, ...cuts].entries()) {
      const pieces = [base.byteOffset + 4 * first, other.byteOffset + 4 * first, rows, ends[i] - first] as const;
      memory.expectWritesOnly(
        columns.map((array) => ({ array, slack: 0 })),
        () => memory.kernels.softmaxDivergenceRows(...pieces, stride, stride, 0, 0, temperature, i === 0 ? 0 : 1, ...places),
      );
    }
    memory.kernels.softmaxDivergenceFinish(rows, temperature, places[1], places[3], places[4], out.byteOffset);
    return Array.from(out.subarray(0, rows));
  };

  const exactly = (x: Float32Array, y: Float32Array, rows: number, cols: number, temperature = 1): number[] => {
    const stride = x.length / rows;
    const options = { shape: [rows, cols], rowStride: stride, otherRowStride: stride, temperature };
    return Array.from(compareLogits(x, y, new Int32Array(rows), options).klDivergences);
  };

  it("agrees with the definition for rows of every size, far or close, in segments, regardless of neighbouring data", () => {
    for (const cols of SIZES) {
      for (const [distance, temperature] of [
        [4, 1],
        [0.1, 0.7],
        [1e-3, 3],
        [1e-6, 1],
      ] as const) {
        const random = randomFrom(cols);
        const rows = 4;
        const x = normalLogits(rows * (cols + 3), 3, random);
        const y = normalLogits(rows * (cols + 3), distance, random).map((noise, i) => x[i] + noise);
        const expected = exactly(x, y, rows, cols, temperature);
        const cutsOf = [[], [cols >> 1], [1, cols - 1]].filter((cuts) => cuts.length === 0 || cols > 3);
        for (const cuts of cutsOf) {
          for (const poison of [POISONS.nan, POISONS.huge]) {
            const got = divergencesOf(x, y, rows, cols, { temperature, poison, cuts });
            expectClose(got, expected, { atol: 4e-15, rtol: 1e-12 }, `${cols} classes ${distance} apart, cut at ${cuts.join()}`);
          }
        }
      }
    }
  });

  it("is 0 for equal rows and for rows that differ by a constant", () => {
    for (const cols of SIZES) {
      const x = normalLogits(cols, 3, randomFrom(cols)).map((value) => Math.round(value * 64) / 64);
      expect(divergencesOf(x, x, 1, cols)).toEqual([0]);
      const moved = divergencesOf(
        x,
        x.map((value) => value + 1024),
        1,
        cols,
      );
      expect(moved[0]).toBeLessThanOrEqual(4e-15);
      expect(moved[0]).toBeGreaterThanOrEqual(0);
    }
  });

  it("masked classes: 0 in the base or in both, infinite in the other model only; wherever the row is cut", () => {
    const rows: readonly (readonly [readonly number[], readonly number[], number])[] = [
      [[1, MASKED, 0, MASKED], [1, 0, 0, MASKED], Math.log((1 + 2 * Math.exp(-1)) / (1 + Math.exp(-1)))],
      [[1, 0, MASKED, MASKED], [1, 0, MASKED, MASKED], 0],
      [[1, 0, 0, 0], [1, 0, 0, MASKED], INFINITE],
      [[MASKED, MASKED, MASKED, 5], [MASKED, MASKED, 7, 7], Math.LN2],
      [[5, MASKED, MASKED, MASKED], [MASKED, MASKED, MASKED, 7], INFINITE],
    ];
    const x = Float32Array.from(rows.flatMap(([row]) => row));
    const y = Float32Array.from(rows.flatMap(([, row]) => row));
    for (const cuts of [[], [1], [2], [3], [1, 2, 3]]) {
      const got = divergencesOf(x, y, rows.length, 4, { cuts });
      const expected = rows.map(([, , kl]) => kl);
      expectClose(got, expected, { atol: 1e-15, rtol: 1e-14 }, `cut at ${cuts.join()}`);
    }
  });

  it("is NaN if either row has NaN or +inf, or only -inf", () => {
    const fine = [1, 2, 3, 4];
    for (const bad of [[1, NOT_A_NUMBER, 3, 4], [1, 2, INFINITE, 4], fine.map(() => MASKED)]) {
      const x = Float32Array.of(...bad, ...fine, ...bad, ...fine);
      const y = Float32Array.of(...fine, ...bad, ...bad, ...fine);
      for (const cuts of [[], [1], [2], [3], [1, 2, 3]]) {
        expect(divergencesOf(x, y, 4, 4, { cuts }), `${bad.join()} cut at ${cuts.join()}`).toEqual([
          NOT_A_NUMBER,
          NOT_A_NUMBER,
          NOT_A_NUMBER,
          0,
        ]);
      }
    }
  });

  it("maxima as far apart as f32 allows", () => {
    const huge = 3e38;
    for (const cuts of [[], [1]]) {
      const x = Float32Array.of(-huge, huge, huge, -huge, -huge, -huge);
      const y = Float32Array.of(-huge, huge, -huge, huge, huge, huge);
      const got = divergencesOf(x, y, 3, 2, { cuts });
      expectClose(got, [0, 2 * Math.fround(huge), 0], { atol: 1e-15, rtol: 1e-12 }, `cut at ${cuts.join()}`);
    }
  });

  it("does not touch ignored rows, and reads at most 12 bytes past the last row", () => {
    memory.clear();
    const x = memory.float32([1, 2, 1, 2]).byteOffset;
    const targets = memory.int32([IGNORED, 0]).byteOffset;
    const [max, otherMax] = [memory.float32([-7, -7]), memory.float32([-7, -7])];
    const [rest, otherRest, dot] = [0, 1, 2].map(() => memory.float64([-7, -7])) as [Float64Array, Float64Array, Float64Array];
    const places = [max.byteOffset, rest.byteOffset, otherMax.byteOffset, otherRest.byteOffset, dot.byteOffset] as const;
    memory.kernels.softmaxDivergenceRows(x, x, 2, 2, 2, 2, targets, IGNORED, 1, 0, ...places);
    expect([max, otherMax, rest, otherRest, dot].map(([first]) => first)).toEqual([-7, -7, -7, -7, -7]);
    expect([max[1], otherMax[1], dot[1]]).toEqual([2, 2, 0]);
    for (const cols of [1, 2, 3, 5, 17]) {
      const row = memory.float32AtEnd(normalLogits(cols, 1, randomFrom(cols)), 12).byteOffset;
      memory.kernels.softmaxDivergenceRows(row, row, 1, cols, cols, cols, 0, 0, 1, 0, ...places);
      expect(dot[0]).toBe(0);
    }
  });
});
