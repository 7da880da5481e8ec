/** Checks of output arrays and of class weights. */
import { wrongType, wrongUse, wrongValue } from "../errors.js";
import { type HalfArray, isHalf, toFloat32 } from "../half.js";
import { isFloat32, isSharedBuffer, typedArrayName } from "../values.js";
import { checkAttached, floatInput } from "./tensors.js";
import type { FloatTensor } from "./types.js";

/**
 * The caller's `out`, or a new array of `length` elements.
 *
 * @throws TypeError when it is not a Float32Array, RangeError when its length differs.
 */
export function outputArray(out: unknown, length: number): Float32Array {
  if (out === undefined) return new Float32Array(length);
  if (!isFloat32(out)) throw wrongType("options.out", `a Float32Array of ${length} elements`, out);
  checkAttached("options.out", out);
  if (out.length !== length) throw wrongValue("options.out", `${length} elements`, `${out.length}`);
  return out;
}

/**
 * The `out` of a loss, or null: only `reduction: "none"` writes an array.
 *
 * @throws TypeError when it is given with another reduction; otherwise as outputArray.
 */
export function rowOutput(out: unknown, reduction: string, rows: number): Float32Array | null {
  if (reduction === "none") return outputArray(out, rows);
  if (out !== undefined) throw wrongUse("options.out", 'reduction "none" with it', `reduction "${reduction}"`);
  return null;
}

/**
 * Class weights in f32, or null.
 *
 * @throws TypeError for a wrong type, RangeError when there is not exactly one per class.
 */
export function classWeight(weight: FloatTensor | undefined, classes: number): Float32Array | null {
  if (weight === undefined) return null;
  const { data } = floatInput("options.weight", weight);
  if (data.length !== classes) throw wrongValue("options.weight", `${classes} weights, one per class`, `${data.length}`);
  return toFloat32(data);
}

/** An array of any type, taken as a range of memory. */
export type Placed = ArrayBufferView | HalfArray;

function viewOf(array: Placed): ArrayBufferView {
  return isHalf(array) ? array.words : array;
}

/** Whether two arrays are the same elements. Some functions may write their result exactly over their input. */
export function samePlace(one: Placed, other: Placed): boolean {
  const a = viewOf(one);
  const b = viewOf(other);
  if (a.buffer !== b.buffer && isUnshared(a)) return false;
  return (
    a.byteOffset === b.byteOffset &&
    a.byteLength === b.byteLength &&
    typedArrayName(a) === typedArrayName(b) &&
    (a.buffer === b.buffer || isSameMemory(a, b))
  );
}

/** Whether a view is surely on an unshared buffer, which has a single buffer object. */
function isUnshared({ buffer }: ArrayBufferView): boolean {
  return buffer instanceof ArrayBuffer;
}

/**
 * Whether two views that would overlap if their buffers were one are on the same bytes. A shared memory has a new buffer object
 * after it has grown, and another one in each thread, all over the same bytes. A byte that changes in both views is proof; `out`
 * is about to be written anyway, and gets the byte back.
 */
function isSameMemory(out: ArrayBufferView, read: ArrayBufferView): boolean {
  if (!isSharedBuffer(out.buffer) || !isSharedBuffer(read.buffer) || out.byteLength === 0) return false;
  const at = Math.max(out.byteOffset, read.byteOffset);
  const [written, seen] = [new Uint8Array(out.buffer, at, 1), new Uint8Array(read.buffer, at, 1)];
  const before = Atomics.load(seen, 0);
  const kept = Atomics.exchange(written, 0, before ^ 0xff);
  const isSame = Atomics.load(seen, 0) !== before;
  Atomics.store(written, 0, kept);
  return isSame;
}

/**
 * An output must not overlap an input: rows are written before later ones are read.
 *
 * @throws RangeError when `out` overlaps an array of `read`.
 */
export function checkApart(
  out: Placed | null,
  read: readonly (readonly [name: string, array: Placed | null])[],
  name = "options.out",
): void {
  if (out === null) return;
  const written = viewOf(out);
  for (const [other, array] of read) {
    if (array === null) continue;
    const view = viewOf(array);
    // what nearly every call has comes first: unshared buffers, none of them the output's
    if (view.buffer !== written.buffer && isUnshared(written)) continue;
    if (view.byteLength === 0 || written.byteLength === 0) continue;
    if (view.byteOffset + view.byteLength <= written.byteOffset) continue;
    if (written.byteOffset + written.byteLength <= view.byteOffset) continue;
    if (view.buffer !== written.buffer && !isSameMemory(written, view)) continue;
    throw wrongValue(name, "memory of its own", `an array that overlaps ${other}`);
  }
}
