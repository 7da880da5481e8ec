/** 16-bit floats. Every value of both formats is a float64 as well, so decoding is exact. */

export type HalfType = "float16" | "bfloat16";

/**
 * A tensor of 16-bit floats as onnxruntime and transformers.js return it if the runtime has no Float16Array: the words in a
 * `Uint16Array`, and their format in `type`.
 */
export interface HalfTensor {
  readonly data: Uint16Array;
  readonly type: HalfType;
  readonly dims?: readonly number[] | undefined;
  readonly shape?: readonly number[] | undefined;
}

/** A `Float16Array`, recognised by its tag, because older runtimes and the types of this build do not have the class. */
export interface Float16Data extends ArrayLike<number> {
  readonly [Symbol.toStringTag]: "Float16Array";
}

export function isHalfTensor(input: object): input is HalfTensor {
  const { data, type } = input as Partial<HalfTensor>;
  return hasTag(data, "Uint16Array") && (type === "float16" || type === "bfloat16");
}

export function isFloat16Data(data: unknown): data is Float16Data {
  return hasTag(data, "Float16Array");
}

/** `instanceof`, but arrays of another realm (an iframe, a vm context, Jest's sandbox) count too. */
export function hasTag(value: unknown, tag: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${tag}]`;
}

export function decodeHalves({ data, type }: HalfTensor): Float64Array {
  return Float64Array.from(data, type === "float16" ? decodeFloat16 : decodeBfloat16);
}

/**
 * IEEE 754 binary16: 1 bit s, 5 bits e, 10 bits f.
 *
 *     e = 0:   (-1)^s 2^-14 (f / 1024)
 *     e = 31:  infinity where f = 0, else NaN
 *     else:    (-1)^s 2^(e - 15) (1 + f / 1024)
 */
function decodeFloat16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * 2 ** -24 * fraction;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 25) * (1024 + fraction);
}

/**
 * bfloat16: the upper half of a binary32, so 1 bit s, 8 bits e, 7 bits f.
 *
 *     e = 0:   (-1)^s 2^-126 (f / 128)
 *     e = 255: infinity where f = 0, else NaN
 *     else:    (-1)^s 2^(e - 127) (1 + f / 128)
 */
function decodeBfloat16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 7) & 0xff;
  const fraction = word & 0x7f;
  if (exponent === 0) return sign * 2 ** -133 * fraction;
  if (exponent === 255) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * 2 ** (exponent - 134) * (128 + fraction);
}
