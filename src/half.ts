/**
 * 16-bit floats as words. Whole tiles are converted by the kernels (assembly/math/half.ts); what is read and written here element
 * by element is what never comes before a kernel: checks, class weights, upstream gradients, and the one element a row of nllLoss.
 */

export type HalfType = "float16" | "bfloat16";

/**
 * Words, and what they mean. It cannot be indexed, so that no word is taken for the number that it stands for: see elementAt.
 */
export interface HalfArray {
  readonly words: Uint16Array;
  readonly type: HalfType;
  readonly length: number;
}

/** What reads as numbers by elementAt. */
export type Elements = Float32Array | Float64Array | HalfArray;

export function halfArray(words: Uint16Array, type: HalfType): HalfArray {
  return { words, type, length: words.length };
}

export function isHalfType(type: unknown): type is HalfType {
  return type === "float16" || type === "bfloat16";
}

export function isHalf(data: object): data is HalfArray {
  // a load and a comparison, which costs less than `in` or `instanceof` where elements are read one by one
  return (data as Partial<HalfArray>).words !== undefined;
}

/** Element `index` as a number; 16-bit floats are exact. */
export function elementAt(data: Elements, index: number): number {
  if (!isHalf(data)) return data[index] as number;
  const word = data.words[index] as number;
  return data.type === "float16" ? float16(word) : float32OfBits(word << 16);
}

/** Element `index` = value, rounded to f32 and where it is a 16-bit float from there to that, as a tile is. */
export function setElement(data: Float32Array | HalfArray, index: number, value: number): void {
  if (!isHalf(data)) data[index] = value;
  else data.words[index] = data.type === "float16" ? float16Word(value) : bfloat16Word(value);
}

/** The elements, or the words. */
export function elementsOf<Data extends Float32Array | Float64Array>(data: Data | HalfArray): Data | Uint16Array {
  return isHalf(data) ? data.words : data;
}

/** All elements in f32: the array itself where it is one. */
export function toFloat32(data: Elements): Float32Array {
  if (data instanceof Float32Array) return data;
  if (isHalf(data)) return Float32Array.from(data.words, (_, index) => elementAt(data, index));
  return Float32Array.from(data);
}

/**
 * Exponent and fraction moved to an f32's places give 2^-112 of the value, subnormals included; infinities and NaN have an
 * exponent field of their own.
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
  return float[0] as number;
}

/** Adding half of the last kept bit, less one unit where that bit is even, carries into it exactly when rounding goes up. */
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
  // half a unit beyond the greatest number, 65520
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // below 2^-14: a number of units 2^-24, which the sum with 2^52 rounds
  if (magnitude < 0x38800000) return sign | (float32OfBits(magnitude) * 2 ** 24 + 2 ** 52 - 2 ** 52);
  // as above, and the exponent's bias is 112 less
  return sign | ((magnitude + 0xfff + ((magnitude >>> 13) & 1) - (112 << 23)) >>> 13);
}

function bitsOfFloat32(value: number): number {
  float[0] = value;
  return bits[0] as number;
}
