/** The forms in which users pass the same values: every array type, and tensor objects. */
import type { FloatTensor, IndexTargets } from "../../src/index.js";

export const floatForms = ["Float32Array", "Float64Array", "number[]", "tensor with dims", "tensor with shape"] as const;
export type FloatForm = (typeof floatForms)[number];

/** Converts f32 values to a form. No form changes them. */
export function floatsAs(form: FloatForm, values: Float32Array, shape: readonly number[]): FloatTensor {
  switch (form) {
    case "Float32Array":
      return values;
    case "Float64Array":
      return Float64Array.from(values);
    case "number[]":
      return Array.from(values);
    case "tensor with dims":
      return { data: values, dims: shape, type: "float32" };
    case "tensor with shape":
      return { data: Float64Array.from(values), shape, type: "float64" };
  }
}

export interface TargetForm {
  readonly name: string;
  /** The range of integers that the type can hold. */
  readonly least: number;
  readonly greatest: number;
  make(targets: readonly number[], rowShape: readonly number[]): IndexTargets;
}

const ANY = { least: Number.MIN_SAFE_INTEGER, greatest: Number.MAX_SAFE_INTEGER };

function typed(
  array: { readonly name: string; from(values: readonly number[]): IndexTargets },
  least: number,
  greatest: number,
): TargetForm {
  return { name: array.name, least, greatest, make: (targets) => array.from(targets) };
}

export const targetForms: readonly TargetForm[] = [
  typed(Int8Array, -128, 127),
  typed(Uint8Array, 0, 255),
  typed(Uint8ClampedArray, 0, 255),
  typed(Int16Array, -32768, 32767),
  typed(Uint16Array, 0, 65535),
  typed(Int32Array, -(2 ** 31), 2 ** 31 - 1),
  typed(Uint32Array, 0, 2 ** 32 - 1),
  { name: "BigInt64Array", ...ANY, make: (targets) => BigInt64Array.from(targets, BigInt) },
  {
    name: "BigUint64Array",
    least: 0,
    greatest: Number.MAX_SAFE_INTEGER,
    make: (targets) => BigUint64Array.from(targets, BigInt),
  },
  { name: "number[]", ...ANY, make: (targets) => [...targets] },
  {
    name: "int64 tensor with dims",
    ...ANY,
    make: (targets, dims) => ({ data: BigInt64Array.from(targets, BigInt), dims, type: "int64" }),
  },
  {
    name: "int32 tensor with shape",
    least: -(2 ** 31),
    greatest: 2 ** 31 - 1,
    make: (targets, shape) => ({ data: Int32Array.from(targets), shape, type: "int32" }),
  },
  { name: "number[] tensor with dims", ...ANY, make: (targets, dims) => ({ data: [...targets], dims }) },
];
