/**
 * Elementwise losses: the same values give the same bits for any storage and location of inputs and results, in place or not, and
 * after any other calls. Broadcast weights give the bits of expanded weights.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalEngine, type FloatTensor, type Functions, type LocalEngine } from "../../src/index.js";
import { ELEMENT_BATCH, ELEMENT_CHUNK } from "../../src/memory/constants.js";
import { backends } from "../support/backends.js";
import { expectSameBits } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { type ElementLoss, type ElementOptions, type ElementResult, elementData, elementLosses } from "./element-cases.js";
import { Random, settings } from "./random.js";

/** Lengths around the vector, the block and the chunk. */
const sizes = [1, 3, 4, 5, 9, 515, 1030, 16_389];

/** All results of a loss over elements, as arrays. */
function results(functions: Functions, loss: ElementLoss, x: FloatTensor, y: FloatTensor, more: ElementOptions): Float32Array[] {
  const options = { ...more, ...(loss.targetGrad ? { targetGrad: true } : {}) };
  const none = loss.gradient(functions, x, y, { ...options, reduction: "none" });
  const mean = loss.gradient(functions, x, y, options);
  const value = loss.value(functions, x, y, more) as number;
  return [...arrays(none), ...arrays(mean), Float32Array.of(value), Float32Array.of(value - Math.fround(value))];
}

function arrays({ value, grad, targetGrad }: ElementResult): Float32Array[] {
  const first = typeof value === "number" ? Float32Array.of(value) : value;
  return [first, grad, targetGrad ?? new Float32Array(0)].map((values) => values as Float32Array);
}

function expectSame(actual: readonly Float32Array[], expected: readonly Float32Array[], what: string): void {
  for (const [i, values] of expected.entries()) expectSameBits(actual[i] as Float32Array, values, `result ${i}, ${what}`);
}

/** The values as an odd subarray of a longer array, between NaNs. */
function within(values: Float32Array, at: number): Float32Array {
  const whole = new Float32Array(values.length + at + 3).fill(Number.NaN);
  whole.set(values, at);
  return whole.subarray(at, at + values.length);
}

for (const loss of elementLosses) {
  eachBackend(loss.name, (functions) => {
    it("Float64Array, number[], odd subarrays, tensor objects; a repeated call; inputs are not changed", () => {
      for (const length of sizes) {
        const { x, y } = elementData(loss, length, new Random(length));
        const copies = [x.slice(), y.slice()];
        const expected = results(functions, loss, x, y, {});
        const stored: readonly [string, (values: Float32Array) => FloatTensor][] = [
          ["again", (values) => values],
          ["Float64Array", (values) => Float64Array.from(values)],
          ["number[]", (values) => Array.from(values)],
          ["a subarray", (values) => within(values, 1)],
          ["a tensor", (values) => ({ data: values, dims: [values.length] })],
        ];
        for (const [name, store] of stored) {
          expectSame(results(functions, loss, store(x), store(y), {}), expected, `${name}, ${length} elements`);
        }
        expectSame([x, y], copies, "inputs");
      }
    });

    it("a single element has the same bits as among others", () => {
      const { x, y } = elementData(loss, 16_392, new Random(5));
      const all = results(functions, loss, x, y, {});
      for (const i of [0, 1, 2, 3, 4, 511, 512, 1027, 16_383, 16_384, 16_390, 16_391]) {
        const one = results(functions, loss, x.subarray(i, i + 1), y.subarray(i, i + 1), {});
        for (const k of [0, 1, 2]) {
          const [alone, among] = [one[k] as Float32Array, all[k] as Float32Array];
          if (among.length > 0) expectSameBits(alone, [among[i]], `result ${k} of element ${i}`);
        }
      }
    });

    it("gradOut and out: results go to these arrays, and nothing else is written", () => {
      for (const length of sizes) {
        const { x, y } = elementData(loss, length, new Random(length));
        const random = new Random(1);
        const upstream = random.normals(length);
        const expected = loss.gradient(functions, x, y, { reduction: "none", upstream });
        const whole = new Float32Array(2 * length + 9).fill(7);
        const gradOut = whole.subarray(3, 3 + length);
        const out = whole.subarray(5 + length, 5 + 2 * length);
        const actual = loss.gradient(functions, x, y, { reduction: "none", upstream, gradOut, out });
        expect(actual.grad).toBe(gradOut);
        expect(actual.value).toBe(out);
        expectSame(arrays(actual), arrays(expected), `${length} elements`);
        const around = [...whole.subarray(0, 3), ...whole.subarray(3 + length, 5 + length), ...whole.subarray(5 + 2 * length)];
        expect(new Set(around)).toEqual(new Set([7]));
      }
    });

    it("the gradient into the input itself", () => {
      for (const length of sizes) {
        const { x, y } = elementData(loss, length, new Random(length));
        const options = loss.targetGrad ? { targetGrad: true } : {};
        const expected = loss.gradient(functions, x, y, options);
        const inPlace = x.slice();
        const actual = loss.gradient(functions, inPlace, y, { ...options, gradOut: inPlace });
        expect(actual.grad).toBe(inPlace);
        expectSame(arrays(actual), arrays(expected), `${length} elements`);
      }
    });
  });
}

