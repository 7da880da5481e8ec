/** Linear cross-entropy of the reference: the product, its gradients by central differences, and weights of integers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  crossEntropy,
  type LinearCrossEntropyOptions,
  linearCrossEntropy,
  linearCrossEntropyValueAndGrad,
  type Reduction,
  scoreHidden,
  scoreTokens,
} from "../../src/reference/index.js";
import { Random, settings } from "../losses/random.js";
import { expectClose } from "../support/expect-close.js";
import { expectGradient, weigh } from "./finite-differences.js";
import { reductions, upstreamFor } from "./row-cases.js";

const hidden = [1, 2, 3, -1, 0.5, 0, 2, -2, 1, 0, 0, 4];
const weight = [1, 0, 0, 0.5, 1, -1, -1, 2, 0.25, 0, 0, 1, 2, 1, -0.5];
const bias = [0.5, -1, 0, 0.25, 2];
/** hidden W^T + bias, 4 x 5. */
const logits = [1.5, -1.5, 3.75, 3.25, 4.5, -0.5, -1, 2, 0.25, 0.5, 2.5, -3, -5.75, 1.25, 3.5, 0.5, -5, 1, 4.25, 0];
const targets = [4, 2, 0, 3];

describe("linearCrossEntropy of the reference", () => {
  it.each([
    ["flat", hidden, weight, {}],
    ["hidden by dims", { data: hidden, dims: [4, 3] }, weight, {}],
    ["hidden by shape", hidden, weight, { shape: [2, 2, 3] }],
    ["the weight by dims", hidden, { data: weight, dims: [5, 3] }, {}],
  ])("is crossEntropy of the product: %s", (_, h, w, shape) => {
    const options = { ...shape, bias, labelSmoothing: 0.1, softcap: 5, zLoss: 0.01 };
    const { bias: _bias, ...others } = { ...options, shape: [4, 5] };
    expect(linearCrossEntropy(h, w, targets, options)).toBe(crossEntropy(logits, targets, others));
    const losses = linearCrossEntropy(h, w, targets, { ...options, reduction: "none" });
    expect(losses).toEqual(crossEntropy(logits, targets, { ...others, reduction: "none" }));
  });

  it("takes sequences from the shape of hidden, or of probabilities", () => {
    const shifted = crossEntropy(logits, targets, { shape: [2, 2, 5], shift: 1, reduction: "none" });
    expect(linearCrossEntropy(hidden, weight, targets, { shape: [2, 2, 3], bias, shift: 1, reduction: "none" })).toEqual(shifted);
    const q = { data: Float64Array.from(logits, (_, i) => (i % 5 === 1 ? 0.5 : 0.125)), dims: [2, 2, 5] };
    const expected = crossEntropy({ data: logits, dims: [2, 2, 5] }, q, { shift: 1 });
    expect(linearCrossEntropy(hidden, { data: weight, dims: [5, 3] }, q, { bias, shift: 1 })).toBe(expected);
  });

  it("does not read a row that does not count", () => {
    const poisoned = hidden.map((x, i) => (i < 3 ? Number.NaN : x));
    const ignored = [-100, 2, 0, 3];
    expect(linearCrossEntropy(poisoned, weight, ignored)).toBe(linearCrossEntropy(hidden, weight, ignored));
    const { grad } = linearCrossEntropyValueAndGrad(poisoned, weight, ignored);
    expect(grad).toEqual(linearCrossEntropyValueAndGrad(hidden, weight, ignored).grad);
    expect([...grad.hidden.subarray(0, 3)]).toEqual([0, 0, 0]);
  });

  it("refuses a bias that is not one number per class", () => {
    expect(() => linearCrossEntropy(hidden, weight, targets, { bias: [1] })).toThrow(RangeError);
  });
});

describe("scoreHidden of the reference", () => {
  it("is scoreTokens of the product", () => {
    const options = { topK: 2, temperature: 2, tokenBytes: [1, 2, 3, 4, 5] };
    const scores = scoreHidden(hidden, weight, targets, { shape: [2, 2, 3], bias, ...options });
    expect(scores).toEqual(scoreTokens(logits, targets, { shape: [2, 2, 5], ...options }));
    expect([...scores.ranks]).toEqual([1, 1, 2, 1]);
  });
});

