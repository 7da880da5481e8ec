/** Arrays that results are written to, and class weights. */
import { wrongType, wrongValue } from "../errors.js";
import { type HalfArray, isHalf, toFloat32 } from "../half.js";
import { checkAttached, floatInput } from "./tensors.js";
import type { FloatTensor } from "./types.js";

/**
 * The caller's `out`, or a new array of `length` elements.
 *
 * @throws TypeError when it is no Float32Array, RangeError when it has another length.
 */
export function outputArray(out: unknown, length: number): Float32Array {
  if (out === undefined) return new Float32Array(length);
  if (!(out instanceof Float32Array)) throw wrongType("options.out", `a Float32Array of ${length} elements`, out);
  checkAttached("options.out", out);
  if (out.length !== length) throw wrongValue("options.out", `${length} elements`, `${out.length}`);
  return out;
}

/**
 * `out` of a loss, which only `reduction: "none"` writes.
 *
 * @throws TypeError when it is given with another reduction, and as outputArray.
 */
export function rowOutput(out: unknown, reduction: string, rows: number): Float32Array | null {
  if (reduction === "none") return outputArray(out, rows);
  if (out !== undefined) throw new TypeError(`options.out: expected reduction "none" beside it, got reduction "${reduction}"`);
  return null;
}

/**
 * Class weights in f32, or null.
 *
 * @throws TypeError for a wrong type, RangeError when there is not one per class.
 */
export function classWeight(weight: FloatTensor | undefined, classes: number): Float32Array | null {
  if (weight === undefined) return null;
  const { data } = floatInput("options.weight", weight);
  if (data.length !== classes) throw wrongValue("options.weight", `${classes} weights, one a class`, `${data.length}`);
  return toFloat32(data);
}

/** An array of any kind, as it lies in memory. */
export type Placed = ArrayBufferView | HalfArray;

function viewOf(array: Placed): ArrayBufferView {
  return isHalf(array) ? array.words : array;
}

/** Whether two arrays are the same elements: a result may go exactly where its input is, where the function says so. */
export function samePlace(one: Placed, other: Placed): boolean {
  const [a, b] = [viewOf(one), viewOf(other)];
  return (
    a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength && a.constructor === b.constructor
  );
}

/**
 * Rows are written while later ones are still to be read.
 *
 * @throws RangeError when `out` overlaps what is read.
 */
export function checkApart(
  out: Placed | null,
  read: readonly (readonly [name: string, array: Placed | null])[],
  name = "options.out",
): void {
  if (out === null) return;
  const written = viewOf(out);
  if (written.byteLength === 0) return;
  const end = written.byteOffset + written.byteLength;
  for (const [other, array] of read) {
    if (array === null) continue;
    const { buffer, byteOffset, byteLength } = viewOf(array);
    if (buffer !== written.buffer || byteLength === 0) continue;
    const apart = byteOffset + byteLength <= written.byteOffset || end <= byteOffset;
    if (!apart) throw wrongValue(name, "memory of its own", `an array that overlaps ${other}`);
  }
}
