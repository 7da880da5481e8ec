/** The weight of a linear layer: floats, or integers with scales. */
import { describe, wrongType, wrongUse, wrongValue } from "../errors.js";
import { isHalf, toFloat32 } from "../half.js";
import { type LinearWeight, WEIGHT_BLOCK, weightBlocks } from "../linear-weight.js";
import { fieldOf, isFloat64, typedArrayName } from "../values.js";
import { checkAttached, checkProduct, dataOf, type FloatInput, floatInput, isTensorLike, tensorShape } from "./tensors.js";
import type { FloatTensor, NumberData, TensorLike } from "./types.js";

/** Weights of 8 bits, symmetric: W[c][d] = scale data[c][d]. */
export interface Int8WeightTensor extends TensorLike<Int8Array> {
  /** One scale per row (per class), or one per block of 32 elements of a row. */
  readonly scales: FloatTensor;
}

/**
 * Weights of 4 bits in blocks of 32 elements of a row: W[c][d] = scale (code - zero point). The layout is that of onnxruntime's
 * MatMulNBits, which transformers.js's models of dtype "q4" have: rows padded to whole blocks of 16 bytes, two codes per byte, the
 * first in the low half. The dims are [classes, width] or [classes, blocks, 16].
 */
export interface Uint4WeightTensor extends TensorLike<Uint8Array> {
  /** One scale per block, row by row. */
  readonly scales: FloatTensor;
  /** Two per byte, the first in the low half; each row begins with a new byte. Default 8 everywhere. */
  readonly zeroPoints?: NumberData | TensorLike | undefined;
}

/** What linear cross-entropy accepts as weight: one row per class. */
export type LinearWeightTensor = FloatTensor | Int8WeightTensor | Uint4WeightTensor;

const NAME = "linearWeight";
const ZERO_POINTS_NAME = "linearWeight.zeroPoints";

/** A weight before its size is known, since a flat array's follows from the hidden states. */
export interface RawWeight {
  /** The elements per row if the weight's own dims tell. */
  readonly width: number | undefined;
  /** @throws RangeError when the data, scales or zero points do not fit rows of `width` elements. */
  sized(width: number): LinearWeight;
}

/**
 * The weight argument.
 *
 * @throws TypeError for data of a wrong type, integers without scales, or floats with scales; RangeError for dims other than
 * [classes, width].
 */
export function rawWeight(value: LinearWeightTensor): RawWeight {
  const isTensor = isTensorLike(value);
  const data: unknown = isTensor ? dataOf(NAME, value) : value;
  const name = typedArrayName(data);
  if (name === "Int8Array" || name === "Uint8Array") {
    const integers = data as Int8Array | Uint8Array;
    checkAttached(isTensor ? `${NAME}.data` : NAME, integers);
    return integerWeight(isTensor ? (value as IntegerTensor) : {}, integers, name);
  }
  const input = floatInput(NAME, value as FloatTensor);
  if (isTensor) refuseField(value as Partial<Int8WeightTensor>, "scales", "none with weights that are floats");
  const { shape } = input;
  if (shape !== undefined) checkAxes(shape, "[classes, width]", shape.length === 2);
  return { width: shape?.[1], sized: (width) => floatWeight(input, width) };
}

function floatWeight({ data, shape }: FloatInput, width: number): LinearWeight {
  checkWidth(shape, width, width);
  const classes = classesOf(data.length, width, `elements, rows of the ${width} that hidden has`);
  if (isHalf(data)) return { format: data.type === "float16" ? "f16" : "bf16", data: data.words, classes, width };
  return { format: "f32", data: isFloat64(data) ? toFloat32(data) : data, classes, width };
}

type IntegerTensor = Partial<Int8WeightTensor> | Partial<Uint4WeightTensor>;

const TYPES: Readonly<Record<"Int8Array" | "Uint8Array", readonly string[]>> = {
  Int8Array: ["int8"],
  Uint8Array: ["uint4", "uint8"],
};

function integerWeight(tensor: IntegerTensor, data: Int8Array | Uint8Array, name: "Int8Array" | "Uint8Array"): RawWeight {
  const type = fieldOf(tensor, "type");
  const types = TYPES[name];
  if (typeof type === "string" && /^(u?int|b?float)\d+$/.test(type) && !types.includes(type)) {
    throw wrongType(`${NAME}.type`, `${types.map((word) => `"${word}"`).join(" or ")} for ${describe(data)}`, type);
  }
  const scales = fieldOf(tensor, "scales");
  if (scales === undefined) {
    throw wrongUse(`${NAME}.scales`, "scales with weights that are integers: { data, dims, scales }", "none");
  }
  const hasShape = (fieldOf(tensor, "dims") ?? fieldOf(tensor, "shape")) !== undefined;
  const shape = hasShape ? tensorShape(NAME, tensor as TensorLike<unknown>) : undefined;
  const { data: given } = floatInput(`${NAME}.scales`, scales);
  const factors = toFloat32(given);
  if (name === "Int8Array") {
    refuseField(tensor as Partial<Uint4WeightTensor>, "zeroPoints", "none with 8 bits, which are symmetric");
    if (shape !== undefined) {
      checkAxes(shape, "[classes, width]", shape.length === 2);
      checkProduct(NAME, shape, data.length);
    }
    return { width: shape?.[1], sized: (width) => int8Weight(data as Int8Array, shape, factors, width) };
  }
  const zeroPoints = zeroPointsOf((tensor as Partial<Uint4WeightTensor>).zeroPoints);
  if (shape !== undefined) {
    checkAxes(shape, `[classes, width] or [classes, blocks, ${BLOCK_BYTES}]`, shape.length === 2 || isInBlocks(shape));
  }
  return {
    width: shape?.length === 2 ? shape[1] : undefined,
    sized: (width) => uint4Weight(data as Uint8Array, shape, factors, zeroPoints, width),
  };
}

