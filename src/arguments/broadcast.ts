/** Element weights: which weight belongs to which element of row-major data, by PyTorch's broadcasting rules. */
import { wrongValue } from "../errors.js";
import { toFloat32 } from "../half.js";
import { isFloat64 } from "../values.js";
import { floatInput } from "./tensors.js";
import type { FloatTensor } from "./types.js";

/** Neighbouring axes with one stride through the weights: `size` steps, `stride` weights apart. Stride 0 repeats the weights. */
export interface BroadcastAxis {
  readonly size: number;
  readonly stride: number;
}

/** One weight per element: the element with index i_k on axis k has the weight data[sum_k i_k stride_k]. */
export interface BroadcastWeights {
  readonly data: Float32Array | Float64Array;
  readonly axes: readonly BroadcastAxis[];
}

/**
 * The weights of elements of this shape, or null when none are given. A tensor object's dims align with the last dims of the
 * shape, each equal to it or 1. A flat array has one weight per element, one per index of the last dimension, or one in all.
 *
 * @throws TypeError for a wrong type, RangeError for weights that do not broadcast to the shape.
 */
export function broadcastWeights(
  name: string,
  weights: FloatTensor | undefined,
  shape: readonly number[],
): BroadcastWeights | null {
  if (weights === undefined) return null;
  const { data: given, shape: dims } = floatInput(name, weights);
  const data = isFloat64(given) ? given : toFloat32(given);
  if (dims !== undefined) return { data, axes: joined(axesOf(name, dims, shape)) };
  const length = product(shape);
  const last = shape.at(-1) ?? 1;
  if (data.length === length) return { data, axes: joined([{ size: length, stride: 1 }]) };
  if (data.length === last) {
    const repeats = { size: length / last, stride: 0 };
    return { data, axes: joined([repeats, { size: last, stride: 1 }]) };
  }
  if (data.length === 1) return { data, axes: joined([{ size: length, stride: 0 }]) };
  throw wrongValue(name, `${[...new Set([length, last, 1])].join(" or ")} elements for [${shape.join(", ")}]`, `${data.length}`);
}

function axesOf(name: string, dims: readonly number[], shape: readonly number[]): BroadcastAxis[] {
  const missing = shape.length - dims.length;
  const axes: BroadcastAxis[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis];
    const own = dims[axis - missing] ?? 1;
    if (own !== size && own !== 1) fail(name, dims, shape);
    axes.unshift({ size, stride: own === 1 ? 0 : stride });
    stride *= own;
  }
  if (missing < 0) fail(name, dims, shape);
  return axes;
}

function fail(name: string, dims: readonly number[], shape: readonly number[]): never {
  throw wrongValue(name, `dims that broadcast to [${shape.join(", ")}]`, `[${dims.join(", ")}]`);
}

/** The same axes in fewest entries: those of size 1 are dropped, and neighbours are merged when one stride covers both. */
function joined(axes: readonly BroadcastAxis[]): BroadcastAxis[] {
  const result: BroadcastAxis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = result.at(-1);
    if (outer && outer.stride === axis.stride * axis.size) {
      result[result.length - 1] = { size: outer.size * axis.size, stride: axis.stride };
    } else result.push(axis);
  }
  return result;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
