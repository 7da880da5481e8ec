/** Converts logits to 16-bit floats, rounding to nearest, ties to even. Values must be finite and below 65520 in magnitude. */

export type HalfType = "float16" | "bfloat16";

/** @returns a tensor object, as the library and the reference accept it */
export function halfTensor(values: Float32Array, type: HalfType): { data: Uint16Array; type: HalfType } {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const data = new Uint16Array(values.length);
  // Uint16Array.from with a function is 50 times slower than a loop
  if (type === "float16") for (let i = 0; i < data.length; i++) data[i] = float16(bits[i]);
  else for (let i = 0; i < data.length; i++) data[i] = bfloat16(bits[i]);
  return { data, type };
}

/** @param bits the bits of an f32, whose upper half is a bfloat16 */
function bfloat16(bits: number): number {
  return roundedShift(bits, 16);
}

/** @param bits the bits of an f32 */
function float16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  // below 2^-14, float16 is subnormal: steps of 2^-24
  if (magnitude < 0x38800000) return sign | nearestInteger(f32OfBits(magnitude) * 2 ** 24);
  // else drop 13 bits of the fraction and change the exponent's bias from 127 to 15
  return sign | (roundedShift(magnitude, 13) - ((127 - 15) << 10));
}

function roundedShift(bits: number, shift: number): number {
  const half = (1 << (shift - 1)) - 1;
  return (bits + half + ((bits >>> shift) & 1)) >>> shift;
}

/** @param value in [0, 2^51): adding 2^52 rounds to an integer, because f64 has no fraction bits there */
function nearestInteger(value: number): number {
  return value + 2 ** 52 - 2 ** 52;
}

function f32OfBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
