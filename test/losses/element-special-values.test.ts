/** Infinities, NaN, signed zeros, subnormal and huge numbers give the f64 reference's results, alone and among other elements. */
import { expect, it } from "vitest";
import type { Functions } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { type ElementLoss, type ElementResult, elementData, elementLosses } from "./element-cases.js";
import { Random } from "./random.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const GREATEST = 3.4028234663852886e38;
const TINY = 1e-45;

const logits = [MASKED, -GREATEST, -104, -88, -20, -1e-30, -TINY, -0, 0, TINY, 1, 20, 88, 104, GREATEST, INFINITE, NOT_A_NUMBER];
const labels = [0, -0, 1, 0.5, TINY, 1 - 2 ** -24, 2 ** -24];
const probabilities = [0, -0, TINY, 1e-40, 2 ** -126, 1e-20, 2 ** -25, 0.25, 0.5, 0.75, 1 - 2 ** -24, 1];
const logProbabilities = [MASKED, -GREATEST, -104, -5, -0, 0, 3, GREATEST, INFINITE, NOT_A_NUMBER];
const targets = [
  0,
  -0,
  TINY,
  1e-40,
  2 ** -126,
  0.5,
  1,
  1.5,
  2 ** 103,
  2 ** 104,
  GREATEST,
  INFINITE,
  -TINY,
  -1,
  MASKED,
  NOT_A_NUMBER,
];
const logTargets = [MASKED, -GREATEST, -87, -1, -0, 0, 1, 80, 88, 89, INFINITE, NOT_A_NUMBER];

function valuesOf({ name }: ElementLoss): { inputs: readonly number[]; targets: readonly number[] } {
  if (name === "binaryCrossEntropy") return { inputs: probabilities, targets: labels };
  if (name === "klDivLoss") return { inputs: logProbabilities, targets };
  if (name.startsWith("klDivLoss")) return { inputs: logProbabilities, targets: logTargets };
  return { inputs: logits, targets: [...labels, NOT_A_NUMBER] };
}

/** All pairs of inputs and targets. */
function pairs(loss: ElementLoss): { x: Float32Array; y: Float32Array } {
  const { inputs, targets: aims } = valuesOf(loss);
  const all = inputs.flatMap((input) => aims.map((target) => [input, target] as const));
  return { x: Float32Array.from(all, ([input]) => input), y: Float32Array.from(all, ([, target]) => target) };
}

/** Above f32's range results are infinite, below its normal range they may be 0. The reference's target gradient cancels at 0. */
function expectNear(
  actual: ArrayLike<number>,
  exact: ArrayLike<number>,
  x: Float32Array,
  y: Float32Array,
  what: string,
  least = 1e-36,
): void {
  for (let i = 0; i < exact.length; i++) {
    const wanted = exact[i];
    const here = `${what} of (${x[i]}, ${y[i]})`;
    expectWithin([actual[i]], [Math.fround(wanted)], () => 2e-6 * Math.abs(wanted) + least, here);
  }
}

function allOf(result: ElementResult): Float32Array[] {
  return [result.value, result.grad, result.targetGrad ?? new Float32Array(0)].map((values) => values as Float32Array);
}

for (const loss of elementLosses) {
  const { x, y } = pairs(loss);
  const options = { reduction: "none", ...(loss.targetGrad ? { targetGrad: true } : {}) } as const;
  const exact = loss.exact(x, y, options);

  eachBackend(loss.name, (functions) => {
    it("gives the reference's values and gradients for all pairs of special values", () => {
      const actual = loss.gradient(functions, x, y, options);
      expectNear(actual.value as Float32Array, exact.value as Float64Array, x, y, "value");
      expectNear(actual.grad, exact.grad, x, y, "grad");
      if (exact.targetGrad) expectNear(actual.targetGrad as Float32Array, exact.targetGrad, x, y, "targetGrad", 1e-15);
    });

    it("gives each element the same bits alone, and does not change its neighbours", () => {
      const length = 40;
      const plain = elementData(loss, length, new Random(3));
      const undisturbed = allOf(loss.gradient(functions, plain.x, plain.y, options));
      const together = allOf(loss.gradient(functions, x, y, options));
      for (let i = 0; i < x.length; i += 7) {
        const place = i % length;
        const [input, target] = [x[i], y[i]];
        const disturbed = { x: plain.x.slice(), y: plain.y.slice() };
        disturbed.x[place] = input;
        disturbed.y[place] = target;
        const among = allOf(loss.gradient(functions, disturbed.x, disturbed.y, options));
        for (const [k, values] of among.entries()) {
          if (values.length === 0) continue;
          const what = `result ${k}, (${input}, ${target}) at ${place}`;
          expectSameBits([values[place]], [(together[k] as Float32Array)[i]], what);
          values[place] = (undisturbed[k] as Float32Array)[place];
          expectSameBits(values, undisturbed[k] as Float32Array, `others, ${what}`);
        }
      }
    });
  });
}

