import { describe, expect, it } from "vitest";
import { expectSameBits, expectWithin } from "../losses/compare.js";
import { firstDifferentByte } from "./first-difference.js";
import { expectSameBits as expectSameKernelBits } from "./kernel-memory.js";

describe("firstDifferentByte", () => {
  it("finds a difference at any byte, whatever the length and the alignment of both arrays", () => {
    for (const length of [1, 2, 3, 4, 5, 8, 11]) {
      for (const [start, otherStart] of [
        [0, 0],
        [4, 8],
        [1, 1],
        [2, 4],
        [0, 3],
      ] as const) {
        const a = new Uint8Array(32).fill(7).subarray(start, start + length);
        const b = new Uint8Array(32).fill(7).subarray(otherStart, otherStart + length);
        const found = Array.from({ length }, (_, at) => {
          a[at] = 8;
          const difference = firstDifferentByte(a, b);
          a[at] = 7;
          return difference;
        });
        expect([...found, firstDifferentByte(a, b)]).toEqual(Array.from({ length: length + 1 }, (_, at) => at));
      }
    }
  });
});

describe("comparisons of arrays", () => {
  const nextToOne = 1 + 2 ** -23;

  it.each([
    ["0 and -0", [0], [-0]],
    ["a NaN", [Number.NaN], [1]],
    ["a number for a NaN", [1], [Number.NaN]],
    ["the last bit of the last element", [1, 1, 1], [1, 1, nextToOne]],
    ["infinities", [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]],
    ["a number after a NaN", [Number.NaN, 1], [Number.NaN, 2]],
    ["lengths", [1], [1, 1]],
  ])("expectSameBits tells %s apart in any type of array", (_, a, b) => {
    const types: readonly ((values: readonly number[]) => ArrayLike<number>)[] = [
      (values) => values,
      Float32Array.from.bind(Float32Array),
      Float64Array.from.bind(Float64Array),
    ];
    for (const left of types) {
      for (const right of types) {
        expect(() => expectSameBits(left(a), right(b), "values")).toThrow("values: ");
        expectSameBits(left(a), right(a), "values");
      }
    }
    expect(() => expectSameKernelBits(Float32Array.from(a), Float32Array.from(b))).toThrow("bits: ");
  });

  it("all NaNs are the same to expectSameBits, but not to the comparison of kernels' memory", () => {
    const [a, b] = [new Float32Array(1).fill(Number.NaN), new Float32Array(1)];
    new Uint32Array(b.buffer)[0] = 0x7fc00001;
    expectSameBits(a, b, "NaN");
    expect(() => expectSameKernelBits(a, b)).toThrow("bits: ");
  });

  it("expectWithin allows what it is told to, in any type of array", () => {
    for (const From of [Float32Array, Float64Array]) {
      const values = From.of(1, 2, Number.NaN, Number.POSITIVE_INFINITY);
      const bound = (i: number): number => (i === 1 ? 0.5 : 0);
      expectWithin(values, [1, 2.5, Number.NaN, Number.POSITIVE_INFINITY], bound, "values");
      expect(() => expectWithin(values, [1, 2.75, Number.NaN, Number.POSITIVE_INFINITY], bound, "values")).toThrow(
        "at [1] got 2",
      );
      expect(() => expectWithin(values, [1, 2, 0, Number.POSITIVE_INFINITY], bound, "values")).toThrow("at [2] got NaN");
      expect(() => expectWithin(values, [1, 2, Number.NaN, 1], bound, "values")).toThrow("at [3] got Infinity");
      expect(() => expectWithin(values, Float32Array.of(1, 2), bound, "values")).toThrow("expected 2 values, got 4");
    }
  });
});
