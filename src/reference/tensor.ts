/** The input types (those of the fast functions), and the layout of rows in row-major data. */
import { decodeHalves, type Float16Data, isFloat16Data, isHalfTensor } from "./half.js";

export type FloatData = Float32Array | Float64Array | readonly number[];

export type IntegerData =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly number[];

/** An array whose element type is not known before it is there, such as tfjs's `dataSync()`. */
export type NumberData = FloatData | Float16Data | IntegerData;

/** New arrays: on an `ArrayBuffer`, for compilers whose typed arrays say so. */
export type NewFloat64Array = ReturnType<typeof Float64Array.of>;
export type NewInt32Array = ReturnType<typeof Int32Array.of>;
export type NewUint8Array = ReturnType<typeof Uint8Array.of>;

/** A row-major tensor as onnxruntime (`dims`) and other libraries (`shape`) return it; their general types too. */
export interface TensorLike<Data = NumberData | readonly string[]> {
  readonly data: Data;
  readonly dims?: readonly number[] | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly type?: string | undefined;
}

export type FloatTensor = NumberData | TensorLike;
export type IntegerTensor = NumberData | TensorLike;
export type IndexTargets = number | bigint | IntegerTensor;
export type Targets = IndexTargets | FloatTensor;

/**
 * The rows along one axis of row-major data: element c of row r is `data[start(r) + c * step]`.
 * Rows are numbered in row-major order of the other axes.
 */
export interface Rows {
  readonly data: FloatData;
  readonly count: number;
  readonly classes: number;
  readonly step: number;
  start(row: number): number;
}

export function isTensor<Data>(input: unknown): input is TensorLike<Data> {
  return typeof input === "object" && input !== null && "data" in input;
}

/** The values of an input; 16-bit floats are decoded, everything else is read in place. */
export function dataOf(input: FloatTensor): FloatData {
  if (isTensor(input) && isHalfTensor(input)) return decodeHalves(input);
  const data = isTensor(input) ? input.data : input;
  return isFloat16Data(data) ? Float64Array.from(data) : (data as FloatData);
}

/** The shape of a tensor object; a flat array has none. */
export function shapeOf(input: unknown): readonly number[] | undefined {
  return isTensor(input) ? (input.dims ?? input.shape) : undefined;
}

export function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/**
 * Cuts data of this shape into rows along `axis`. With the shape read as [outer, classes, inner], row r is the pair
 * (floor(r / inner), r mod inner). `rowStride` (last axis only) puts row r at r * rowStride, for padded rows.
 */
export function rowsAlong(data: FloatData, shape: readonly number[], axis = -1, rowStride?: number): Rows {
  const classAxis = axis < 0 ? shape.length + axis : axis;
  const classes = shape[classAxis];
  if (classes === undefined) {
    throw new RangeError(`axis: expected ${-shape.length}..${shape.length - 1}, got ${axis}`);
  }
  const inner = product(shape.slice(classAxis + 1));
  const count = product(shape.slice(0, classAxis)) * inner;
  const start =
    rowStride === undefined
      ? (row: number): number => Math.floor(row / inner) * classes * inner + (row % inner)
      : (row: number): number => row * rowStride;
  return { data, count, classes, step: inner, start };
}

/** The rows of a tensor object, or of a flat array with `shape`; a flat array without `shape` is one vector. */
export function rowsOf(
  input: FloatTensor,
  options: { readonly shape?: readonly number[] | undefined; readonly axis?: number | undefined },
): Rows {
  const data = dataOf(input);
  return rowsAlong(data, options.shape ?? shapeOf(input) ?? [data.length], options.axis);
}

/** Whether the input is one vector, so that the value per row is a single number. */
export function isOneVector(input: FloatTensor, shape: readonly number[] | undefined): boolean {
  return shape === undefined && !isTensor(input);
}

/** Returns a copy of a row, because most formulas read it more than once. */
export function readRow(rows: Rows, row: number): Float64Array {
  const { data, classes, step } = rows;
  const start = rows.start(row);
  const copy = new Float64Array(classes);
  for (let c = 0; c < classes; c++) {
    copy[c] = data[start + c * step];
  }
  return copy;
}

/** Writes values to a row, in the layout of the rows. */
export function writeRow(out: Float64Array, { step, start }: Rows, row: number, values: Float64Array): void {
  const first = start(row);
  for (let c = 0; c < values.length; c++) {
    out[first + c * step] = values[c];
  }
}
