/** What gradients take beside their losses: upstream, gradOut, targetGrad. Nothing is written when one of them is wrong. */
import { describe, expect, it } from "vitest";
import * as functions from "../../src/index.js";
import { float16View } from "../support/halves.js";
import { detached, type ErrorClass, expectRefusal } from "./refusal.js";
import { good } from "./subjects.js";

type Anything = never;

interface Gradient {
  readonly name: string;
  readonly argument: string;
  run(input: unknown, options: object): { readonly value: unknown; readonly grad: unknown };
}

const gradients: readonly Gradient[] = [
  {
    name: "crossEntropyValueAndGrad",
    argument: "logits",
    run: (input, options) => functions.crossEntropyValueAndGrad(input as Anything, [0, 1], options as Anything),
  },
  {
    name: "nllLossValueAndGrad",
    argument: "logProbs",
    run: (input, options) => functions.nllLossValueAndGrad(input as Anything, [0, 1], options as Anything),
  },
  {
    name: "polyLossValueAndGrad",
    argument: "logits",
    run: (input, options) => functions.polyLossValueAndGrad(input as Anything, [0, 1], options as Anything),
  },
];

const FLOATS =
  "a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }";

describe.each(gradients)("upstream of $name", ({ run }) => {
  it.each<[string, object, ErrorClass, string]>([
    ["an array with mean", { upstream: [1, 1] }, TypeError, 'a number with reduction "mean", got an array of 2'],
    [
      "an array with sum",
      { upstream: new Float32Array(1), reduction: "sum" },
      TypeError,
      'a number with reduction "sum", got Float32Array(1)',
    ],
    ["a string", { upstream: "1" }, TypeError, 'a number with reduction "mean", got "1"'],
    ["null", { upstream: null }, TypeError, 'a number with reduction "mean", got null'],
    ["a string with none", { upstream: "1", reduction: "none" }, TypeError, `${FLOATS}, got "1"`],
    ["too short", { upstream: [1], reduction: "none" }, RangeError, "2 elements, one per value, got 1"],
    ["too long", { upstream: new Float64Array(3), reduction: "none" }, RangeError, "2 elements, one per value, got 3"],
    ["integers", { upstream: new Int32Array(2), reduction: "none" }, TypeError, `${FLOATS}, got Int32Array(2)`],
  ])("%s", (_, options, errorClass, expected) => {
    const message = `options.upstream: expected ${expected}`;
    expectRefusal((gradOut) => run(good(), { ...options, gradOut }), errorClass, message, 6);
  });

  it("an array of what is no number", () => {
    const call = (gradOut: Float32Array) => run(good(), { upstream: [1, "1"], reduction: "none", gradOut });
    expectRefusal(call, TypeError, 'options.upstream[1]: expected a number, got "1"', 6);
  });
});

