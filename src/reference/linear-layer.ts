/** The logits of a linear layer, hidden W^T + bias, with weights of floats or of integers with scales. */
import { checkLength } from "./checks.js";
import {
  dataOf,
  type FloatData,
  type FloatTensor,
  type IndexTargets,
  isTensor,
  type NewFloat64Array,
  type NumberData,
  product,
  shapeOf,
  type Targets,
  type TensorLike,
} from "./tensor.js";

/** W[c][d] = scale data[c][d], with one scale per row, or one per block of 32 elements of a row. */
export interface Int8WeightTensor extends TensorLike<Int8Array> {
  readonly scales: FloatTensor;
}

/**
 * W[c][d] = scale (code - zero point), with one scale and one zero point per block of 32 elements of a row, as onnxruntime's
 * MatMulNBits stores them: rows are padded to whole blocks, and a byte holds two codes or two zero points, the first in its low
 * half. Zero points are 8 if they are not given.
 */
export interface Uint4WeightTensor extends TensorLike<Uint8Array> {
  readonly scales: FloatTensor;
  readonly zeroPoints?: NumberData | TensorLike | undefined;
}

export type LinearWeightTensor = FloatTensor | Int8WeightTensor | Uint4WeightTensor;

/** The product, and what it is of. */
export interface LinearLayer {
  readonly logits: { readonly data: NewFloat64Array; readonly dims: readonly number[] };
  readonly hidden: FloatData;
  readonly weight: FloatData;
  readonly rows: number;
  readonly classes: number;
  readonly width: number;
}

export interface LinearLayerOptions {
  /** The shape of a flat `hidden`. */
  readonly shape?: readonly number[] | undefined;
  readonly bias?: FloatTensor | undefined;
}

const BLOCK = 32;

/**
 * The rows' width is the last of hidden's dims or the second of the weight's; without either there are as many rows as targets. The
 * logits have hidden's shape, or else the shape of targets that are probabilities, or else are rows x classes.
 *
 * @throws RangeError for a weight or a bias of another shape than the classes'.
 */
export function linearLayer(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets | IndexTargets,
  options: LinearLayerOptions,
): LinearLayer {
  const axes = shapeOf(linearWeight)?.length ?? 2;
  if (axes !== 2 && !isQuantized(linearWeight)) throw new RangeError(`linearWeight: expected 2 axes, got ${axes}`);
  const data = dataOf(hidden);
  const shape = options.shape ?? shapeOf(hidden);
  const width = shape ? (shape.at(-1) ?? 1) : (weightWidth(linearWeight) ?? data.length / targetCount(targets));
  const rows = data.length / width;
  const weight = weightOf(linearWeight, width);
  const classes = weight.length / width;
  checkLength("linearWeight", classes % 1, 0);
  const bias = options.bias && dataOf(options.bias);
  if (bias) checkLength("bias", bias.length, classes);
  const logits = new Float64Array(rows * classes);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < classes; c++) {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += data[r * width + d] * weight[c * width + d];
      logits[r * classes + c] = sum + (bias ? bias[c] : 0);
    }
  }
  return {
    logits: { data: logits, dims: logitsShape(shape, targets, rows, classes) },
    hidden: data,
    weight,
    rows,
    classes,
    width,
  };
}

function logitsShape(
  shape: readonly number[] | undefined,
  targets: Targets | IndexTargets,
  rows: number,
  classes: number,
): readonly number[] {
  if (shape) return [...shape.slice(0, -1), classes];
  const ofTargets = shapeOf(targets);
  return ofTargets && product(ofTargets) === rows * classes && classes > 1 ? ofTargets : [rows, classes];
}

/** The width that the weight's dims tell; those of MatMulNBits, [classes, blocks, 16], do not. */
function weightWidth(linearWeight: LinearWeightTensor): number | undefined {
  const shape = shapeOf(linearWeight);
  return shape?.length === 2 ? shape[1] : undefined;
}

function targetCount(targets: Targets | IndexTargets): number {
  if (typeof targets === "number" || typeof targets === "bigint") return 1;
  return isTensor<ArrayLike<unknown>>(targets) ? targets.data.length : (targets as ArrayLike<unknown>).length;
}

/** The weight, classes x width. */
function weightOf(linearWeight: LinearWeightTensor, width: number): FloatData {
  if (!isQuantized(linearWeight)) return dataOf(linearWeight as FloatTensor);
  const { data } = linearWeight;
  const scales = dataOf(linearWeight.scales);
  return data instanceof Int8Array ? ofInt8(data, scales, width) : ofUint4(linearWeight as Uint4WeightTensor, scales, width);
}

function isQuantized(linearWeight: LinearWeightTensor): linearWeight is Int8WeightTensor | Uint4WeightTensor {
  return isTensor(linearWeight) && (linearWeight as Partial<Int8WeightTensor>).scales !== undefined;
}

function ofInt8(data: Int8Array, scales: FloatData, width: number): Float64Array {
  const blockSize = scales.length === data.length / width ? width : BLOCK;
  const blocks = Math.ceil(width / blockSize);
  return Float64Array.from(data, (value, i) => {
    const [c, d] = [Math.floor(i / width), i % width];
    return scales[c * blocks + Math.floor(d / blockSize)] * value;
  });
}

function ofUint4({ data, zeroPoints }: Uint4WeightTensor, scales: FloatData, width: number): Float64Array {
  const blocks = Math.ceil(width / BLOCK);
  const classes = (2 * data.length) / (blocks * BLOCK);
  const points = zeroPoints && ((isTensor(zeroPoints) ? zeroPoints.data : zeroPoints) as Uint8Array);
  return Float64Array.from({ length: classes * width }, (_, i) => {
    const [c, d] = [Math.floor(i / width), i % width];
    const block = Math.floor(d / BLOCK);
    const point = points ? nibble(points, 2 * c * Math.ceil(blocks / 2) + block) : 8;
    return scales[c * blocks + block] * (nibble(data, c * blocks * BLOCK + d) - point);
  });
}

/** The 4 bits at an index: two in a byte, the first in its low half. */
function nibble(bytes: Uint8Array, index: number): number {
  return (bytes[index >> 1] >> (index % 2 === 0 ? 0 : 4)) & 15;
}