describe.each([
  [0, 2],
  [1, 3],
])("backend %i copies, backend %i reads in place", (copying, resident) => {
  it.each(elementLosses)("$name: the same bits", (loss) => {
    for (const length of sizes) {
      const { x, y } = elementData(loss, length, new Random(length));
      const [a, b] = [copying, resident].map((i) => results(backends[i]?.functions as Functions, loss, x, y, {}));
      expectSame(b as Float32Array[], a as Float32Array[], `${length} elements`);
    }
  });
});

eachBackend("gradients of more elements than a batch", (functions) => {
  it("are the same in any window of the elements", () => {
    const loss = elementLosses[0] as ElementLoss;
    const { x, y } = elementData(loss, 2 * ELEMENT_BATCH + ELEMENT_CHUNK + 5, new Random(8));
    const sum = { reduction: "sum" } as const;
    const { grad } = loss.gradient(functions, x, y, sum);
    for (const start of [0, ELEMENT_BATCH - 700, ELEMENT_BATCH, 2 * ELEMENT_BATCH - 700, 2 * ELEMENT_BATCH, x.length - 1400]) {
      const end = Math.min(x.length, start + 1400);
      const alone = loss.gradient(functions, x.slice(start, end), y.slice(start, end), sum);
      expectSameBits((grad as Float32Array).subarray(start, end), alone.grad as Float32Array, `elements from ${start} on`);
    }
  });
});

describe("an engine's memory", () => {
  const engine: LocalEngine = createLocalEngine({ deterministic: true });

  it.each(elementLosses)("$name: all arrays in the memory, starting at any element, in place or not", (loss) => {
    for (const length of sizes) {
      const { x, y } = elementData(loss, length, new Random(length));
      const upstream = new Random(2).normals(length);
      const weights = Object.fromEntries(loss.weights.map((name, i) => [name, new Random(i).weights(length)]));
      const common = { reduction: "none", ...(loss.targetGrad ? { targetGrad: true } : {}) } as const;
      const expected = arrays(loss.gradient(engine, x, y, { ...common, ...weights, upstream }));
      const inside: Float32Array[] = [];
      for (const at of [0, 1, 2, 3]) {
        const place = (values: Float32Array): Float32Array => {
          const whole = engine.allocate("float32", values.length + 8).fill(Number.NaN);
          inside.push(whole);
          const array = whole.subarray(at, at + values.length);
          array.set(values);
          return array;
        };
        const placed = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, place(values)]));
        const [a, b, placedUpstream] = [place(x), place(y), place(upstream)];
        const [gradOut, out] = [place(new Float32Array(length)), place(new Float32Array(length))];
        const what = `${at} elements in, ${length} elements`;
        const beside = loss.gradient(engine, a, b, { ...common, ...placed, upstream: placedUpstream, gradOut, out });
        expectSame(arrays(beside), expected, `beside, ${what}`);
        expectSame([a, b], [x, y], `inputs, ${what}`);
        const mixed = loss.gradient(engine, x, b, { ...common, ...placed, upstream, gradOut, out });
        expectSame(arrays(mixed), expected, `input outside, ${what}`);
        const inPlace = loss.gradient(engine, a, b, { ...common, ...placed, upstream: placedUpstream, gradOut: a, out });
        expectSame(arrays(inPlace), expected, `in place, ${what}`);
        for (const array of inside.splice(0)) {
          const around = [...array.subarray(0, at), ...array.subarray(at + length)];
          expect(around.every(Number.isNaN), `around, ${what}`).toBe(true);
          engine.free(array);
        }
      }
    }
  });
});

