/** Floating-point arguments: flat arrays and tensor objects, as a typed array and, if known, a shape. */
import { describe, wrongType, wrongUse, wrongValue } from "../errors.js";
import { type HalfArray, halfArray, isHalfType } from "../half.js";
import { fieldOf, isFloat16, isFloat32, isFloat64, isUint16, typedArrayName } from "../values.js";
import { elementRemedy, floatsRemedy, unreadRemedy } from "./remedies.js";
import type { FloatTensor, TensorLike } from "./types.js";

export interface FloatInput {
  readonly data: Float32Array | Float64Array | HalfArray;
  /** Undefined for a flat array. */
  readonly shape: readonly number[] | undefined;
}

const EXPECTED_DATA =
  'a Float32Array, a Float64Array, a Float16Array, an array of numbers, or a Uint16Array of type "float16" or "bfloat16"';
const EXPECTED_FLOATS =
  "a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }";

/** Whether `value` is an object with `data`, like the tensors of onnxruntime and transformers.js. */
export function isTensorLike(value: unknown): value is TensorLike<unknown> {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Array.isArray(value)) return false;
  return "data" in Object.prototype ? fieldOf(value as TensorLike<unknown>, "data") !== undefined : "data" in value;
}

/**
 * The data of a tensor object.
 *
 * @throws TypeError when it cannot be read, as that of a tensor on the GPU.
 */
export function dataOf<Tensor extends { readonly data: unknown }>(name: string, tensor: Tensor): Tensor["data"] {
  let got = "none";
  try {
    const { data } = tensor;
    if (data !== undefined || !("getData" in tensor)) return data;
  } catch (error) {
    got = `an error: ${String(error)}`;
  }
  throw wrongUse(`${name}.data`, "values", got, unreadRemedy(name));
}

/** Whether the type of an argument alone shows that it holds floats; a plain array of numbers may hold anything. */
export function holdsFloats(value: unknown, argument = "targets"): value is FloatTensor {
  const data: unknown = isTensorLike(value) ? dataOf(argument, value) : value;
  const name = typedArrayName(data);
  if (name === "Float32Array" || name === "Float64Array" || name === "Float16Array") return true;
  return name === "Uint16Array" && isTensorLike(value) && isHalfType(fieldOf(value, "type"));
}

/**
 * A floating-point argument. A `number[]` is copied to f32; typed arrays, 16-bit words included, are used as they are.
 *
 * @throws TypeError for any other type, a detached array, or a `type` that contradicts its data; RangeError for a shape that does
 * not match the length of its data.
 */
export function floatInput(name: string, value: FloatTensor): FloatInput {
  if (!isTensorLike(value)) return { data: floatData(name, value, EXPECTED_FLOATS), shape: undefined };
  const given = dataOf(name, value);
  const type = fieldOf(value, "type");
  const data = floatData(`${name}.data`, given, EXPECTED_DATA, type);
  // a Uint16Array needs an object to carry its type, so such an object may lack a shape
  const isFlat = isUint16(given) && (fieldOf(value, "dims") ?? fieldOf(value, "shape")) === undefined;
  if (isFlat) return { data, shape: undefined };
  const shape = tensorShape(name, value);
  checkProduct(name, shape, data.length);
  checkType(name, type, given);
  return { data, shape };
}

/** Element types by onnxruntime's names. Other names ("F32", "torch.float32") are not checked. */
const ELEMENT_TYPES = /^(u?int(8|16|32|64)|bool|string|b?float(16|32|64))$/;

/** @throws TypeError when a tensor's `type` contradicts the element type of its data. */
function checkType(name: string, type: unknown, data: unknown): void {
  const bits = isFloat32(data) ? 32 : isFloat64(data) ? 64 : isFloat16(data) ? 16 : undefined;
  if (bits === undefined || type === `float${bits}` || typeof type !== "string" || !ELEMENT_TYPES.test(type)) return;
  throw wrongType(`${name}.type`, `"float${bits}" for a Float${bits}Array`, type);
}

function floatData(name: string, value: unknown, expected: string, type?: string): FloatInput["data"] {
  if (isFloat32(value) || isFloat64(value)) {
    checkAttached(name, value);
    return value;
  }
  if (isFloat16(value)) {
    checkAttached(name, value);
    return halfArray(new Uint16Array(value.buffer, value.byteOffset, value.length), "float16");
  }
  if (isUint16(value) && isHalfType(type)) {
    checkAttached(name, value);
    return halfArray(value, type);
  }
  if (Array.isArray(value)) return plainNumbers(name, value);
  const suffix = type === undefined ? "" : ` of type ${describe(type)}`;
  throw wrongUse(name, expected, `${describe(value)}${suffix}`, floatsRemedy(name, value));
}

/** A loop, because `Float32Array.from` takes several times as long. */
function plainNumbers(name: string, values: readonly unknown[]): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(values.length);
  for (let i = 0; i < floats.length; i++) {
    const value = values[i];
    if (typeof value !== "number") {
      throw wrongType(`${name}[${i}]`, "a number", value, elementRemedy(name, values, value));
    }
    floats[i] = value;
  }
  return floats;
}

/**
 * The `dims` or `shape` of a tensor object.
 *
 * @throws TypeError when it has neither; otherwise as checkShape.
 */
export function tensorShape(name: string, tensor: TensorLike<unknown>): readonly number[] {
  const dims = fieldOf(tensor, "dims");
  const shape = dims ?? fieldOf(tensor, "shape");
  if (shape === undefined) throw wrongUse(name, "a tensor object with dims or shape", "neither");
  return checkShape(`${name}.${dims === undefined ? "shape" : "dims"}`, shape);
}

/**
 * A list of sizes.
 *
 * @throws TypeError when it is not an array of numbers, RangeError for a size that is negative or not an integer.
 */
export function checkShape(name: string, shape: unknown): readonly number[] {
  if (!Array.isArray(shape) && typedArrayName(shape) === undefined) {
    throw wrongType(name, "an array of sizes", shape);
  }
  return Array.from(shape as ArrayLike<unknown>, (size, index) => {
    // onnxruntime uses numbers, some exporters bigints
    const number = typeof size === "bigint" ? Number(size) : size;
    if (typeof number !== "number") throw wrongType(`${name}[${index}]`, "an integer >= 0", size);
    if (!Number.isSafeInteger(number) || number < 0) throw wrongValue(`${name}[${index}]`, "an integer >= 0", size);
    return number;
  });
}

/** @throws RangeError when the shape is not one of exactly `length` elements. */
export function checkProduct(name: string, shape: readonly number[], length: number): void {
  const product = shape.reduce((total, size) => total * size, 1);
  if (product !== length) {
    throw wrongValue(name, `${product} elements for the shape [${shape.join(", ")}]`, `${length}`);
  }
}

/**
 * Tells an array that has lost its memory, which looks empty, from an empty one, which is allowed.
 *
 * @throws TypeError when the array's buffer was transferred, or is resizable and has shrunk so that the array is not within it.
 */
export function checkAttached(name: string, array: ArrayBufferView & { readonly length: number }): void {
  if (array.length > 0) return;
  try {
    // throws for both
    (array as Uint8Array).keys();
  } catch {
    const lost = isDetached(array.buffer)
      ? `detached ${typedArrayName(array)} (its buffer was transferred)`
      : `${typedArrayName(array)} outside its buffer, which has shrunk`;
    throw wrongUse(name, "an array with data", `a ${lost}`);
  }
}

function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
