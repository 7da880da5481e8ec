/** rowTop: the k greatest logits and their classes, also over several segments. */
import { describe, expect, it } from "vitest";
import { KernelMemory, normalLogits, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const SIZES = [1, 2, 3, 4, 5, 15, 16, 17, 31, 33, 64, 100, 129, 1000, 4099];
const IGNORED = -100;

interface Top {
  readonly ids: readonly number[];
  readonly values: readonly number[];
}

/** The expected lists, from sorting the whole row. */
function topOf(row: Float32Array, k: number): Top {
  const compare = (a: number, b: number): number => (a === b ? 0 : a > b ? -1 : 1);
  const ids = Array.from(row.keys()).sort((a, b) => compare(row[a], row[b]) || a - b);
  return { ids: ids.slice(0, k), values: ids.slice(0, k).map((c) => row[c]) };
}

describe.each(variants)("rowTop, %s build", (variant) => {
  const memory = new KernelMemory(variant, 4 * 65536);

  const topsOf = (values: Float32Array, rows: number, cols: number, k: number, poison?: number, cuts: readonly number[] = []) => {
    memory.clear(poison);
    const stride = values.length / rows;
    const logits = memory.float32(values);
    const found = memory.float32(new Float32Array(rows * k));
    const ids = memory.int32(new Int32Array(rows * k));
    const ends = [...cuts, cols];
    for (const [i, first] of [0, ...cuts].entries()) {
      const piece = [logits.byteOffset + 4 * first, rows, ends[i] - first, stride] as const;
      const written = [found, ids].map((array) => ({ array, slack: 0 }));
      memory.expectWritesOnly(written, () => {
        memory.kernels.rowTop(...piece, 0, IGNORED, first, k, found.byteOffset, ids.byteOffset);
      });
    }
    return Array.from({ length: rows }, (_, row) => ({
      ids: Array.from(ids.subarray(row * k, (row + 1) * k)),
      values: Array.from(found.subarray(row * k, (row + 1) * k)),
    }));
  };

  const kinds: Readonly<Record<string, (random: () => number, cols: number) => Float32Array>> = {
    "in no order": (random, cols) => normalLogits(cols, 3, random),
    "with many ties": (random, cols) => Float32Array.from({ length: cols }, () => Math.floor(6 * random())),
    ascending: (_, cols) => Float32Array.from({ length: cols }, (__, c) => c),
    descending: (_, cols) => Float32Array.from({ length: cols }, (__, c) => -c),
    "all masked but a few": (random, cols) =>
      Float32Array.from({ length: cols }, () => (random() < 0.02 ? 7 * random() : Number.NEGATIVE_INFINITY)),
    "with infinities": (random, cols) =>
      Float32Array.from({ length: cols }, () => (random() < 0.1 ? Number.POSITIVE_INFINITY : random())),
  };

  it.each(Object.entries(kinds))("logits %s: equals sorting, in rows of every size and in segments", (_, make) => {
    for (const cols of SIZES) {
      const random = randomFrom(cols);
      const rows = 3;
      const stride = cols + 2;
      const values = Float32Array.from(Array.from({ length: rows }, () => [...make(random, cols), 99, 99]).flat());
      for (const k of [1, 2, 5, 100].filter((size) => size <= cols)) {
        const expected = Array.from({ length: rows }, (__, row) => topOf(values.subarray(row * stride, row * stride + cols), k));
        for (const poison of [POISONS.nan, POISONS.infinity]) {
          expect(topsOf(values, rows, cols, k, poison), `${k} of ${cols}`).toEqual(expected);
        }
        const cuts = [k, Math.max(k, cols >> 1)].filter((at, i, all) => at < cols && all.indexOf(at) === i);
        expect(topsOf(values, rows, cols, k, POISONS.nan, cuts), `${k} of ${cols} cut at ${cuts.join()}`).toEqual(expected);
      }
    }
  });

  it("does not touch ignored rows, and reads at most 12 bytes past the last row", () => {
    memory.clear();
    const logits = memory.float32([1, 2, 3, 4]);
    const targets = memory.int32([IGNORED, 0]).byteOffset;
    const [values, ids] = [memory.float32([-7, -7]), memory.int32([-7, -7])];
    memory.kernels.rowTop(logits.byteOffset, 2, 2, 2, targets, IGNORED, 0, 1, values.byteOffset, ids.byteOffset);
    expect([Array.from(values), Array.from(ids)]).toEqual([
      [-7, 4],
      [-7, 1],
    ]);
    for (const cols of [1, 3, 16, 17, 33]) {
      memory.clear();
      const [value, id] = [memory.float32([0]), memory.int32([0])];
      const row = memory.float32AtEnd(normalLogits(cols, 1, randomFrom(cols)).fill(9, cols - 1), 12);
      memory.kernels.rowTop(row.byteOffset, 1, cols, cols, 0, 0, 0, 1, value.byteOffset, id.byteOffset);
      expect([value[0], id[0]]).toEqual([9, cols - 1]);
    }
  });
});