/** Weights broadcast as in PyTorch, expanded by the definition of row-major order. */
function spreadOut(data: Float32Array, dims: readonly number[], shape: readonly number[]): Float32Array {
  const length = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, index) => {
    let rest = index;
    let [offset, stride] = [0, 1];
    for (let axis = shape.length - 1, own = dims.length - 1; axis >= 0; axis--, own--) {
      const size = shape[axis];
      const ownSize = own >= 0 ? dims[own] : 1;
      if (ownSize !== 1) offset += (rest % size) * stride;
      rest = Math.floor(rest / size);
      stride *= ownSize;
    }
    return data[offset];
  });
}

eachBackend("broadcast weights", (functions) => {
  const both = (weight: FloatTensor, posWeight: FloatTensor, x: Float32Array, y: Float32Array, shape: readonly number[]) =>
    arrays(
      functions.binaryCrossEntropyWithLogitsValueAndGrad(x, y, {
        shape,
        weight,
        posWeight,
        reduction: "none",
        targetGrad: true,
      }),
    );

  const check = (shape: readonly number[], dims: readonly number[], posDims: readonly number[]): void => {
    const random = new Random(shape.length + dims.length);
    const length = shape.reduce((product, size) => product * size, 1);
    const count = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);
    const [x, y] = [random.normals(length, 3), random.normals(length)];
    const [weight, posWeight] = [random.weights(count(dims)), random.weights(count(posDims))];
    const expected = both(spreadOut(weight, dims, shape), spreadOut(posWeight, posDims, shape), x, y, shape);
    const actual = both({ data: weight, dims }, { data: Float64Array.from(posWeight), dims: posDims }, x, y, shape);
    expectSame(actual, expected, `[${dims}] and [${posDims}] over [${shape}]`);
  };

  it("any dims", () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
      fc.nat(31),
      fc.nat(31),
      fc.nat(2),
      (shape, mask, posMask, missing) => {
        const masked = (bits: number): number[] => shape.map((size, axis) => ((bits >> axis) & 1 ? size : 1));
        check(shape, masked(mask).slice(missing), masked(posMask));
      },
    );
    fc.assert(property, settings(150));
  });

  it("over several chunks: patterns shorter and longer than a chunk, long and short runs", () => {
    for (const [shape, dims, posDims] of [
      [[3000, 10], [10], [3000, 1]],
      [[5, 4099], [4099], [5, 1]],
      [[3, 16_384], [16_384], [3, 1]],
      [[3, 16_385], [16_385], [3, 1]],
      [[2, 20_000], [20_000], [2, 1]],
      [
        [4, 3, 1700],
        [3, 1],
        [4, 1, 1700],
      ],
      [
        [2, 3, 4001],
        [1, 3, 1],
        [2, 1, 1],
      ],
      [[20_001], [1], []],
    ] as const) {
      check(shape, dims, posDims);
    }
  });

  it("flat weights: full size, size of the last dimension, or a single one", () => {
    const random = new Random(4);
    const shape = [3, 4];
    const [x, y] = [random.normals(12, 3), random.normals(12)];
    const [full, last, one] = [random.weights(12), random.weights(4), random.weights(1)];
    const expected = both(spreadOut(last, [4], shape), spreadOut(one, [1], shape), x, y, shape);
    expectSame(both(last, Array.from(one), x, y, shape), expected, "last and one");
    expectSame(both({ data: full, dims: shape }, one, x, y, shape), both(full, one, x, y, shape), "full");
  });
});
