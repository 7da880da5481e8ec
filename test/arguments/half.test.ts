/** 16-bit floats element by element, in JavaScript: what checks, class weights and nllLoss read and write. */
import { describe, expect, it } from "vitest";
import { elementAt, halfArray, setElement, toFloat32 } from "../../src/half.js";
import { halfTypes, numbersOf, wordOf } from "../support/halves.js";
import { randomFrom } from "../support/kernel-memory.js";

const allWords = Uint16Array.from({ length: 65536 }, (_, word) => word);

describe.each(halfTypes)("%s", (type) => {
  const numbers = numbersOf(allWords, type);

  it("reads every word", () => {
    const half = halfArray(allWords, type);
    expect(numbers.findIndex((number, word) => !Object.is(elementAt(half, word), number))).toBe(-1);
    expect(toFloat32(half)).toEqual(numbers);
  });

  it("writes every word, what lies between two of them, and any float", () => {
    const random = randomFrom(3);
    const ordered = numbers.filter(Number.isFinite).sort((a, b) => a - b);
    const between = ordered.subarray(1).map((value, i) => (value + ordered[i]) / 2);
    const bits = Uint32Array.from({ length: 200_000 }, () => Math.floor(random() * 2 ** 32));
    const near = Float32Array.from({ length: 200_000 }, () => (random() - 0.5) * 2 ** (18 - 45 * random()));
    const out = halfArray(new Uint16Array(1), type);
    for (const values of [numbers, between, new Float32Array(bits.buffer), near, Float32Array.of(65519.996, 65520, -65520)]) {
      const wrong = values.findIndex((value) => {
        setElement(out, 0, value);
        const got = elementAt(out, 0);
        return Number.isNaN(value) ? !Number.isNaN(got) : out.words[0] !== wordOf(value, type);
      });
      expect(wrong, `${values[wrong]}`).toBe(-1);
    }
  });

  it("rounds to f32 first, as a tile does", () => {
    // just above half way between two words, and half way itself in f32
    const half = (elementAt(halfArray(allWords, type), 0x3c00) + elementAt(halfArray(allWords, type), 0x3c01)) / 2;
    const out = halfArray(new Uint16Array(1), type);
    setElement(out, 0, half * (1 + 2 ** -40));
    expect(out.words[0]).toBe(0x3c00);
  });
});

it("other arrays as they are", () => {
  const floats = Float32Array.of(1, 2);
  expect(toFloat32(floats)).toBe(floats);
  expect(toFloat32(Float64Array.of(1, 0.1))).toEqual(Float32Array.of(1, 0.1));
  expect(elementAt(Float64Array.of(0.1), 0)).toBe(0.1);
  setElement(floats, 1, 0.1);
  expect(floats[1]).toBe(Math.fround(0.1));
});
