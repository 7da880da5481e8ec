/** Gradients of 16-bit inputs, and gradients in 16-bit arrays: the f32 gradient, rounded once. */
import { describe, expect, it } from "vitest";
import { createLocalEngine, type FloatTensor, type Functions, type GradientArray } from "../../src/index.js";
import type { HalfType } from "../../src/reference/half.js";
import { firstDifferentByte } from "../support/first-difference.js";
import { float16View, halfTypes, numbersOf, wordsOf } from "../support/halves.js";
import { expectSameBits } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { type Layout, layOut, spread } from "./layouts.js";
import { Random } from "./random.js";

/** More classes than exponentials are kept for. */
const UNKEPT = 524288 + 65536 + 77;

const LAYOUTS: [shape: readonly number[], axis: number, stride?: number][] = [
  [[1, 1], -1],
  [[5, 3], -1],
  [[4099, 5], -1],
  [[9, 65], -1],
  [[150, 129], -1],
  [[3, 4097], -1],
  [[2, 65539], -1],
  [[1, UNKEPT], -1],
  [[40, 10], -1, 11],
  [[40, 70], -1, 701],
  [[2, 65542], -1, 65552],
  [[10, 7, 33], 1],
  [[2, 129, 40], 1],
  [[1, 9, 4100], 1],
  [[7, 6000], 0],
  [[65542, 2], 0],
];

interface Inputs {
  readonly layout: Layout;
  readonly logits: Float32Array;
  readonly targets: Int32Array;
  readonly q: Float32Array;
  readonly weight: Float32Array;
}

type Gradient = (f: Functions, logits: FloatTensor, options: object, inputs: Inputs) => { value: unknown; grad: unknown };

const GRADIENTS: Readonly<Record<string, Gradient>> = {
  crossEntropy: (f, logits, options, { targets }) => f.crossEntropyValueAndGrad(logits, targets, options),
  "crossEntropy with options": (f, logits, options, { targets, weight }) =>
    f.crossEntropyValueAndGrad(logits, targets, { ...options, softcap: 15, zLoss: 1e-3, labelSmoothing: 0.1, weight }),
  "crossEntropy of probabilities": (f, logits, options, { q }) => f.crossEntropyValueAndGrad(logits, q, options),
  polyLoss: (f, logits, options, { targets }) => f.polyLossValueAndGrad(logits, targets, options),
  "polyLoss of probabilities": (f, logits, options, { q }) => f.polyLossValueAndGrad(logits, q, options),
  nllLoss: (f, logits, options, { targets, weight }) => f.nllLossValueAndGrad(logits, targets, { ...options, weight }),
};

function inputsOf(layout: Layout): Inputs {
  const random = new Random(layout.length);
  const { rows, classes } = layout;
  return {
    layout,
    logits: spread(layout, random.normals(rows * classes, 4)),
    targets: Int32Array.from(random.classes(rows, classes), (target) => (random.uniform() < 0.2 ? -100 : target)),
    q: spread(layout, random.distributions(rows, classes)),
    weight: random.weights(classes),
  };
}

/** Upstream gradients that put gradients in the middle of float16's range, among its subnormals, and above its maximum. */
const UPSTREAM = [1, 1e-5, 1e6];

function optionsOf({ shape, axis, stride, classes }: Layout): object {
  return { shape, axis, reduction: "sum", ...(stride > classes && axis === -1 && { rowStride: stride }) };
}

/** Checks that words have the same values; all NaNs are equal. */
function expectWords(got: Uint16Array, expected: Uint16Array, type: HalfType, what: string): void {
  if (sameWords(got, expected)) return;
  expectSameBits(numbersOf(got, type), numbersOf(expected, type), what);
}

function sameWords(got: Uint16Array, expected: Uint16Array): boolean {
  return got.length === expected.length && firstDifferentByte(got, expected) === expected.byteLength;
}

