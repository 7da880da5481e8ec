/** What is unusual but fits: taken, and computed as its plain form is. */
import { describe, expect, it } from "vitest";
import {
  crossEntropy,
  crossEntropyBetween,
  entropy,
  jsDivergence,
  klDivergence,
  logSumExp,
  nllLoss,
  softmax,
} from "../../src/index.js";
import { good } from "./subjects.js";

type Anything = never;

const mean = crossEntropy(good(), [0, 1]);

describe("shapes", () => {
  it("of bigints, as some exporters write them, and typed arrays", () => {
    for (const dims of [[2n, 3n], Int32Array.of(2, 3), BigInt64Array.of(2n, 3n)]) {
      expect(crossEntropy({ data: good(), dims: dims as Anything }, [0, 1])).toBe(mean);
      expect(crossEntropy(good(), [0, 1], { shape: dims as Anything })).toBe(mean);
    }
  });

  it("null dims beside a shape; dims go before shape; options.shape goes before both", () => {
    expect(crossEntropy({ data: good(), dims: null as Anything, shape: [2, 3] }, [0, 1])).toBe(mean);
    expect(crossEntropy({ data: good(), dims: [2, 3], shape: [6] }, [0, 1])).toBe(mean);
    expect(crossEntropy({ data: good(), dims: [6] }, [0, 1], { shape: [2, 3] })).toBe(mean);
  });

  it("an array of the caller's is not kept: changing it later changes nothing", () => {
    const shape = [2, 3];
    expect(crossEntropy(good(), [0, 1], { shape })).toBe(mean);
    shape[0] = 7;
    expect(crossEntropy(good(), [0, 1])).toBe(mean);
  });

  it("rows apart whose last one ends with its padding, or with its classes", () => {
    const [first, second] = [good().subarray(0, 3), good().subarray(3)];
    const options = { shape: [2, 3], rowStride: 5 };
    const padded = [...first, 9, 9, ...second, 9, 9];
    expect(crossEntropy(Float32Array.from(padded), [0, 1], options)).toBe(mean);
    expect(crossEntropy(Float32Array.from(padded.slice(0, 8)), [0, 1], options)).toBe(mean);
  });

  it("frozen arrays and options, and options without a prototype", () => {
    const options = Object.freeze({ shape: Object.freeze([2, 3]) });
    expect(crossEntropy(Object.freeze(Array.from(good())), Object.freeze([0, 1]), options)).toBe(mean);
    expect(crossEntropy(good(), [0, 1], Object.assign(Object.create(null), { shape: [2, 3] }))).toBe(mean);
  });

  it("tensor objects that are classes with getters, and types of other vocabularies", () => {
    class Tensor {
      get data(): Float32Array {
        return good();
      }
      get dims(): number[] {
        return [2, 3];
      }
      get type(): string {
        return "float32";
      }
    }
    expect(crossEntropy(new Tensor(), [0, 1])).toBe(mean);
    for (const type of [undefined, "float32", "F32", "torch.float32", ""]) {
      expect(crossEntropy({ data: good(), dims: [2, 3], type: type as Anything }, [0, 1])).toBe(mean);
    }
  });
});

