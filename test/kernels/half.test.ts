/** float16ToFloat32, bfloat16ToFloat32 and the conversions back. */
import { describe, expect, it } from "vitest";
import { halfTypes, numbersOf, wordOf } from "../support/halves.js";
import { expectSameBits, KernelMemory, POISONS, randomFrom, variants } from "../support/kernel-memory.js";

const allWords = Uint16Array.from({ length: 65536 }, (_, word) => word);

const cases = variants.flatMap((variant) => halfTypes.map((type) => [type, variant] as const));

/** Counts around vectors of 4 and 8, the 32 words of a step, and blocks of 512. */
const counts = [...Array.from({ length: 70 }, (_, count) => count), 511, 512, 513, 543, 544, 545, 1023, 1024, 1100];

/** Equal bit for bit, except for NaNs, whose payload may differ. */
function expectSame(got: Float32Array, want: Float32Array, what: string): void {
  const wrong = want.findIndex((value, i) => !Object.is(got[i], value));
  if (wrong >= 0) expect.fail(`${what}: at [${wrong}] got ${got[wrong]}, expected ${want[wrong]}`);
}

describe.each(cases)("%s to f32, %s build", (type, variant) => {
  const memory = new KernelMemory(variant, 8 * 65536);
  const kernel = memory.kernels[`${type}ToFloat32`];
  const random = randomFrom(1);

  const widened = (words: Uint16Array, poison: number = POISONS.nan): Float32Array => {
    memory.clear(poison);
    const from = memory.uint16(words);
    const out = memory.float32(new Float32Array(words.length));
    const slack = (4 - (words.length % 4)) % 4;
    memory.expectWritesOnly([{ array: out, slack: 4 * slack }], () => kernel(from.byteOffset, words.length, out.byteOffset));
    return out.slice();
  };

  it("every word, in ascending and in random order", () => {
    expectSame(widened(allWords), numbersOf(allWords, type), "in order");
    const shuffled = allWords.slice();
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    expectSame(widened(shuffled), numbersOf(shuffled, type), "shuffled");
  });

  it("every word beside each special one", () => {
    for (const special of [0, 0x8000, 1, 0x7c00, 0xfc00, 0x7e00, 0x7f80]) {
      const mixed = allWords.map((word, i) => (i % 128 === 77 ? special : word));
      expectSame(widened(mixed), numbersOf(mixed, type), `beside ${special}`);
    }
  });

  it("any count, normal numbers and others, beside any neighbours", () => {
    for (const count of counts) {
      for (const words of [
        Uint16Array.from({ length: count }, () => 0x3000 + Math.floor(random() * 0x1000)),
        Uint16Array.from({ length: count }, () => Math.floor(random() * 65536)),
      ]) {
        for (const poison of Object.values(POISONS)) expectSame(widened(words, poison), numbersOf(words, type), `${count} words`);
      }
    }
  });

  it("reads at most 6 bytes past the last word", () => {
    for (const count of counts) {
      memory.clear();
      const words = memory.uint16AtEnd(new Uint16Array(count).fill(0x3c00), 6);
      const out = memory.float32(new Float32Array(count));
      kernel(words.byteOffset, count, out.byteOffset);
      expectSame(out, numbersOf(words, type), `${count} words`);
    }
  });

  it("widens words in place, from the upper half of the result", () => {
    for (const count of [...counts, 16384, 65536]) {
      const words = Uint16Array.from({ length: count }, () => Math.floor(random() * 65536));
      memory.clear();
      const room = Math.ceil(count / 8) * 8;
      const place = memory.float32(new Float32Array(room));
      const inside = new Uint16Array(place.buffer, place.byteOffset + 2 * room, count);
      inside.set(words);
      memory.expectWritesOnly([{ array: place, slack: 0 }], () => kernel(inside.byteOffset, count, place.byteOffset));
      expectSame(place.subarray(0, count), numbersOf(words, type), `${count} words`);
    }
  });
});