describe.each(gradients)("gradOut of $name", ({ argument, run }) => {
  const NAME = "options.gradOut";
  const ARRAY = "a Float32Array, a Float16Array or { data: Uint16Array, type }, of 6 elements";
  it.each<[string, unknown, ErrorClass, string]>([
    ["too short", new Float32Array(5), RangeError, `${NAME}: expected 6 elements, got 5`],
    ["too long", new Float32Array(7), RangeError, `${NAME}: expected 6 elements, got 7`],
    ["a Float64Array", new Float64Array(6), TypeError, `${NAME}: expected ${ARRAY}, got Float64Array(6)`],
    ["an array", [0, 0, 0, 0, 0, 0], TypeError, `${NAME}: expected ${ARRAY}, got an array of 6`],
    ["null", null, TypeError, `${NAME}: expected ${ARRAY}, got null`],
    ["words without a type", new Uint16Array(6), TypeError, `${NAME}: expected ${ARRAY}, got Uint16Array(6)`],
    ["words of f32", { data: new Uint16Array(6), type: "float32" }, TypeError, `${NAME}: expected ${ARRAY}, got an object`],
    ["a tensor of f32", { data: new Float32Array(6), dims: [6] }, TypeError, `${NAME}: expected ${ARRAY}, got an object`],
    ["too few words", { data: new Uint16Array(5), type: "float16" }, RangeError, `${NAME}: expected 6 elements, got 5`],
    ["a short Float16Array", float16View(new Uint16Array(5)), RangeError, `${NAME}: expected 6 elements, got 5`],
    [
      "words of other dims",
      { data: new Uint16Array(6), dims: [2, 4], type: "bfloat16" },
      RangeError,
      `${NAME}: expected 8 elements for the shape [2, 4], got 6`,
    ],
    [
      "detached words",
      { data: detached(new Uint16Array(6)), type: "bfloat16" },
      TypeError,
      `${NAME}.data: expected an array with data, got a detached Uint16Array (its buffer was transferred)`,
    ],
    [
      "detached",
      detached(new Float32Array(6)),
      TypeError,
      `${NAME}: expected an array with data, got a detached Float32Array (its buffer was transferred)`,
    ],
  ])("%s", (_, gradOut, errorClass, message) => {
    expectRefusal((out) => run(good(), { reduction: "none", out, gradOut }), errorClass, message);
  });

  const overlap = (read: string): string => `${NAME}: expected memory of its own, got an array that overlaps ${read}`;

  it("over a part of the input", () => {
    const whole = new Float32Array(12);
    whole.set(good(), 3);
    const before = whole.slice();
    for (const start of [0, 2, 4, 6]) {
      const gradOut = whole.subarray(start, start + 6);
      expectRefusal(() => run(whole.subarray(3, 9), { gradOut }), RangeError, overlap(argument));
    }
    expect(whole).toEqual(before);
    const f64 = Float64Array.from(good());
    expectRefusal(() => run(f64, { gradOut: new Float32Array(f64.buffer, 0, 6) }), RangeError, overlap(argument));
  });

  it("exactly over the input, or directly before or behind it, is no overlap", () => {
    const { grad } = run(good(), {});
    for (const start of [0, 6, 12]) {
      const whole = new Float32Array(18);
      whole.set(good(), 6);
      const gradOut = whole.subarray(start, start + 6);
      expect(run(whole.subarray(6, 12), { gradOut }).grad).toBe(gradOut);
      expect(gradOut).toEqual(grad);
    }
  });

  it("over a part of 16-bit input, and in another precision over the same place", () => {
    const words = new Uint16Array(16);
    const logits = { data: words.subarray(3, 9), dims: [2, 3], type: "float16" };
    for (const start of [0, 2, 4, 8]) {
      expectRefusal(() => run(logits, { gradOut: words.subarray(start, start + 6) }), RangeError, overlap(argument));
    }
    const short = { data: new Uint16Array(words.buffer, 0, 6), dims: [2, 3], type: "float16" };
    expectRefusal(() => run(short, { gradOut: new Float32Array(words.buffer, 0, 6) }), RangeError, overlap(argument));
    const bare = "expected a Float32Array, a Float16Array or a Uint16Array, of 6 elements, got Uint8Array(6)";
    expectRefusal(() => run(short, { gradOut: new Uint8Array(6) }), TypeError, `${NAME}: ${bare}`);
  });

  it("over out, upstream", () => {
    const gradOut = new Float32Array(6);
    const part = gradOut.subarray(2, 4);
    expectRefusal(() => run(good(), { reduction: "none", out: part, gradOut }), RangeError, overlap("options.out"));
    const call = () => run(good(), { reduction: "none", upstream: part, gradOut });
    expectRefusal(call, RangeError, overlap("options.upstream"));
  });
});

describe("gradOut over what else is read", () => {
  const NAME = "options.gradOut: expected memory of its own, got an array that overlaps";

  it("targets", () => {
    const gradOut = new Float32Array(6);
    const targets = new Int32Array(gradOut.buffer, 8, 2);
    const { crossEntropyValueAndGrad, nllLossValueAndGrad, polyLossValueAndGrad } = functions;
    expectRefusal(() => crossEntropyValueAndGrad(good(), targets, { gradOut }), RangeError, `${NAME} targets`);
    expectRefusal(() => nllLossValueAndGrad(good(), targets, { gradOut }), RangeError, `${NAME} targets`);
    expectRefusal(() => polyLossValueAndGrad(good(), targets, { gradOut }), RangeError, `${NAME} targets`);
    const q = new Float32Array(6);
    const options = { shape: [2, 3], gradOut: q };
    expectRefusal(() => crossEntropyValueAndGrad(good(), q, options), RangeError, `${NAME} targets`);
    expectRefusal(() => polyLossValueAndGrad(good(), q, options), RangeError, `${NAME} targets`);
  });

  it("weights", () => {
    const gradOut = new Float32Array(6);
    const weight = gradOut.subarray(0, 3);
    const { crossEntropyValueAndGrad, nllLossValueAndGrad } = functions;
    const message = `${NAME} options.weight`;
    expectRefusal(() => crossEntropyValueAndGrad(good(), [0, 1], { gradOut, weight }), RangeError, message);
    expectRefusal(() => nllLossValueAndGrad(good(), [0, 1], { gradOut, weight }), RangeError, message);
  });
});

describe("targetGrad", () => {
  const { crossEntropyValueAndGrad } = functions;

  it("with class indices", () => {
    const call = (gradOut: Float32Array) => crossEntropyValueAndGrad(good(), [0, 1], { targetGrad: true, gradOut });
    const message = "options.targetGrad: expected probabilities as targets, got class indices";
    expectRefusal(call, TypeError, message, 6);
  });

  it("no boolean", () => {
    const call = (gradOut: Float32Array) =>
      crossEntropyValueAndGrad(good(), good(), { shape: [2, 3], targetGrad: 1 as never, gradOut });
    expectRefusal(call, TypeError, "options.targetGrad: expected a boolean, got 1", 6);
  });

  it("false gives none", () => {
    const result = crossEntropyValueAndGrad(good(), good(), { shape: [2, 3], targetGrad: false });
    expect("targetGrad" in result).toBe(false);
  });
});
