import { dataOf, type FloatTensor, product, shapeOf } from "./tensor.js";

/**
 * The factor that belongs to each element of row-major data of this shape, 1 without a factor. A tensor object is broadcast as
 * PyTorch does: its dimensions stand at the end of the shape's, each of the same size or 1. A flat array has as many elements
 * as the data, or as its last dimension, or one.
 */
export function broadcast(name: string, factor: FloatTensor | undefined, shape: readonly number[]): (index: number) => number {
  if (factor === undefined) return () => 1;
  const data = dataOf(factor);
  const dims = shapeOf(factor);
  if (dims !== undefined) return broadcastDims(name, data, dims, shape);

  const last = shape.at(-1) ?? 1;
  if (data.length === product(shape)) return (index) => data[index] as number;
  if (data.length === last) return (index) => data[index % last] as number;
  if (data.length === 1) return () => data[0] as number;
  throw new RangeError(`${name}: expected ${product(shape)}, ${last} or 1 elements, got ${data.length}`);
}

function broadcastDims(
  name: string,
  data: ArrayLike<number>,
  dims: readonly number[],
  shape: readonly number[],
): (index: number) => number {
  const missing = shape.length - dims.length;
  if (missing < 0 || dims.some((size, axis) => size !== 1 && size !== shape[axis + missing])) {
    throw new RangeError(`${name}: expected dims that broadcast to [${shape.join(", ")}], got [${dims.join(", ")}]`);
  }
  return (index) => {
    // From the last axis on: the index's coordinate there, and how far apart the factor's elements are along it.
    let rest = index;
    let offset = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= missing; axis--) {
      const size = shape[axis] as number;
      const ownSize = dims[axis - missing] as number;
      if (ownSize !== 1) offset += (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= ownSize;
    }
    return data[offset] as number;
  };
}
