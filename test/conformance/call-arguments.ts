/** Stored tensors as the arguments that the functions take. */
import type { FloatTensor, Targets } from "../support/implementation.js";
import { decodeTensor, type StoredTensor } from "../support/stored-tensor.js";
import type { Case } from "./cases.js";

/** How the tensors are handed over: both must give the same. */
export type Form = "flat arrays with shape" | "tensor objects";

const flat: Form = "flat arrays with shape";
const objects: Form = "tensor objects";

type Float16Constructor = new (buffer: ArrayBufferLike) => FloatTensor;

/** Undefined in older runtimes. */
const Float16Array = (globalThis as { readonly Float16Array?: Float16Constructor }).Float16Array;

/** bfloat16 has no flat form, float16 has one where the runtime has a Float16Array. */
export function formsOf({ inputs }: Case): readonly Form[] {
  const hasFlatForm = ({ dtype }: StoredTensor): boolean =>
    dtype !== "bfloat16" && (dtype !== "float16" || Float16Array !== undefined);
  return inputs.every(hasFlatForm) ? [flat, objects] : [objects];
}

/** Logits of a wrong type (integers) go through as well: the functions have to refuse them. */
export function floatInput(tensor: StoredTensor, form: Form): FloatTensor {
  const data = decodeTensor(tensor);
  if (form === "tensor objects") return { data, dims: tensor.shape, type: tensor.dtype } as FloatTensor;
  if (tensor.dtype !== "float16") return data as FloatTensor;
  if (Float16Array === undefined) throw new TypeError("float16: no flat form in this runtime");
  return new Float16Array(data.buffer);
}

/** PyTorch's scalar target is a plain number here, when it is not a tensor object. */
export function targetsInput(tensor: StoredTensor, form: Form): Targets {
  if (tensor.dtype.includes("float")) return floatInput(tensor, form);
  const data = decodeTensor(tensor);
  if (form === "tensor objects") return { data, dims: tensor.shape, type: tensor.dtype } as Targets;
  return tensor.shape.length === 0 ? Number(data[0]) : (data as Targets);
}

/** The options whose names PyTorch and this package spell in two ways, without those that are not given. */
export function given<Options extends object>(options: Options): { [Name in keyof Options]?: NonNullable<Options[Name]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as { [Name in keyof Options]?: NonNullable<Options[Name]> };
}

export function tensorOf(testCase: Case, argument: unknown): StoredTensor {
  const index = (argument as { readonly $t?: number } | null | undefined)?.$t;
  const tensor = index === undefined ? undefined : testCase.inputs[index];
  if (tensor === undefined) {
    throw new TypeError(`${testCase.name}: expected a tensor argument, got ${JSON.stringify(argument)}`);
  }
  return tensor;
}

export function optionalTensorOf(testCase: Case, argument: unknown): StoredTensor | undefined {
  return argument === undefined || argument === null ? undefined : tensorOf(testCase, argument);
}

/** An option that is not passed on would make the comparison worthless. */
export function refuseOthers(testCase: Case, others: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(others);
  if (names.length > 0) throw new TypeError(`${testCase.name}: no mapping for ${names.join(", ")}`);
}
