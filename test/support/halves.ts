/** 16-bit floats for tests: words of numbers, and a Float16Array where the runtime has none. */
import type { Float16Data } from "../../src/index.js";
import { decodeHalves, type HalfType } from "../../src/reference/half.js";

export const halfTypes: readonly HalfType[] = ["float16", "bfloat16"];

/** What tells the formats apart: bits of the fraction, and the exponents of the least and greatest normal numbers. */
export const formats = {
  float16: { fractionBits: 10, least: -14, greatest: 15 },
  bfloat16: { fractionBits: 7, least: -126, greatest: 127 },
} as const;

type Float16Constructor = new (buffer: ArrayBufferLike, start: number, length: number) => Float16Data;

/** What the package needs to know of the class: its tag, and words as a Float16Array has them. */
class Float16Stub extends Uint16Array {
  // @ts-expect-error: a typed array's tag is its own
  override get [Symbol.toStringTag](): "Float16Array" {
    return "Float16Array";
  }
}

const Float16 =
  (globalThis as { readonly Float16Array?: Float16Constructor }).Float16Array ?? (Float16Stub as unknown as Float16Constructor);

/** A Float16Array over the same memory. */
export function float16View(words: Uint16Array): Float16Data {
  return new Float16(words.buffer, words.byteOffset, words.length);
}

const everyWord = Uint16Array.from({ length: 0x10000 }, (_, word) => word);

/** What the reference makes of every word, which an f32 holds exactly. */
const decoded = {
  float16: Float32Array.from(decodeHalves({ data: everyWord, type: "float16" })),
  bfloat16: Float32Array.from(decodeHalves({ data: everyWord, type: "bfloat16" })),
} as const;

/** The numbers that words stand for. */
export function numbersOf(words: Uint16Array, type: HalfType): Float32Array {
  const table = decoded[type];
  const numbers = new Float32Array(words.length);
  for (let i = 0; i < words.length; i++) numbers[i] = table[words[i] as number] as number;
  return numbers;
}

/** The words nearest to numbers, ties to even: by counting in units of the last place. */
export function wordsOf(numbers: ArrayLike<number>, type: HalfType): Uint16Array {
  const words = new Uint16Array(numbers.length);
  for (let i = 0; i < words.length; i++) words[i] = wordOf(numbers[i] as number, type);
  return words;
}

/**
 * |x| is a whole number of units u = 2^(e - fractionBits), e the exponent of x but no less than that of the least normal
 * number: rounded, that number and (e - least) 2^fractionBits make the word. Beyond the greatest exponent lies infinity.
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
  // a fraction that rounds up to 2 carries into the exponent by itself
  return sign | ((exponent - least) * one + units);
}

const float64 = new Float64Array(1);
const words32 = new Uint32Array(float64.buffer);

/** floor(log2(|x|)), from the exponent field of a float64; -1023 for zero and subnormals. */
function exponentOf(x: number): number {
  float64[0] = x;
  return (((words32[1] as number) >>> 20) & 0x7ff) - 1023;
}

const powers = Float64Array.from({ length: 300 }, (_, i) => 2 ** (i - 150));

/** 2^exponent, exponent in -150 .. 149: `**` takes longer than all the rest of a conversion. */
function powerOfTwo(exponent: number): number {
  return powers[exponent + 150] as number;
}

function roundToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}
