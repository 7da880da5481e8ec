import { dataOf, type FloatTensor, product, shapeOf } from "./tensor.js";

/**
 * Returns the factor of each element of row-major data of this shape; 1 if there is no factor. A tensor object broadcasts as in
 * PyTorch: its dimensions are matched with the last ones of the shape, and each has the same size or 1. A flat array has as many
 * elements as the data, as its last dimension, or one.
 *
 * @throws RangeError for a factor that does not broadcast.
 */
export function broadcast(name: string, factor: FloatTensor | undefined, shape: readonly number[]): (index: number) => number {
  if (factor === undefined) return () => 1;
  const data = dataOf(factor);
  const dims = shapeOf(factor);
  if (dims !== undefined) return broadcastDims(name, data, dims, shape);

  const last = shape.at(-1) ?? 1;
  if (data.length === product(shape)) return (index) => data[index];
  if (data.length === last) return (index) => data[index % last];
  if (data.length === 1) return () => data[0];
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
    // from the last axis on: `rest` is the index over the axes still to come, `stride` the factor's step along this axis
    let rest = index;
    let offset = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= missing; axis--) {
      const size = shape[axis];
      const ownSize = dims[axis - missing];
      if (ownSize !== 1) offset += (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= ownSize;
    }
    return data[offset];
  };
}