describe.each(halfTypes)("%s", (type) => {
  const all = LAYOUTS.map(([shape, axis, stride]) => {
    const inputs = inputsOf(layOut(shape, axis, stride));
    const words = wordsOf(inputs.logits, type);
    return [shape, { inputs, words, numbers: numbersOf(words, type) }] as const;
  });

  eachBackend("gradients", (functions) => {
    it.each(all)("%j", (shape, { inputs, words, numbers }) => {
      for (const [i, [name, gradient]] of Object.entries(GRADIENTS).entries()) {
        // The largest shape runs only crossEntropy. Large shapes run one upstream gradient, small shapes all of them.
        if (shape.includes(UNKEPT) && name !== "crossEntropy") continue;
        for (const upstream of words.length < 1000 ? UPSTREAM : [UPSTREAM[i % 3]]) {
          const options = { ...optionsOf(inputs.layout), upstream };
          const what = `${name}, ${upstream}`;
          const plain = gradient(functions, numbers, options, inputs);
          const expected = plain.grad as Float32Array;
          const into = (input: FloatTensor, gradOut?: GradientArray) => {
            const result = gradient(functions, input, { ...options, gradOut }, inputs);
            expect(result.value, what).toEqual(plain.value);
            if (gradOut !== undefined) expect(result.grad, what).toBe(gradOut);
            return result.grad;
          };
          expectSameBits(into({ data: words, type }) as Float32Array, expected, `in f32, ${what}`);
          const rounded = wordsOf(expected, type);
          const out = new Uint16Array(words.length).fill(7);
          into(numbers, { data: out, type });
          expectWords(out, rounded, type, `words of an f32 input, ${what}`);
          const inPlace = words.slice();
          into({ data: inPlace, type }, inPlace);
          expectWords(inPlace, rounded, type, `in place, ${what}`);
        }
      }
    });
  });

  it("in an engine's memory, over the words there, and at any word", () => {
    for (const deterministic of [false, true]) {
      const engine = createLocalEngine({ deterministic });
      for (const [shape, { inputs, words, numbers }] of all) {
        // slow cases run on one build only
        if (inputs.layout.length > 100_000 && deterministic) continue;
        const { length } = words;
        const options = optionsOf(inputs.layout);
        const whole = engine.allocate(type, 2 * length + 9);
        for (const [name, gradient] of Object.entries(GRADIENTS)) {
          const what = `${name} of [${shape}]`;
          const expected = wordsOf(gradient(engine, numbers, options, inputs).grad as Float32Array, type);
          whole.fill(0x1234);
          const logits = whole.subarray(1, 1 + length);
          const gradOut = whole.subarray(4 + length, 4 + 2 * length);
          logits.set(words);
          gradient(engine, { data: logits, type }, { ...options, gradOut }, inputs);
          expectWords(gradOut, expected, type, `beside the logits, ${what}`);
          expectSameBits(logits, words, `logits, ${what}`);
          gradient(engine, { data: logits, type }, { ...options, gradOut: { data: logits, type } }, inputs);
          expectWords(logits, expected, type, `over the logits, ${what}`);
          const around = [whole.subarray(0, 1), whole.subarray(1 + length, 4 + length), whole.subarray(4 + 2 * length)];
          for (const part of around)
            expect(
              part.every((word) => word === 0x1234),
              `around, ${what}`,
            ).toBe(true);
        }
        engine.free(whole);
      }
    }
  });

  it("one upstream gradient a row, in 16-bit floats too", () => {
    const { logits, targets } = inputsOf(layOut([9, 65]));
    const upstream = wordsOf(new Random(1).normals(9), type);
    const options = { reduction: "none" } as const;
    const { crossEntropyValueAndGrad } = createLocalEngine();
    const expected = crossEntropyValueAndGrad(logits, targets, { ...options, upstream: numbersOf(upstream, type) });
    const actual = crossEntropyValueAndGrad(logits, targets, { ...options, upstream: { data: upstream, type } });
    expectSameBits(actual.grad, expected.grad, "gradient");
  });

  it("gradients with respect to probabilities are f32", () => {
    const { layout, logits, q } = inputsOf(layOut([9, 65]));
    const half = (values: Float32Array): FloatTensor => ({ data: wordsOf(values, type), dims: layout.shape, type });
    const plain = (values: Float32Array): Float32Array => numbersOf(wordsOf(values, type), type);
    const { crossEntropyValueAndGrad } = createLocalEngine();
    const gradOut = { data: new Uint16Array(logits.length), type };
    const actual = crossEntropyValueAndGrad(half(logits), half(q), { targetGrad: true, gradOut });
    const expected = crossEntropyValueAndGrad(plain(logits), plain(q), { targetGrad: true, shape: layout.shape });
    expectSameBits(actual.targetGrad, expected.targetGrad, "targetGrad");
    expectWords(actual.grad.data, wordsOf(expected.grad, type), type, "grad");
  });

  it("NaN stays NaN; beyond 65504 a float16 is infinite", () => {
    const logits = { data: wordsOf([1, Number.NaN, 0, 1], type), dims: [2, 2], type };
    const options = { reduction: "none", upstream: [1, 2 ** 20], gradOut: logits.data } as const;
    const { grad } = createLocalEngine().crossEntropyValueAndGrad(logits, [0, 0], options);
    const [a, b, c, d] = numbersOf(grad, type);
    expect([a, b]).toEqual([Number.NaN, Number.NaN]);
    // sigmoid(1) 2^20 = 766576.9, rounded to 8 bits
    const size = type === "float16" ? Number.POSITIVE_INFINITY : 765952;
    expect([c, d]).toEqual([-size, size]);
  });
});

describe("a Float16Array as gradOut", () => {
  const engine = createLocalEngine();

  it.each([
    ["anywhere", (length: number) => new Uint16Array(length)],
    ["in an engine's memory", (length: number) => engine.allocate("float16", length)],
  ])("%s", (_, allocate) => {
    const { logits, targets } = inputsOf(layOut([9, 65]));
    const expected = wordsOf(engine.crossEntropyValueAndGrad(logits, targets).grad, "float16");
    const words = allocate(logits.length);
    const gradOut = float16View(words);
    expect(engine.crossEntropyValueAndGrad(logits, targets, { gradOut }).grad).toBe(gradOut);
    expectWords(words, expected, "float16", "gradient");
    words.set(wordsOf(logits, "float16"));
    const own = wordsOf(engine.crossEntropyValueAndGrad(numbersOf(words, "float16"), targets).grad, "float16");
    engine.crossEntropyValueAndGrad(gradOut, targets, { gradOut });
    expectWords(words, own, "float16", "over the logits");
  });
});