eachBackend("certain elements", (functions) => {
  it("cost 0, never -0", () => {
    const none = { reduction: "none" } as const;
    expectSameBits(functions.binaryCrossEntropy([1, 0, -0], [1, 0, 0], none), [0, 0, 0], "binaryCrossEntropy");
    expectSameBits(functions.binaryCrossEntropy([1, 0], [1, 0], { ...none, weight: [3] }), [0, 0], "with a weight");
    expectSameBits(functions.klDivLoss([-1, 0], [0, 1], none), [0, 0], "klDivLoss");
    expectSameBits(functions.klDivLoss([-1, MASKED], [-1, MASKED], { ...none, logTarget: true }), [0, 0], "of log-targets");
    expectSameBits(functions.sigmoidFocalLoss([200, -200], [1, 0], none), [0, 0], "sigmoidFocalLoss");
  });

  it("losses of wrong predictions with probability 1 are clamped at 100, or infinite", () => {
    expect(functions.binaryCrossEntropy([0, 1], [1, 0], { reduction: "none" })).toEqual(Float32Array.of(100, 100));
    expect(functions.binaryCrossEntropyWithLogits([INFINITE, MASKED], [0, 1], { reduction: "none" })).toEqual(
      Float32Array.of(INFINITE, NOT_A_NUMBER),
    );
    expect(functions.klDivLoss([MASKED], [0.5])).toBe(INFINITE);
  });
});

eachBackend("jsDivLoss of special values", (functions: Functions) => {
  const values = [MASKED, -1e30, -30, -5, -1, -1e-3, -1e-7, -0, 0, 1e-7, 1, 5, NOT_A_NUMBER];

  it("gives the reference's values and gradients", () => {
    for (const beta of [0, 1e-3, 0.1, 0.5, 0.9, 0.999, 1]) {
      for (const x of values) {
        for (const y of values) {
          const actual = functions.jsDivLossValueAndGrad([x], [y], { beta });
          const exact = reference.jsDivLossValueAndGrad(Float32Array.of(x), Float32Array.of(y), { beta });
          const what = `(${x}, ${y}), beta ${beta}`;
          // the two halves of the reference cancel, with an error of 1e-16 of each
          const bound = 3e-6 * Math.abs(exact.value) + 2e-16 * Math.exp(Math.max(x, y));
          expectWithin(actual.value, exact.value, () => bound + 1e-36, what);
          // x - y + 1 cancels at y = x + 1
          const gradient = exact.grad[0];
          const own = beta === 1 ? 2e-7 * Math.exp(x) * Math.max(1, Math.abs(x - y)) : 0;
          expectWithin(actual.grad, [Math.fround(gradient)], () => 3e-6 * Math.abs(gradient) + own + 1e-36, `grad of ${what}`);
        }
      }
    }
  });

  it("log-probabilities below -87.7 count as a probability of 0", () => {
    const none = { reduction: "none" } as const;
    for (const y of [-88, -104, -200]) {
      expect(functions.klDivLoss([MASKED], [y], { logTarget: true })).toBe(0);
      expect(functions.jsDivLoss([MASKED], [y])).toBe(0);
      expect(functions.jsDivLoss([y], [0])).toBeCloseTo(functions.jsDivLoss([MASKED], [0]), 15);
      expect(functions.klDivLossValueAndGrad([-1], [y], { ...none, logTarget: true }).grad[0]).toBeCloseTo(0, 37);
    }
  });

  it("a log-probability of +Infinity gives NaN or an infinity", () => {
    for (const y of [-1, 0, INFINITE]) {
      expect(Number.isFinite(functions.jsDivLoss([INFINITE], [y]))).toBe(false);
      expect(Number.isFinite(functions.jsDivLoss([y], [INFINITE]))).toBe(false);
    }
  });
});
