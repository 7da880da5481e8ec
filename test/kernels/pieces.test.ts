/** logSumExpPiece and expPiece: a row processed in pieces has the bits of logSumExpRows and expRows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { halfArray, setElement, toFloat32 } from "../../src/half.js";
import { BLOCK } from "../../src/memory/constants.js";
import { expectSameBits, KernelMemory, normalLogits, randomFrom, variants } from "../support/kernel-memory.js";

interface Row {
  readonly max: Float32Array;
  readonly rest: Float64Array;
  readonly out: Float32Array;
  readonly refs: Float32Array;
}

describe.each(variants)("%s build", (variant) => {
  const memory = new KernelMemory(variant, 8 * 65536);

  const place = (values: Float32Array) => {
    memory.clear();
    const logits = memory.float32(values);
    const max = memory.float32([-7]);
    const rest = memory.float64([-7]);
    const out = memory.float32(new Float32Array(values.length).fill(-7));
    const refs = memory.float32(new Float32Array(Math.ceil(values.length / BLOCK)).fill(-7));
    const scratch = memory.expScratch();
    return { logits, max, rest, out, refs, scratch };
  };

  const whole = (values: Float32Array, temperature: number): Row => {
    const { logits, max, rest, out, refs, scratch } = place(values);
    const cols = values.length;
    const at = [max.byteOffset, rest.byteOffset, out.byteOffset, cols, refs.byteOffset, refs.length] as const;
    memory.kernels.expRows(logits.byteOffset, 1, cols, cols, 0, 0, temperature, ...at, scratch.byteOffset);
    return { max: max.slice(), rest: rest.slice(), out: out.slice(), refs: refs.slice() };
  };

  const inPieces = (values: Float32Array, temperature: number, piece: number, keeps: boolean): Row => {
    const { logits, max, rest, out, refs, scratch } = place(values);
    const results = keeps ? [max, rest, out, refs, scratch] : [max, rest, scratch];
    const written = results.map((array) => ({ array, slack: 0 }));
    memory.expectWritesOnly(written, () => {
      for (let first = 0; first < values.length; first += piece) {
        const cols = Math.min(piece, values.length - first);
        const from = [logits.byteOffset + 4 * first, cols, first === 0 ? 1 : 0, temperature] as const;
        const state = [max.byteOffset, rest.byteOffset] as const;
        const to = [out.byteOffset + 4 * first, refs.byteOffset + (4 * first) / BLOCK] as const;
        if (keeps) memory.kernels.expPiece(...from, ...state, ...to, scratch.byteOffset);
        else memory.kernels.logSumExpPiece(...from, ...state, scratch.byteOffset);
      }
    });
    return { max: max.slice(), rest: rest.slice(), out: out.slice(), refs: refs.slice() };
  };

  it("has the bits of the whole row, exponentials and references included, for any size of pieces", () => {
    const sizes = fc.integer({ min: 4097, max: 12000 });
    const pieces = fc.integer({ min: 1, max: 9 }).map((blocks) => blocks * BLOCK);
    fc.assert(
      fc.property(sizes, pieces, fc.constantFrom(1, 0.3, 5), fc.integer(), (cols, piece, temperature, seed) => {
        const values = normalLogits(cols, 4, randomFrom(seed));
        // blocks of only -inf, also at the start
        if (seed % 3 === 0) values.fill(Number.NEGATIVE_INFINITY, 0, Math.min(cols - 1, 700));
        const expected = whole(values, temperature);
        const kept = inPieces(values, temperature, piece, true);
        expectSameBits(kept.max, expected.max);
        expectSameBits(kept.rest, expected.rest);
        expectSameBits(kept.out, expected.out);
        expectSameBits(kept.refs, expected.refs);
        const sums = inPieces(values, temperature, piece, false);
        expectSameBits(sums.max, expected.max);
        expectSameBits(sums.rest, expected.rest);
      }),
      { numRuns: 40 },
    );
  });

  it.each(["float16", "bfloat16"] as const)("reads %s words with the bits of the widened row", (type) => {
    const sizes = fc.constantFrom(1, 511, 512, 513, 1024, 4097, 9999);
    fc.assert(
      fc.property(sizes, fc.constantFrom(1, 0.3), fc.boolean(), fc.integer(), (cols, temperature, keeps, seed) => {
        const values = normalLogits(cols, 4, randomFrom(seed));
        if (seed % 2 === 0) values[cols >> 1] = 0; // takes float16's slow path
        const half = halfArray(new Uint16Array(cols), type);
        for (let i = 0; i < cols; i++) setElement(half, i, values[i]);
        const { words } = half;
        const widened = toFloat32(half);
        const expected = inPieces(widened, temperature, 16384, keeps);
        const { max, rest, out, refs, scratch } = place(new Float32Array(cols));
        const from = memory.uint16(words);
        const results = keeps ? [max, rest, out, refs, scratch] : [max, rest, scratch];
        const to = keeps ? ([out.byteOffset, refs.byteOffset] as const) : ([0, 0] as const);
        memory.expectWritesOnly(
          results.map((array) => ({ array, slack: 0 })),
          () => {
            const state = [max.byteOffset, rest.byteOffset] as const;
            const isFloat16 = type === "float16" ? 1 : 0;
            memory.kernels.logSumExpWords(from.byteOffset, isFloat16, cols, 1, temperature, ...state, ...to, scratch.byteOffset);
          },
        );
        expectSameBits(max, expected.max);
        expectSameBits(rest, expected.rest);
        expectSameBits(out, expected.out);
        expectSameBits(refs, expected.refs);
      }),
      { numRuns: 60 },
    );
  });

  it("marks rows that need to be measured as a whole: rest below 0 or NaN, or an infinite maximum", () => {
    for (const [value, at] of [
      [Number.NaN, 0],
      [Number.NaN, 3000],
      [Number.NaN, 4999],
      [Number.POSITIVE_INFINITY, 0],
      [Number.POSITIVE_INFINITY, 2600],
    ] as const) {
      const values = normalLogits(5000, 1, randomFrom(1));
      values[at] = value;
      const { max, rest } = inPieces(values, 1, 1024, false);
      expect(rest[0] >= 0 && Number.isFinite(max[0]), `${value} at ${at}`).toBe(false);
    }
    const { max, rest } = inPieces(new Float32Array(5000).fill(Number.NEGATIVE_INFINITY), 1, 1024, false);
    expect(rest[0]).toBe(-1);
    expect(max[0]).toBe(Number.NEGATIVE_INFINITY);
  });
});
