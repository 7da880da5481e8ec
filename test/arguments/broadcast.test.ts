/** Which weight belongs to which element: against indices by PyTorch's rules. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BroadcastAxis, broadcastWeights } from "../../src/arguments/broadcast.js";

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);
const counted = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

/** The weights of all elements in order, by the axes. */
function weightsOf(axes: readonly BroadcastAxis[]): number[] {
  return axes.reduce<number[]>(
    (all, { size, stride }) => all.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * stride)),
    [0],
  );
}

/** The same from the indices of each element on the axes of the shape. */
function expectedOf(shape: readonly number[], dims: readonly number[]): number[] {
  return Array.from({ length: product(shape) }, (_, element) => {
    let rest = element;
    let at = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const own = dims[axis - shape.length + dims.length] ?? 1;
      at += (own === 1 ? 0 : rest % shape[axis]) * stride;
      rest = Math.floor(rest / shape[axis]);
      stride *= own;
    }
    return at;
  });
}

/** No entry of size 1, and no neighbours that are one run. */
function isShortest(axes: readonly BroadcastAxis[]): boolean {
  return axes.every(({ size, stride }, i) => size !== 1 && (i === 0 || axes[i - 1].stride !== size * stride));
}

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 });

describe("broadcastWeights", () => {
  it("dims align with the last axes, each equal or 1", () => {
    const property = fc.property(
      shapes,
      fc.nat(5),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
      (shape, left, ones) => {
        const dims = shape.slice(left).map((size, i) => (ones[i] ? 1 : size));
        const weights = broadcastWeights("weight", { data: counted(product(dims)), dims }, shape);
        expect(weightsOf(weights?.axes ?? [])).toEqual(expectedOf(shape, dims));
        expect(isShortest(weights?.axes ?? [])).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it("a flat array has a weight per element, per index of the last axis, or one in all", () => {
    const property = fc.property(shapes, (shape) => {
      for (const dims of [shape, shape.slice(-1), []]) {
        const axes = broadcastWeights("weight", counted(product(dims)), shape)?.axes ?? [];
        expect(weightsOf(axes)).toEqual(expectedOf(shape, dims));
        expect(isShortest(axes)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  it("keeps doubles, rounds nothing else; nothing given is null", () => {
    const doubles = Float64Array.of(0.1, 0.2);
    expect(broadcastWeights("weight", doubles, [2])?.data).toBe(doubles);
    expect(broadcastWeights("weight", [0.1, 0.2], [2])?.data).toEqual(Float32Array.of(0.1, 0.2));
    expect(broadcastWeights("weight", undefined, [2])).toBeNull();
  });

  it.each([
    [[2, 3], [2]],
    [
      [2, 3],
      [3, 1],
    ],
    [
      [2, 3],
      [1, 2, 3],
    ],
    [
      [2, 3],
      [1, 1, 1],
    ],
    [
      [2, 3],
      [2, 2],
    ],
    [[3], [0]],
    [
      [1, 3],
      [2, 3],
    ],
  ])("for %j not of dims %j", (shape, dims) => {
    expect(() => broadcastWeights("weight", { data: counted(product(dims)), dims }, shape)).toThrow(
      new RangeError(`weight: expected dims that broadcast to [${shape.join(", ")}], got [${dims.join(", ")}]`),
    );
  });

  it.each([
    [[2, 3], 2, "6 or 3 or 1"],
    [[2, 3], 0, "6 or 3 or 1"],
    [[3], 2, "3 or 1"],
    [[1], 2, "1"],
  ])("for %j not %i weights", (shape, length, expected) => {
    expect(() => broadcastWeights("weight", counted(length), shape)).toThrow(
      new RangeError(`weight: expected ${expected} elements for [${shape.join(", ")}], got ${length}`),
    );
  });
});