describe.each(cases)("f32 to %s, %s build", (type, variant) => {
  const memory = new KernelMemory(variant, 8 * 65536);
  const kernel = memory.kernels[type === "float16" ? "float32ToFloat16" : "float32ToBfloat16"];
  const random = randomFrom(2);
  const isNan = (word: number): boolean => Number.isNaN(numbersOf(Uint16Array.of(word), type)[0]);

  const narrowed = (values: Float32Array): Uint16Array => {
    memory.clear();
    const from = memory.float32(values);
    const out = memory.uint16(new Uint16Array(values.length));
    memory.expectWritesOnly([{ array: out, slack: 0 }], () => kernel(from.byteOffset, values.length, out.byteOffset));
    return out.slice();
  };

  /** Compares with rounding by counting units in the last place. */
  const expectRounded = (values: Float32Array, what: string): void => {
    const got = narrowed(values);
    const wrong = values.findIndex((value, i) => {
      return Number.isNaN(value) ? !isNan(got[i]) : got[i] !== wordOf(value, type);
    });
    if (wrong < 0) return;
    const [word, value] = [got[wrong], values[wrong]];
    expect.fail(`${what}: ${value} at [${wrong}] became ${word.toString(16)}, expected ${wordOf(value, type).toString(16)}`);
  };

  it("every word survives the round trip, NaN as NaN", () => {
    const numbers = numbersOf(allWords, type);
    expectRounded(numbers, "words");
    const back = narrowed(numbers);
    const wrong = back.findIndex((word, i) => (Number.isNaN(numbers[i]) ? !isNan(word) : word !== i));
    expect(wrong).toBe(-1);
  });

  it("midpoints of adjacent words and the floats next to them: to nearest, ties to even", () => {
    const numbers = numbersOf(
      allWords.filter((word) => !isNan(word)),
      type,
    );
    const finite = Array.from(numbers)
      .filter(Number.isFinite)
      .sort((a, b) => a - b);
    const between = Float32Array.from(finite.slice(1), (value, i) => (value + finite[i]) / 2);
    expectRounded(between, "half way");
    for (const step of [-1, 1])
      expectRounded(
        between.map((value) => neighbour(value, step)),
        `half way and ${step}`,
      );
    const even = narrowed(between).filter((word, i) => between[i] !== 0 && word % 2 !== 0);
    expect(even).toHaveLength(0);
  });

  it("the ends of the range: infinity from half a unit above the greatest number, 0 below half of the smallest", () => {
    const greatest = numbersOf(Uint16Array.of(type === "float16" ? 0x7bff : 0x7f7f), type)[0];
    const least = numbersOf(Uint16Array.of(1), type)[0];
    const half = type === "float16" ? 16 : 2 ** 119;
    const ends = [
      greatest,
      greatest + half,
      neighbour(greatest + half, -1),
      neighbour(greatest + half, 1),
      3.4028234663852886e38,
    ];
    const tiny = [least, least / 2, neighbour(least / 2, -1), neighbour(least / 2, 1), 2 ** -149, 0];
    const values = Float32Array.from([...ends, ...tiny, Number.POSITIVE_INFINITY]);
    expectRounded(values, "ends");
    expectRounded(
      values.map((value) => -value),
      "ends",
    );
    const [infinity] = narrowed(Float32Array.of(greatest + half));
    expect(numbersOf(Uint16Array.of(infinity as number), type)[0]).toBe(Number.POSITIVE_INFINITY);
    expect(Array.from(narrowed(Float32Array.of(least / 2, -least / 2, neighbour(least / 2, 1))))).toEqual([0, 0x8000, 1]);
  });

  it("a million floats of any bits", () => {
    for (let round = 0; round < 16; round++) {
      const bits = Uint32Array.from({ length: 65536 }, () => Math.floor(random() * 2 ** 32));
      expectRounded(new Float32Array(bits.buffer), "any bits");
    }
    // the range of float16
    const near = Float32Array.from({ length: 65536 }, () => (random() - 0.5) * 2 ** (18 - 45 * random()));
    expectRounded(near, "near");
  });

  it("any NaN, with the payload in any bit", () => {
    const bits = Uint32Array.from({ length: 46 }, (_, i) => ((i % 2) * 0x80000000 + 0x7f800000 + 2 ** (i >> 1)) >>> 0);
    expect(Array.from(narrowed(new Float32Array(bits.buffer)), isNan)).toEqual(new Array(46).fill(true));
  });

  it("any count, and writes no byte beyond it", () => {
    for (const count of counts) {
      expectRounded(
        Float32Array.from({ length: count }, () => 100 * (random() - 0.5)),
        `${count} values`,
      );
    }
  });

  it("reads whole vectors, also when writing over the values", () => {
    for (const count of counts) {
      memory.clear();
      const slack = 4 * ((4 - (count % 4)) % 4);
      const values = memory.float32AtEnd(
        Float32Array.from({ length: count }, () => random() - 0.5),
        slack,
      );
      const expected = Uint16Array.from(values, (value) => wordOf(value, type));
      const out = new Uint16Array(values.buffer, values.byteOffset, count);
      memory.expectWritesOnly([{ array: out, slack: 0 }], () => kernel(values.byteOffset, count, out.byteOffset));
      expectSameBits(out, expected, `${count} values`);
    }
  });
});

const float = new Float32Array(1);
const bitsOf = new Int32Array(float.buffer);

/** The next f32 away from 0 (`step` 1) or towards 0 (`step` -1). */
function neighbour(value: number, step: number): number {
  float[0] = value;
  bitsOf[0] = bitsOf[0] + step;
  return float[0];
}
