/** The weight of a linear layer as jobs hold it: one row of `width` elements per class. */

/** Elements of a row that share a scale, where a row does not have one scale for all. */
export const WEIGHT_BLOCK = 32;

export type LinearWeight = FloatWeight | Int8Weight | Uint4Weight;

interface WeightSize {
  readonly classes: number;
  readonly width: number;
}

export type FloatWeight = WeightSize &
  ({ readonly format: "f32"; readonly data: Float32Array } | { readonly format: "f16" | "bf16"; readonly data: Uint16Array });

/** W[c][d] = scale data[c][d], with one scale for `blockSize` elements of a row. */
export interface Int8Weight extends WeightSize {
  readonly format: "int8";
  readonly data: Int8Array;
  /** classes x ceil(width / blockSize) */
  readonly scales: Float32Array;
  /** The width, or WEIGHT_BLOCK; a row's last block may have fewer elements. */
  readonly blockSize: number;
}

/**
 * W[c][d] = scale (code - zero point), with one scale and one zero point per block; the layout of onnxruntime's MatMulNBits. A
 * row is padded to whole blocks of 16 bytes. Each byte holds two codes, the first in its low half.
 */
export interface Uint4Weight extends WeightSize {
  readonly format: "uint4";
  /** classes x ceil(width / 32) x 16 */
  readonly data: Uint8Array;
  /** classes x ceil(width / 32) */
  readonly scales: Float32Array;
  readonly blockSize: typeof WEIGHT_BLOCK;
  /** Per row ceil(blocks / 2) bytes of two zero points each, the first in the low half; null: 8 everywhere. */
  readonly zeroPoints: Uint8Array | null;
}

/** The blocks of a row; the last one may be padded. */
export function weightBlocks(width: number): number {
  return Math.ceil(width / WEIGHT_BLOCK);
}