function int8Weight(data: Int8Array, shape: readonly number[] | undefined, scales: Float32Array, width: number): LinearWeight {
  checkWidth(shape, width, width);
  const classes = classesOf(data.length, width, `elements, rows of the ${width} that hidden has`);
  const perBlock = classes * weightBlocks(width);
  if (scales.length !== classes && scales.length !== perBlock) {
    const expected = `${classes} scales, one per row, or ${perBlock}, one per block of ${WEIGHT_BLOCK}`;
    throw wrongValue(`${NAME}.scales`, expected, `${scales.length}`);
  }
  return { format: "int8", data, classes, width, scales, blockSize: scales.length === classes ? width : WEIGHT_BLOCK };
}

/** Half of WEIGHT_BLOCK: two codes per byte. */
const BLOCK_BYTES = 16;

/** Whether dims are those of MatMulNBits, [classes, blocks, 16]. */
function isInBlocks(shape: readonly number[]): boolean {
  return shape.length === 3 && shape[2] === BLOCK_BYTES;
}

function uint4Weight(
  data: Uint8Array,
  shape: readonly number[] | undefined,
  scales: Float32Array,
  zeroPoints: Uint8Array | null,
  width: number,
): LinearWeight {
  const blocks = weightBlocks(width);
  checkWidth(shape, shape?.length === 3 ? blocks : width, width);
  const rowBytes = blocks * BLOCK_BYTES;
  const classes = classesOf(data.length, rowBytes, `bytes, ${BLOCK_BYTES} for each ${WEIGHT_BLOCK} of a row's ${width} elements`);
  if (shape !== undefined && shape[0] !== classes) {
    throw wrongValue(
      `${NAME}.data`,
      `${(shape[0] as number) * rowBytes} bytes for ${shape[0]} rows of ${width}`,
      `${data.length}`,
    );
  }
  if (scales.length !== classes * blocks) {
    const expected = `${classes * blocks} scales, one per block of ${WEIGHT_BLOCK}`;
    throw wrongValue(`${NAME}.scales`, expected, `${scales.length}`);
  }
  const zeroBytes = classes * Math.ceil(blocks / 2);
  if (zeroPoints !== null && zeroPoints.length !== zeroBytes) {
    throw wrongValue(ZERO_POINTS_NAME, `${zeroBytes} bytes, two blocks per byte of a row`, `${zeroPoints.length}`);
  }
  return { format: "uint4", data, classes, width, scales, blockSize: WEIGHT_BLOCK, zeroPoints };
}

function zeroPointsOf(value: unknown): Uint8Array | null {
  if (value === undefined || value === null) return null;
  const data: unknown = isTensorLike(value) ? dataOf(ZERO_POINTS_NAME, value) : value;
  if (typedArrayName(data) !== "Uint8Array") throw wrongType(ZERO_POINTS_NAME, "a Uint8Array, two per byte", data);
  checkAttached(ZERO_POINTS_NAME, data as Uint8Array);
  return data as Uint8Array;
}

/** @throws TypeError when a field is there that does not belong to weights of this type. */
function refuseField<Tensor extends object, Field extends keyof Tensor & string>(
  tensor: Tensor,
  field: Field,
  expected: string,
): void {
  const value = fieldOf(tensor, field);
  if (value !== undefined && value !== null) throw wrongUse(`${NAME}.${field}`, expected, describe(value));
}

function checkAxes(shape: readonly number[], expected: string, isRight: boolean): void {
  if (!isRight) throw wrongValue(NAME, `dims ${expected}`, `[${shape.join(", ")}]`);
}

/** @throws RangeError when the second of the weight's dims is not the one that follows from the hidden states. */
function checkWidth(shape: readonly number[] | undefined, expected: number, width: number): void {
  if (shape === undefined || shape[1] === expected) return;
  const wanted = shape.length === 3 ? `[classes, ${expected}, ${BLOCK_BYTES}]` : `[classes, ${expected}]`;
  const remedy = shape.length === 2 && shape[0] === expected ? "transpose it: one row per class" : undefined;
  throw wrongValue(NAME, `dims ${wanted} for hidden of ${width} per row`, `[${shape.join(", ")}]`, remedy);
}

function classesOf(length: number, perRow: number, what: string): number {
  const classes = length / perRow;
  if (length === 0) throw wrongValue(NAME, "at least one class", "0");
  if (!Number.isInteger(classes)) throw wrongValue(NAME, `a multiple of ${perRow} ${what}`, `${length}`);
  return classes;
}
