/**
 * 16-bit floats as words. The kernels convert whole tiles (assembly/math/half.ts). This file converts single elements, for data
 * that no kernel reads: checks, class weights, upstream gradients, and the one element per row of nllLoss.
 */

import { isFloat32 } from "./values.js";

export type HalfType = "float16" | "bfloat16";

/** Words with their type. It cannot be indexed, so that no word is mistaken for its value; `elementAt` returns the value. */
export interface HalfArray {
  readonly words: Uint16Array;
  readonly type: HalfType;
  readonly length: number;
}

/** Arrays that elementAt can read. */
export type Elements = Float32Array | Float64Array | HalfArray;

export function halfArray(words: Uint16Array, type: HalfType): HalfArray {
  return { words, type, length: words.length };
}

export function isHalfType(type: unknown): type is HalfType {
  return type === "float16" || type === "bfloat16";
}

export function isHalf(data: object): data is HalfArray {
  // A load and a comparison are cheaper than `in` or `instanceof`; this runs once per element in some loops.
  return (data as Partial<HalfArray>).words !== undefined;
}

/** Element `index` as a number. 16-bit floats convert exactly. */
export function elementAt(data: Elements, index: number): number {
  if (!isHalf(data)) return data[index];
  const word = data.words[index];
  return data.type === "float16" ? float16(word) : float32OfBits(word << 16);
}

/** Sets element `index`. Rounds to f32 first, then to 16 bits if the array has 16-bit floats, as a tile does. */
export function setElement(data: Float32Array | HalfArray, index: number, value: number): void {
  if (!isHalf(data)) data[index] = value;
  else data.words[index] = data.type === "float16" ? float16Word(value) : bfloat16Word(value);
}

/** The typed array itself, or the words of 16-bit floats. */
export function elementsOf<Data extends Float32Array | Float64Array>(data: Data | HalfArray): Data | Uint16Array {
  return isHalf(data) ? data.words : data;
}

/** All elements as f32. Returns a Float32Array itself, without a copy. */
export function toFloat32(data: Elements): Float32Array {
  if (isFloat32(data)) return data;
  if (!isHalf(data)) return new Float32Array(data);
  const floats = new Float32Array(data.length);
  for (let i = 0; i < floats.length; i++) floats[i] = elementAt(data, i);
  return floats;
}

/**
 * Exponent and fraction bits, shifted to their positions in an f32, give 2^-112 times the value, also for subnormals. Infinities
 * and NaN need the f32's own exponent field.
 */
function float16(word: number): number {
  const sign = (word & 0x8000) << 16;
  const magnitude = word & 0x7fff;
  if (magnitude < 0x7c00) return float32OfBits(sign | (magnitude << 13)) * 2 ** 112;
  return float32OfBits(sign | 0x7f800000 | (magnitude << 13));
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

function float32OfBits(value: number): number {
  bits[0] = value;
  return float[0];
}

/** Rounds to nearest, ties to even: adds half a unit of the last kept bit, less 1 if that bit is even, and truncates. */
function bfloat16Word(value: number): number {
  const word = bitsOfFloat32(value);
  if (Number.isNaN(value)) return (word >>> 16) | 0x40;
  return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
}

function float16Word(value: number): number {
  const word = bitsOfFloat32(value);
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (Number.isNaN(value)) return sign | 0x7e00;
  // 65520, half a unit above the greatest float16, and larger values round to infinity
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // subnormal, below 2^-14: counts units of 2^-24; adding 2^52 rounds to an integer
  if (magnitude < 0x38800000) return sign | (float32OfBits(magnitude) * 2 ** 24 + 2 ** 52 - 2 ** 52);
  // rounds as bfloat16Word does; the exponent's bias is smaller by 112
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - (112 << 23)) >>> 13);
}

function bitsOfFloat32(value: number): number {
  float[0] = value;
  return bits[0];
}
