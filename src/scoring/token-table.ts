import { nameRemedy } from "../arguments/remedies.js";
import { isIntegerArray } from "../arguments/targets.js";
import { dataOf, isTensorLike } from "../arguments/tensors.js";
import type { FloatData, IntegerData } from "../arguments/types.js";
import { describe, wrongType, wrongUse, wrongValue } from "../errors.js";
import { isFloat32, isFloat64 } from "../values.js";

/** Checks of per-token arrays for the scoring functions. Errors name the argument, the index, and what was expected and got. */

/**
 * Returns `value` if it is a number. NaN is allowed, because NaN logits give NaN losses.
 * @throws TypeError when it is not a number
 */
export function checkNumber(name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  return value;
}

/**
 * Returns `value` if it is a loss, or a sum of losses: finite and not negative.
 * @throws TypeError when it is not a number, RangeError when it is negative or not finite
 */
export function checkLoss(name: string, value: unknown): number {
  const loss = checkNumber(name, value);
  if (loss >= 0 && loss < Number.POSITIVE_INFINITY) return loss;
  throw wrongValue(name, "nats, a finite number >= 0", loss, loss < 0 ? "negate log-probabilities" : undefined);
}

/** @throws TypeError when a key of `given` is not in `known` */
export function checkKeys(name: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      throw wrongUse(name, `only ${known.join(", ")}`, `the unknown ${describe(key)}`, nameRemedy(key, known));
    }
  }
}

/**
 * Returns `value` if it is an array of losses; `lossAt` checks its entries.
 * @throws TypeError when it is not a Float32Array, Float64Array or plain array
 */
export function checkNats(name: string, value: unknown): FloatData {
  const array = isFloat32(value) || isFloat64(value) || isPlainArray(value);
  if (!array) throw wrongType(name, "a Float32Array, Float64Array or number[]", value);
  return value as FloatData;
}

/**
 * Returns integers, one per token: an integer typed array, `number[]`, or the data of a tensor object of any shape.
 * @throws TypeError when it is none of these
 */
export function checkIntegers(name: string, value: unknown): IntegerData {
  const data = isTensorLike(value) ? dataOf(name, value) : value;
  if (isPlainArray(data) || isIntegerArray(data)) return data as IntegerData;
  throw wrongType(name, "an integer typed array, number[] or a tensor object", data);
}

/**
 * Returns the loss at `index`; NaN and Infinity are allowed.
 * @throws TypeError when it is not a number, RangeError when it is -Infinity
 */
export function lossAt(name: string, nats: FloatData, index: number): number {
  const loss: unknown = nats[index];
  if (typeof loss !== "number") throw wrongType(`${name}[${index}]`, "a number", loss);
  if (loss === Number.NEGATIVE_INFINITY) throw wrongValue(`${name}[${index}]`, "a loss above -Infinity", loss);
  return loss;
}

/** @throws RangeError when the lengths of `name` and `other` differ */
export function checkLength(name: string, length: number, other: string, expected: number): void {
  if (length !== expected) throw wrongValue(name, `${expected} entries, as ${other} has`, length);
}

/**
 * Returns the number of bytes at `index`.
 * @throws TypeError when it is not a number, RangeError when it is negative, fractional or not finite
 */
export function byteCount(name: string, bytes: IntegerData, index: number): number {
  const value: unknown = bytes[index];
  const count = typeof value === "bigint" ? Number(value) : value;
  if (typeof count !== "number") throw wrongType(`${name}[${index}]`, "a number of bytes", value);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw wrongValue(`${name}[${index}]`, "a whole number of bytes >= 0", value);
  }
  return count;
}

function isPlainArray(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}
