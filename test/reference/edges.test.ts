/** The reference where plain formulas lose digits, meet infinities, or get invalid arguments. */
import { describe, expect, it } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyValueAndGrad,
  binaryCrossEntropyWithLogits,
  binaryCrossEntropyWithLogitsValueAndGrad,
  crossEntropyValueAndGrad,
  jsDivLoss,
  jsDivLossValueAndGrad,
  klDivLoss,
  klDivLossValueAndGrad,
  nllLossValueAndGrad,
  polyLossValueAndGrad,
  sigmoidFocalLoss,
  sigmoidFocalLossValueAndGrad,
} from "../../src/reference/index.js";

const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: ninf } = Number;
const sum = { reduction: "sum" } as const;
const none = { reduction: "none" } as const;

function expectRelative(actual: number | undefined, expected: number, allowed = 4e-16): void {
  expect(Math.abs((actual as number) - expected) / Math.abs(expected)).toBeLessThanOrEqual(allowed);
}

describe("tiny gradients keep their relative accuracy", () => {
  it("crossEntropy and polyLoss: 1 - p_t of a class with probability near 1", () => {
    for (const gap of [20, 40, 300]) {
      const rest = Math.exp(-gap);
      const { grad } = crossEntropyValueAndGrad([gap, 0, 0], 0);
      expectRelative(grad[0], (-2 * rest) / (1 + 2 * rest));
      expectRelative(grad[1], rest / (1 + 2 * rest));
      expectRelative(polyLossValueAndGrad([gap, 0, 0], 0).grad[0], ((-2 * rest) / (1 + 2 * rest)) * 2, 1e-8);
    }
    expect(crossEntropyValueAndGrad([20, 0, 0], 0).grad[0]).toBeCloseTo(-4.1223072279e-9, 18);
  });

  it("crossEntropy with a nearly one-hot distribution", () => {
    const { grad } = crossEntropyValueAndGrad([50, 0], [1 - 2 ** -53, 2 ** -60], { shape: [1, 2] });
    // p_0 q_1 - q_0 p_1
    expectRelative(grad[0], 2 ** -60 - Math.exp(-50), 1e-12);
  });

  it("binary losses", () => {
    expectRelative(binaryCrossEntropyWithLogits([-40], [0]), Math.exp(-40));
    expectRelative(binaryCrossEntropyWithLogitsValueAndGrad([40], [1]).grad[0], -Math.exp(-40));
    expectRelative(binaryCrossEntropyWithLogitsValueAndGrad([-40], [0]).grad[0], Math.exp(-40));
    expectRelative(sigmoidFocalLoss([-20], [0], { alpha: 0, gamma: 1 }), Math.exp(-40), 1e-8);
    expectRelative(binaryCrossEntropy([1e-20], [0]), 1e-20);
  });

  it("jsDivLoss of nearly equal distributions", () => {
    const p = [0.5, 0.5];
    const q = [0.5 * (1 + 1e-6), 0.5 * (1 - 1e-6)];
    // sum (p - q)^2 / (8 m), up to terms of fourth order
    expectRelative(jsDivLoss(q.map(Math.log), p.map(Math.log)), 1e-12 / 8, 1e-3);
  });
});