describe("targets", () => {
  it("-0 is class 0, and a list may mix numbers and bigints", () => {
    expect(crossEntropy(good(), [-0, 1])).toBe(mean);
    expect(crossEntropy(good(), [0n, 1] as Anything)).toBe(mean);
  });

  it("an ignoreIndex that is a class, or beyond 32 bits", () => {
    const first = crossEntropy(good().subarray(0, 3), 0);
    expect(crossEntropy(good(), [0, 1], { ignoreIndex: 1 })).toBe(first);
    expect(crossEntropy(good(), [0, 2 ** 40], { ignoreIndex: 2 ** 40 })).toBe(first);
    expect(crossEntropy(good(), BigInt64Array.of(0n, -(2n ** 40n)), { ignoreIndex: -(2 ** 40) })).toBe(first);
    // 2^32 + 1 and 1, 2^32 - 1 and -1 are the same 32 bits
    expect(crossEntropy(good(), Int32Array.of(0, 1), { ignoreIndex: 2 ** 32 + 1 })).toBe(mean);
    expect(nllLoss(good(), Int32Array.of(0, 1), { ignoreIndex: 2 ** 32 + 1 })).toBe(nllLoss(good(), [0, 1]));
    expect(() => crossEntropy(good(), Int32Array.of(0, -1), { ignoreIndex: 2 ** 32 - 1 })).toThrow("targets[1]: expected 0..2");
    expect(crossEntropy(good(), Uint32Array.of(0, 2 ** 32 - 1), { ignoreIndex: 2 ** 32 - 1 })).toBe(first);
  });

  it("one row: a scalar tensor, a list of one, a number, a tensor of dims [1]", () => {
    const row = good().subarray(0, 3);
    const expected = crossEntropy(row, [2]);
    for (const targets of [2, 2n, { data: [2], dims: [] }, { data: BigInt64Array.of(2n), dims: [1], type: "int64" }]) {
      expect(crossEntropy(row, targets)).toBe(expected);
      expect(crossEntropy({ data: row, dims: [3] }, targets)).toBe(expected);
      expect(crossEntropy({ data: row, dims: [1, 3] }, targets)).toBe(expected);
    }
  });

  it("probabilities as an array of numbers, one-hot ones too, where a shape tells", () => {
    const shape = [2, 3];
    expect(crossEntropy(good(), [1, 0, 0, 0, 1, 0], { shape })).toBeCloseTo(mean, 14);
    expect(crossEntropy({ data: good(), dims: shape }, [1, 0, 0, 0, 1, 0])).toBeCloseTo(mean, 14);
    const soft = [0.5, 0.5, 0, 0, 0, 1];
    expect(crossEntropy(good(), soft, { shape })).toBe(crossEntropy(good(), Float32Array.from(soft), { shape }));
    const padded = Float32Array.of(0.2, 0.3, 0.5, 9, 0.25, 0.25, 0.5, 9);
    expect(crossEntropy(padded, soft, { shape, rowStride: 4 })).toBe(crossEntropy(good(), soft, { shape }));
  });

  it("a list of probabilities may bring the shape for flat logits", () => {
    const targets = { data: [0.5, 0.5, 0, 0.2, 0.3, 0.5], dims: [2, 3] };
    const same = crossEntropy(good(), Float32Array.from(targets.data), { shape: [2, 3] });
    expect(crossEntropy(good(), targets)).toBe(same);
    // classes beside flat logits stay classes
    expect(crossEntropy(good(), { data: [0, 1], dims: [2] })).toBe(mean);
  });

  it("a list of numbers is told by its length, never by its values", () => {
    const shape = [2, 3];
    const whole = [1, 2, 0, 1, 1, 2];
    expect(crossEntropy(good(), whole, { shape })).toBe(crossEntropy(good(), Float32Array.from(whole), { shape }));
    expect(crossEntropy({ data: good(), dims: shape }, { data: whole, dims: shape })).toBe(
      crossEntropy(good(), Float32Array.from(whole), { shape }),
    );
    expect(crossEntropy(good(), [0, 1], { shape })).toBe(mean);
    expect(() => crossEntropy(good(), [0.5, 0.5], { shape })).toThrow("targets[0]: expected 0..2 or ignoreIndex (-100), got 0.5");
    // rows of a single class: one per row and one per logit are the same, and mean classes
    expect(crossEntropy([5, 7], [0, 0], { shape: [2, 1] })).toBe(0);
    for (const targets of [
      [1, 1],
      [0.5, 0.5],
    ]) {
      expect(() => crossEntropy([5, 7], targets, { shape: [2, 1] })).toThrow("targets[0]: expected 0..0 or ignoreIndex (-100)");
    }
  });

  it("probabilities need not sum to 1, as in PyTorch", () => {
    expect(crossEntropy([0, 0], Float32Array.of(1, 2), { shape: [1, 2] })).toBeCloseTo(3 * Math.LN2, 14);
  });
});

describe("outputs", () => {
  it("of shared memory, and of no element", () => {
    const out = new Float32Array(new SharedArrayBuffer(8));
    expect(crossEntropy(good(), [0, 1], { reduction: "none", out })).toBe(out);
    expect(out).toEqual(crossEntropy(good(), [0, 1], { reduction: "none" }));
    const none = new Float32Array(0);
    expect(crossEntropy([], [], { reduction: "none", out: none })).toBe(none);
    expect(softmax([], { out: none })).toBe(none);
  });

  it("of one vector: a number of a flat array alone, an array of one value beside a shape, dims or out", () => {
    const row = [0.5, 0.5];
    const tensor = { data: row, dims: [2] };
    for (const measure of [logSumExp, entropy]) {
      expect(measure(row)).toBeTypeOf("number");
      expect(measure(row, { axis: 0 })).toBeTypeOf("number");
      for (const batch of [measure(row, { shape: [2] }), measure(row, { shape: [1, 2] }), measure(tensor)]) {
        expect(batch).toEqual(Float32Array.of(measure(row)));
      }
    }
    for (const measure of [crossEntropyBetween, klDivergence, jsDivergence]) {
      expect(measure(row, row)).toBeTypeOf("number");
      for (const batch of [measure(row, row, { shape: [2] }), measure(tensor, row), measure(row, tensor)]) {
        expect(batch).toEqual(Float32Array.of(measure(row, row)));
      }
    }
    const out = new Float32Array(1);
    expect(logSumExp([0, 0], { out })).toBe(out);
    expect(out[0]).toBe(Math.fround(Math.LN2));
    expect(entropy([0.5, 0.5], { out })).toBe(out);
    expect(out[0]).toBe(Math.fround(Math.LN2));
  });

  it("what is beside out in its buffer stays", () => {
    const whole = new Float32Array(8).fill(7);
    nllLoss(good(), [0, 1], { reduction: "none", out: whole.subarray(3, 5) });
    expect(Array.from(whole).filter((value) => value === 7)).toHaveLength(6);
    const six = new Float32Array(8).fill(7);
    softmax(good(), { shape: [2, 3], out: six.subarray(1, 7) });
    expect([six[0], six[7]]).toEqual([7, 7]);
  });
});