describe("gradients of the reference's linearCrossEntropy", () => {
  const plans = fc.record({
    seed: fc.nat(1e6),
    rows: fc.integer({ min: 1, max: 4 }),
    classes: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 5 }),
    kind: fc.constantFrom("indices", "probabilities"),
    reduction: reductions,
    labelSmoothing: fc.constantFrom(0, 0.1),
    softcap: fc.constantFrom(undefined, 3),
    temperature: fc.constantFrom(1, 2),
    zLoss: fc.constantFrom(0, 0.1),
    weighted: fc.boolean(),
  });

  it("are central differences of the value", () => {
    fc.assert(
      fc.property(plans, ({ seed, rows, classes, width, kind, reduction, weighted, ...terms }) => {
        const random = new Random(seed);
        const f64 = (length: number): Float64Array => Float64Array.from(random.normals(length, 1));
        const [h, w, b] = [f64(rows * width), f64(classes * width), f64(classes)];
        const q =
          kind === "indices"
            ? random.classes(rows, classes)
            : { data: Float64Array.from(random.distributions(rows, classes)), dims: [rows, classes] };
        const options: LinearCrossEntropyOptions<Reduction> = {
          ...terms,
          shape: [rows, width],
          reduction,
          sampleWeight: Float64Array.from({ length: rows }, () => 0.5 + random.uniform()),
          ...(weighted && { weight: random.weights(classes) }),
        };
        const upstream = upstreamFor(reduction, rows, random);
        const { value, grad } = linearCrossEntropyValueAndGrad(h, w, q, { ...options, bias: b, upstream });
        expect(value).toEqual(linearCrossEntropy(h, w, q, { ...options, bias: b }));
        const at = (x: Float64Array, y: Float64Array, z: Float64Array): number =>
          weigh(linearCrossEntropy(x, y, q, { ...options, bias: z }), upstream);
        expectGradient(grad.hidden, h, (x) => at(x, w, b), "hidden");
        expectGradient(grad.linearWeight, w, (y) => at(h, y, b), "linearWeight");
        expectGradient(grad.bias, b, (z) => at(h, w, z), "bias");
      }),
      settings(100),
    );
  });
});

describe("weights of integers", () => {
  /** The losses of two classes with the logits h W^T, where every row of h has one element that is not 0: W itself. */
  function weightsOf(linearWeight: object, classes: number, width: number): readonly number[] {
    return Array.from({ length: width }, (_, d) => {
      const one = Float64Array.from({ length: width }, (_, i) => (i === d ? 1 : 0));
      const scores = scoreHidden({ data: one, dims: [1, width] }, linearWeight as never, 0, { topK: classes });
      const byClass = new Map(Array.from(scores.topIds, (id, k) => [id, scores.topLogProbs[k] + scores.logSumExps[0]]));
      return Array.from({ length: classes }, (_, c) => byClass.get(c) as number);
    }).reduce<number[]>((all, column, d) => {
      for (const [c, value] of column.entries()) all[c * width + d] = value;
      return all;
    }, []);
  }

  it.each([1, 31, 32, 33, 64, 70])("8 bits, width %i: a scale per row, and one per block of 32", (width) => {
    const data = Int8Array.from({ length: 3 * width }, (_, i) => ((i * 37) % 255) - 127);
    const perRow = [0.5, 0.25, 2];
    const dims = [3, width];
    const rows = Array.from(data, (value, i) => value * (perRow[Math.floor(i / width)] as number));
    expectClose(weightsOf({ data, dims, scales: perRow }, 3, width), rows, { atol: 1e-9, rtol: 1e-12 }, "rows");
    const blocks = Math.ceil(width / 32);
    const scales = Float64Array.from({ length: 3 * blocks }, (_, i) => (i + 1) / 8);
    const inBlocks = Array.from(data, (value, i) => {
      const block = Math.floor(i / width) * blocks + Math.floor((i % width) / 32);
      return value * (blocks === 1 ? (scales[Math.floor(i / width)] as number) : (scales[block] as number));
    });
    expectClose(weightsOf({ data, dims, scales }, 3, width), inBlocks, { atol: 1e-9, rtol: 1e-12 }, "blocks");
  });

  it("4 bits: two codes per byte, low half first, rows padded to blocks, zero points 8 unless given", () => {
    // width 34: two blocks of 16 bytes a row, of which the second holds two codes
    const data = new Uint8Array(2 * 2 * 16).fill(0xff);
    data[0] = 0x21; // row 0: elements 0 and 1 are 1 and 2
    data[16] = 0x43; // elements 32 and 33 are 3 and 4
    data[32] = 0x65; // row 1: 5 and 6
    data[48] = 0x87; // 7 and 8
    const scales = [1, 10, 100, 1000];
    const at = (all: readonly number[]): readonly (number | undefined)[] => [0, 1, 2, 32, 33, 34, 35, 66, 67].map((i) => all[i]);
    for (const dims of [
      [2, 34],
      [2, 2, 16],
    ]) {
      const plain = at(weightsOf({ data, dims, scales }, 2, 34));
      expectClose(plain as number[], [-7, -6, 7, -50, -40, -300, -200, -1000, 0], { atol: 1e-9, rtol: 1e-12 }, "8");
      // row 0 has zero points 1 and 2, row 1 has 3 and 4
      const pointed = at(weightsOf({ data, dims, scales, zeroPoints: Uint8Array.of(0x21, 0x43) }, 2, 34));
      expectClose(pointed as number[], [0, 1, 14, 10, 20, 200, 300, 3000, 4000], { atol: 1e-9, rtol: 1e-12 }, "given");
    }
  });

  it("4 bits: the zero points of an odd number of blocks leave half a byte per row", () => {
    const data = new Uint8Array(2 * 16).fill(0x99);
    const zeroPoints = Uint8Array.of(0xf1, 0xf2);
    const values = weightsOf({ data, dims: [2, 32], scales: [1, 1], zeroPoints }, 2, 32);
    expectClose([values[0], values[32]] as number[], [8, 7], { atol: 1e-9, rtol: 1e-12 }, "zero points");
  });
});
