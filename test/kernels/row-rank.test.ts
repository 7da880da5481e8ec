/** rowRank: the number of classes that come before the target, also over several segments. */
import { describe, expect, it } from "vitest";
import { KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const SIZES = [...Array.from({ length: 36 }, (_, i) => i + 1), 63, 64, 65, 127, 129, 512, 1000, 4099];
const IGNORED = -100;

/** The rank by its definition. */
function rankOf(row: Float32Array, target: number): number {
  const x = row[target];
  return row.reduce((rank, value, c) => rank + (value > x || (value === x && c < target) ? 1 : 0), 1);
}

describe.each(variants)("rowRank, %s build", (variant) => {
  const memory = new KernelMemory(variant, 4 * 65536);

  const ranksOf = (
    values: Float32Array,
    targets: readonly number[],
    cols: number,
    poison?: number,
    cuts: readonly number[] = [],
  ) => {
    memory.clear(poison);
    const rows = targets.length;
    const stride = values.length / rows;
    const logits = memory.float32(values);
    const classes = memory.int32(targets);
    const own = memory.float32(targets.map((target, row) => values[row * stride + Math.max(target, 0)]));
    const rank = memory.int32(new Int32Array(rows).fill(1));
    const ends = [...cuts, cols];
    for (const [i, first] of [0, ...cuts].entries()) {
      const piece = [logits.byteOffset + 4 * first, rows, ends[i] - first, stride] as const;
      memory.expectWritesOnly([{ array: rank, slack: 0 }], () => {
        memory.kernels.rowRank(...piece, classes.byteOffset, IGNORED, first, own.byteOffset, rank.byteOffset);
      });
    }
    return Array.from(rank);
  };

  it("counts greater logits, and equal logits before the target, in rows of every size, regardless of neighbouring data", () => {
    for (const cols of SIZES) {
      const random = randomFrom(cols);
      const rows = 6;
      // few distinct values, for many ties
      const values = Float32Array.from({ length: rows * (cols + 3) }, () => Math.floor(5 * random()));
      const targets = [0, cols - 1, ...Array.from({ length: rows - 2 }, () => Math.floor(cols * random()))];
      const expected = targets.map((target, row) => rankOf(values.subarray(row * (cols + 3), row * (cols + 3) + cols), target));
      for (const poison of Object.values(POISONS)) expect(ranksOf(values, targets, cols, poison), `${cols}`).toEqual(expected);
      for (const cuts of [[cols >> 1], [1, cols - 1]].filter((at) => cols > 3 && at.length > 0)) {
        expect(ranksOf(values, targets, cols, POISONS.nan, cuts), `${cols} cut at ${cuts.join()}`).toEqual(expected);
      }
    }
  });

  it("infinities and zeros of both signs compare as numbers do", () => {
    const row = [INFINITE, -0, MASKED, 0, INFINITE, MASKED, 3];
    const values = Float32Array.from(row.flatMap(() => row));
    expect(ranksOf(values, [0, 1, 2, 3, 4, 5, 6], 7)).toEqual([1, 4, 6, 5, 2, 7, 3]);
  });

  it("NaN is neither greater nor equal", () => {
    expect(ranksOf(Float32Array.of(NOT_A_NUMBER, 1, NOT_A_NUMBER, 2), [1], 4)).toEqual([2]);
    expect(ranksOf(Float32Array.of(NOT_A_NUMBER, 1, NOT_A_NUMBER, 2), [0], 4)).toEqual([1]);
  });

  it("does not touch ignored rows, and reads at most 12 bytes past the last row", () => {
    expect(ranksOf(Float32Array.of(1, 2, 1, 2, 1, 2), [0, IGNORED, 0], 2)).toEqual([2, 1, 2]);
    for (const cols of [1, 2, 3, 5, 17, 131]) {
      memory.clear();
      const values = normalLogits(cols, 1, randomFrom(cols)).fill(-9, cols - 1);
      const [target, own] = [memory.int32([cols - 1]).byteOffset, memory.float32([-9]).byteOffset];
      const rank = memory.int32([1]);
      const logits = memory.float32AtEnd(values, 12);
      memory.kernels.rowRank(logits.byteOffset, 1, cols, cols, target, IGNORED, 0, own, rank.byteOffset);
      expect(rank[0]).toBe(cols);
    }
  });
});
