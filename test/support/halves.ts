/** 16-bit floats for tests: conversions between numbers and words, and a Float16Array for runtimes without it. */
import type { Float16Data } from "../../src/index.js";
import { decodeHalves, type HalfType } from "../../src/reference/half.js";

export const halfTypes: readonly HalfType[] = ["float16", "bfloat16"];

/** Parameters of the formats: bits of the fraction, and the exponents of the smallest and greatest normal numbers. */
export const formats = {
  float16: { fractionBits: 10, least: -14, greatest: 15 },
  bfloat16: { fractionBits: 7, least: -126, greatest: 127 },
} as const;

type Float16Constructor = new (buffer: ArrayBufferLike, start: number, length: number) => Float16Data;

/** What the package uses of a Float16Array: the class's tag, and the words in its buffer. */
class Float16Stub extends Uint16Array {
  // @ts-expect-error: overrides a typed array's own tag
  override get [Symbol.toStringTag](): "Float16Array" {
    return "Float16Array";
  }
}

const Float16 =
  (globalThis as { readonly Float16Array?: Float16Constructor }).Float16Array ?? (Float16Stub as unknown as Float16Constructor);

/** A Float16Array over the memory of the words. */
export function float16View(words: Uint16Array): Float16Data {
  return new Float16(words.buffer, words.byteOffset, words.length);
}

const everyWord = Uint16Array.from({ length: 0x10000 }, (_, word) => word);

/** The value of every word, decoded by the reference; exact in f32. */
const decoded = {
  float16: Float32Array.from(decodeHalves({ data: everyWord, type: "float16" })),
  bfloat16: Float32Array.from(decodeHalves({ data: everyWord, type: "bfloat16" })),
} as const;

/** The values of words. */
export function numbersOf(words: Uint16Array, type: HalfType): Float32Array {
  const table = decoded[type];
  const numbers = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) numbers[i] = table[words[i]];
  return numbers;
}

/** The words nearest to numbers, ties to even, computed by counting units in the last place. */
export function wordsOf(numbers: ArrayLike<number>, type: HalfType): Uint16Array {
  const words = new Uint16Array(numbers.length);
  for (let i = 0; i < words.length; i++) words[i] = wordOf(numbers[i], type);
  return words;
}

/**
 * Counts |x| in units u = 2^(e - fractionBits), where e is the exponent of x, but at least that of the smallest normal number.
 * The rounded count plus (e - least) 2^fractionBits is the word. Above the greatest exponent it is infinity.
 */
export function wordOf(x: number, type: HalfType): number {
  const { fractionBits, least, greatest } = formats[type];
  const one = 1 << fractionBits;
  const infinity = (greatest - least + 2) * one;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  if (Number.isNaN(x)) return infinity + one / 2;
  const exponent = Math.max(least, exponentOf(x));
  if (exponent > greatest) return sign | infinity;
  const units = roundToEven(Math.abs(x) / powerOfTwo(exponent - fractionBits));
  // a fraction that rounds up to 2 carries into the exponent
  return sign | ((exponent - least) * one + units);
}

const float64 = new Float64Array(1);
const words32 = new Uint32Array(float64.buffer);

/** floor(log2(|x|)), from the exponent field of a float64; -1023 for zero and subnormals. */
function exponentOf(x: number): number {
  float64[0] = x;
  return ((words32[1] >>> 20) & 0x7ff) - 1023;
}

const powers = Float64Array.from({ length: 300 }, (_, i) => 2 ** (i - 150));

/** 2^exponent for exponents in -150 .. 149, from a table, because `**` takes longer than the rest of a conversion. */
function powerOfTwo(exponent: number): number {
  return powers[exponent + 150];
}

function roundToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}
