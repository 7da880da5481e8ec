import { type ArrayOf, type Dtype, makeArray } from "../../../../xent/build/files/dtypes.js";
import { InputError } from "../../../../xent/build/files/input-error.js";
import type { Tensor } from "../../../../xent/build/files/tensor.js";
import { IGNORED } from "../scoring/scored.js";

/** Reads elements [from, to). */
export async function readElements<D extends Dtype>(tensor: Tensor<D>, from: number, to: number): Promise<ArrayOf<D>> {
  const out = makeArray(tensor.dtype, to - from);
  await tensor.fill(out, from);
  return out;
}

/**
 * Reads class indices of any integer type.
 * @param classes number of classes
 * @throws InputError that names the row of a value that is neither a class nor IGNORED
 */
export async function readTargets(tensor: Tensor, classes: number): Promise<Int32Array> {
  const values = await readElements(tensor, 0, tensor.length);
  const isTarget = (value: number) => value === IGNORED || (value >= 0 && value < classes);
  return Int32Array.from(values as ArrayLike<number | bigint>, (value, row) => {
    if (isTarget(Number(value))) return Number(value);
    throw new InputError(`${tensor.label}: row ${row}: expected a class in 0..${classes - 1} or ${IGNORED}, got ${value}`);
  });
}