describe("infinities and zeros", () => {
  it("crossEntropy: a target at -inf, and rows without a distribution", () => {
    expect(crossEntropyValueAndGrad([ninf, 0, 0], 0)).toEqual({ value: inf, grad: Float64Array.of(-1, 0.5, 0.5) });
    for (const row of [
      [inf, 0],
      [ninf, ninf],
      [nan, 0],
    ]) {
      expect(crossEntropyValueAndGrad(row, 1, { zLoss: 0.1 })).toEqual({ value: nan, grad: Float64Array.of(nan, nan) });
      expect(polyLossValueAndGrad(row, 1)).toEqual({ value: nan, grad: Float64Array.of(nan, nan) });
    }
  });

  it("a softcap maps infinities to finite values with slope 0", () => {
    const { value, grad } = crossEntropyValueAndGrad([inf, 0], 1, { softcap: 2 });
    expect(value).toBeCloseTo(2 + Math.log1p(Math.exp(-2)), 14);
    expect(grad[0]).toBe(0);
    expect(grad[1]).toBeCloseTo(-1 / (1 + Math.exp(-2)), 14);
  });

  it("a target probability of 0 at a logit of -inf: loss 0, gradient 0, infinite target gradient", () => {
    const request = { shape: [1, 2], targetGrad: true } as const;
    const { value, grad, targetGrad } = crossEntropyValueAndGrad([0, ninf], [1, 0], request);
    expect([value, ...grad, ...targetGrad]).toEqual([0, 0, 0, 0, inf]);
  });

  it("all rows ignored: NaN or emptyMean, and gradient 0", () => {
    const zeros = new Float64Array(4);
    expect(crossEntropyValueAndGrad([1, 2, 3, 4], [-100, -100])).toEqual({ value: nan, grad: zeros });
    expect(nllLossValueAndGrad([1, 2, 3, 4], [-100, -100], { emptyMean: 0 })).toEqual({ value: 0, grad: zeros });
    expect(polyLossValueAndGrad([1, 2, 3, 4], [-100, -100], sum)).toEqual({ value: 0, grad: zeros });
  });

  it("binaryCrossEntropy at 0 and 1: logs of -100 at least, divided by 1e-12 at least", () => {
    expect([...binaryCrossEntropy([0, 0, 1, 1], [0, 1, 0, 1], none)]).toEqual([0, 100, 100, 0]);
    const { grad, targetGrad } = binaryCrossEntropyValueAndGrad([0, 1], [1, 0], { ...sum, targetGrad: true });
    expect([...grad, ...targetGrad]).toEqual([-1e12, 1e12, inf, ninf]);
  });

  it("binaryCrossEntropyWithLogits of infinite logits is PyTorch's", () => {
    const { value, grad } = binaryCrossEntropyWithLogitsValueAndGrad([inf, ninf, inf, ninf], [1, 0, 0, 1], none);
    expect([...value]).toEqual([nan, nan, inf, nan]);
    expect([...grad].map((slope) => slope + 0)).toEqual([0, 0, 1, -1]);
  });

  it("sigmoidFocalLoss of an exactly correct prediction", () => {
    for (const gamma of [0, 0.5, 1, 2]) {
      const { value, grad } = sigmoidFocalLossValueAndGrad([-800, 800], [0, 1], { ...none, gamma });
      expect([...value, ...grad].map((number) => number + 0)).toEqual([0, 0, 0, 0]);
    }
  });

  it("klDivLoss: a target of 0 costs 0", () => {
    expect([...klDivLoss([ninf, -1], [0, 1], none)]).toEqual([0, 1]);
    expect([...klDivLoss([ninf, -1], [ninf, 0], { ...none, logTarget: true })]).toEqual([0, 1]);
    expect([...klDivLoss([ninf, nan], [1, 0], none)]).toEqual([inf, nan]);
    const request = { ...sum, targetGrad: true } as const;
    expect([...klDivLossValueAndGrad([-1, -1], [0, 1], request).targetGrad]).toEqual([ninf, 2]);
    expect([...klDivLossValueAndGrad([-1], [ninf], { ...request, logTarget: true }).targetGrad]).toEqual([0]);
  });

  it("jsDivLoss: a probability of 0 on either side, or on both", () => {
    const x = [0, ninf, ninf];
    const y = [ninf, 0, ninf];
    expect(jsDivLoss(x, y)).toBeCloseTo(Math.LN2, 15);
    expect(jsDivLoss(x, y, { beta: 0 })).toBe(inf);
    expect(jsDivLoss(x, y, { beta: 1 })).toBe(inf);
    expect([...jsDivLossValueAndGrad(x, y, { beta: 0 }).grad].map((slope) => slope + 0)).toEqual([0, -1, 0]);
    expect(jsDivLoss(x, x, { beta: 1 })).toBe(0);
    // e^-720 is subnormal, e^720 overflows, e^-800 is 0
    for (const far of [-720, -800]) {
      const { value, grad } = jsDivLossValueAndGrad([far, 0], [0, far]);
      expect(value).toBeCloseTo(Math.LN2, 14);
      expect(grad[0]).toBeCloseTo(0, 300);
    }
    expect(jsDivLoss([nan, 0], [ninf, 0])).toBe(nan);
  });

  it("no elements: a mean is NaN, a sum is 0", () => {
    expect(binaryCrossEntropy([], [])).toBe(nan);
    expect(klDivLoss([], [], sum)).toBe(0);
    expect(jsDivLoss([], [], { shape: [0, 3] })).toBe(nan);
  });
});

describe("invalid input of the gradients and the other losses", () => {
  it.each([
    ["upstream array without none", () => crossEntropyValueAndGrad([1, 2], 0, { upstream: [1] }), /upstream: expected a number/],
    ["upstream of another length", () => nllLossValueAndGrad([1, 2], 0, { ...none, upstream: [1, 2] }), /upstream: expected 1 /],
    [
      "targetGrad of classes",
      () => crossEntropyValueAndGrad([1, 2], 0, { targetGrad: true }),
      /targetGrad: expected probabilities/,
    ],
    ["probs", () => binaryCrossEntropy([0.5, 1.5], [0, 1]), /probs\[1\]: expected a probability in \[0, 1\], got 1.5/],
    ["NaN probs", () => binaryCrossEntropy([nan], [0]), /probs\[0\]: expected/],
    ["targets", () => binaryCrossEntropyWithLogits([1, 2], [1]), /targets: expected 2 elements, got 1/],
    [
      "weight",
      () => binaryCrossEntropy([1, 0, 1, 0], [1, 0, 1, 0], { shape: [2, 2], weight: [1, 1, 1] }),
      /weight: expected 4, 2 or 1 /,
    ],
    [
      "posWeight dims",
      () => binaryCrossEntropyWithLogits([1, 2], [1, 0], { posWeight: { data: [1, 1], dims: [2, 1] } }),
      /posWeight: expected dims that broadcast to \[2\], got \[2, 1\]/,
    ],
    ["alpha", () => sigmoidFocalLoss([1], [1], { alpha: -2 }), /alpha: expected a number in \[0, 1\], got -2/],
    ["gamma", () => sigmoidFocalLoss([1], [1], { gamma: -0.5 }), /gamma: expected a number >= 0, got -0.5/],
    ["beta", () => jsDivLoss([0], [0], { beta: 1.1 }), /beta: expected a number in \[0, 1\], got 1.1/],
    ["logTargets", () => jsDivLoss([0, 0], [0]), /logTargets: expected 2 elements, got 1/],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });
});
