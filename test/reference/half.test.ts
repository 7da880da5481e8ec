/** 16-bit inputs of the reference: decoded exactly, in every argument that accepts floats. */
import { describe, expect, it } from "vitest";
import { decodeHalves, type Float16Data, type HalfType } from "../../src/reference/half.js";
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  crossEntropyValueAndGrad,
  type FloatTensor,
  softmax,
} from "../../src/reference/index.js";
import { decodeNumbers } from "../support/stored-tensor.js";

const words = Uint16Array.from({ length: 65536 }, (_, word) => word);

/** The words of numbers, found by search; the numbers are exact in both formats. */
function wordsOf(numbers: readonly number[], type: HalfType): Uint16Array {
  const all = decodeHalves({ data: words, type });
  return Uint16Array.from(numbers, (number) => all.findIndex((value) => Object.is(value, number)));
}

describe("decodeHalves", () => {
  it.each(["float16", "bfloat16"] as const)("%s: every word agrees with decoding through a float32's bits", (type) => {
    const stored = { dtype: type, shape: [65536], data: Buffer.from(words.buffer).toString("base64") };
    const expected = decodeNumbers(stored);
    const wrong = decodeHalves({ data: words, type }).findIndex((value, word) => !Object.is(value, expected[word]));
    expect(wrong).toBe(-1);
  });

  it("named values", () => {
    const float16 = decodeHalves({ data: Uint16Array.of(0x3c00, 0x7bff, 0x0001, 0x8000, 0xfc00, 0x7e00), type: "float16" });
    expect([...float16]).toEqual([1, 65504, 2 ** -24, -0, Number.NEGATIVE_INFINITY, Number.NaN]);
    const bfloat16 = decodeHalves({ data: Uint16Array.of(0x3f80, 0x4049, 0x7f80, 0x0001), type: "bfloat16" });
    expect([...bfloat16]).toEqual([1, 3.140625, Number.POSITIVE_INFINITY, 2 ** -133]);
  });
});

describe("16-bit arguments", () => {
  const logits = [2, 1, 0.5, 0.5, 2.5, 1];
  const shares = [0.5, 0.25, 0.25, 0, 1, 0];
  const weight = [1, 2, 0.5];

  it.each(["float16", "bfloat16"] as const)("%s tensor objects", (type) => {
    const half = (numbers: readonly number[], dims: readonly number[]): FloatTensor => ({
      data: wordsOf(numbers, type),
      dims,
      type,
    });
    const dims = [2, 3];
    expect(softmax(half(logits, dims))).toEqual(softmax(logits, { shape: dims }));
    const options = { weight: half(weight, [3]) };
    expect(crossEntropy(half(logits, dims), [0, 1], options)).toBe(crossEntropy(logits, [0, 1], { weight }));
    const request = { weight, targetGrad: true, reduction: "none" } as const;
    expect(crossEntropyValueAndGrad(half(logits, dims), half(shares, dims), { ...request, upstream: half([1, 2], [2]) })).toEqual(
      crossEntropyValueAndGrad(logits, shares, { ...request, shape: dims, upstream: [1, 2] }),
    );
    expect(binaryCrossEntropyWithLogits(half(logits, dims), half(shares, dims), { posWeight: half(weight, [3]) })).toBe(
      binaryCrossEntropyWithLogits(logits, shares, { shape: dims, posWeight: weight }),
    );
  });

  it("Float16Array, or an array with its tag in runtimes without it", () => {
    const tagged = (numbers: readonly number[]): Float16Data => {
      const { Float16Array } = globalThis as { readonly Float16Array?: new (numbers: readonly number[]) => Float16Data };
      if (Float16Array !== undefined) return new Float16Array(numbers);
      return Object.assign([...numbers], { [Symbol.toStringTag]: "Float16Array" as const });
    };
    const shape = [2, 3];
    expect(crossEntropy(tagged(logits), [0, 1])).toBe(crossEntropy(logits, [0, 1]));
    expect(crossEntropy(tagged(logits), tagged(shares), { shape })).toBe(crossEntropy(logits, shares, { shape }));
  });

  it("words without a type are integers: targets, not probabilities", () => {
    expect(crossEntropy(logits, Uint16Array.of(0, 1))).toBe(crossEntropy(logits, [0, 1]));
  });
});
