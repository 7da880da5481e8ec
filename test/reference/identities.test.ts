/** Identities between the reference's losses: each is a second way to compute the same value and gradient. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  binaryCrossEntropyWithLogitsValueAndGrad,
  crossEntropy,
  crossEntropyValueAndGrad,
  jsDivergence,
  jsDivLoss,
  jsDivLossValueAndGrad,
  klDivergence,
  klDivLoss,
  klDivLossValueAndGrad,
  logSoftmax,
  nllLoss,
  polyLoss,
  polyLossValueAndGrad,
  sigmoidFocalLoss,
  sigmoidFocalLossValueAndGrad,
  softmax,
} from "../../src/reference/index.js";
import { Random, settings } from "../losses/random.js";
import { expectClose } from "../support/expect-close.js";
import { reductions } from "./row-cases.js";

const tolerance = { atol: 1e-13, rtol: 1e-12 };

const plans = fc.record({
  seed: fc.nat(1e6),
  rows: fc.integer({ min: 1, max: 5 }),
  classes: fc.integer({ min: 1, max: 9 }),
  reduction: reductions,
});

interface Given {
  readonly shape: readonly [number, number];
  readonly reduction: "mean" | "sum" | "none";
  readonly random: Random;
  /** rows x classes values. */
  normals(scale: number): Float64Array;
  /** rows x classes values in [0, 1). */
  uniforms(): Float64Array;
}

function holds(check: (given: Given) => void): void {
  const property = fc.property(plans, ({ seed, rows, classes, reduction }) => {
    const random = new Random(seed);
    const length = rows * classes;
    check({
      shape: [rows, classes],
      reduction,
      random,
      normals: (scale) => Float64Array.from(random.normals(length, scale)),
      uniforms: () => Float64Array.from({ length }, () => random.uniform()),
    });
  });
  fc.assert(property, settings(100));
}

function oneHot(targets: Int32Array, classes: number): Float64Array {
  const q = new Float64Array(targets.length * classes);
  for (const [row, target] of targets.entries()) q[row * classes + target] = 1;
  return q;
}

describe("identities of the reference", () => {
  it("crossEntropy is nllLoss of logSoftmax", () => {
    holds(({ shape, reduction, random, normals }) => {
      const logits = normals(3);
      const targets = random.classes(...shape);
      const expected = nllLoss(logSoftmax(logits, { shape }), targets, { shape, reduction });
      expectClose(crossEntropy(logits, targets, { shape, reduction }), expected, tolerance, "value");
    });
  });

  it("a class is its one-hot distribution", () => {
    holds(({ shape, reduction, random, normals }) => {
      const logits = normals(3);
      const targets = random.classes(...shape);
      const q = oneHot(targets, shape[1]);
      for (const options of [
        { shape, reduction },
        { shape, reduction, labelSmoothing: 0.2, zLoss: 0.1, softcap: 4 },
      ]) {
        const ofClass = crossEntropyValueAndGrad(logits, targets, options);
        const ofShares = crossEntropyValueAndGrad(logits, q, options);
        expectClose(ofShares.value, ofClass.value, tolerance, "value");
        expectClose(ofShares.grad, ofClass.grad, tolerance, "grad");
      }
      const polyOfClass = polyLossValueAndGrad(logits, targets, { shape, reduction });
      const polyOfShares = polyLossValueAndGrad(logits, q, { shape, reduction });
      expectClose(polyOfShares.value, polyOfClass.value, tolerance, "poly");
      expectClose(polyOfShares.grad, polyOfClass.grad, tolerance, "poly grad");
    });
  });

  it("polyLoss with epsilon 0 is crossEntropy", () => {
    holds(({ shape, reduction, random, normals, uniforms }) => {
      const logits = normals(3);
      for (const targets of [random.classes(...shape), uniforms()]) {
        const options = { shape, reduction };
        const poly = polyLossValueAndGrad(logits, targets, { ...options, epsilon: 0 });
        const plain = crossEntropyValueAndGrad(logits, targets, options);
        expectClose(poly.value, plain.value, tolerance, "value");
        expectClose(poly.grad, plain.grad, tolerance, "grad");
      }
    });
  });

  it("polyLoss is crossEntropy plus epsilon (1 - p_t)", () => {
    holds(({ shape, random, normals }) => {
      const logits = normals(3);
      const targets = random.classes(...shape);
      const p = softmax(logits, { shape });
      const plain = crossEntropy(logits, targets, { shape, reduction: "none" });
      const expected = plain.map((loss, row) => loss + 2 * (1 - p[row * shape[1] + targets[row]]));
      expectClose(polyLoss(logits, targets, { shape, reduction: "none", epsilon: 2 }), expected, tolerance, "value");
    });
  });

  it("sigmoidFocalLoss with gamma 0 and alpha 0.5 is half of binaryCrossEntropyWithLogits", () => {
    holds(({ shape, reduction, normals, uniforms }) => {
      const logits = normals(3);
      const targets = uniforms();
      const focal = sigmoidFocalLossValueAndGrad(logits, targets, { shape, reduction, alpha: 0.5, gamma: 0 });
      const plain = binaryCrossEntropyWithLogitsValueAndGrad(logits, targets, { shape, reduction, upstream: 0.5 });
      expectClose(focal.grad, plain.grad, tolerance, "grad");
      const half = typeof plain.value === "number" ? plain.value / 2 : plain.value.map((loss) => loss / 2);
      expectClose(focal.value, half, tolerance, "value");
    });
  });

  it("binaryCrossEntropyWithLogits is binaryCrossEntropy of the sigmoid", () => {
    holds(({ shape, reduction, normals, uniforms }) => {
      const logits = normals(2);
      const targets = uniforms();
      const weight = uniforms();
      const probs = logits.map((x) => 1 / (1 + Math.exp(-x)));
      const options = { shape, reduction, weight };
      const expected = binaryCrossEntropy(probs, targets, options);
      expectClose(binaryCrossEntropyWithLogits(logits, targets, options), expected, tolerance, "value");
    });
  });

  it("binaryCrossEntropyWithLogits is crossEntropy of the logits beside 0", () => {
    holds(({ normals, uniforms }) => {
      const logits = normals(5);
      const targets = uniforms();
      const pairs = Float64Array.from({ length: 2 * logits.length }, (_, i) => (i % 2 ? 0 : logits[i / 2]));
      const shares = Float64Array.from(pairs, (_, i) => (i % 2 ? 1 - targets[(i - 1) / 2] : targets[i / 2]));
      const ofPairs = crossEntropyValueAndGrad(pairs, shares, { shape: [logits.length, 2] });
      const ofElements = binaryCrossEntropyWithLogitsValueAndGrad(logits, targets);
      expectClose(ofElements.value, ofPairs.value, tolerance, "value");
      expectClose(
        ofElements.grad,
        ofPairs.grad.filter((_, i) => i % 2 === 0),
        tolerance,
        "grad",
      );
    });
  });

  it("posWeight v counts a positive element v times", () => {
    const options = { reduction: "none", posWeight: [3] } as const;
    const [negative, positive] = binaryCrossEntropyWithLogits([0.7, 0.7], [0, 1], options) as Float64Array;
    const [plainNegative, plainPositive] = binaryCrossEntropyWithLogits([0.7, 0.7], [0, 1], { reduction: "none" });
    expect(negative).toBe(plainNegative);
    expect(positive).toBeCloseTo(3 * (plainPositive as number), 14);
  });

  it("klDivLoss sums to klDivergence, and logTarget changes only the form of the targets", () => {
    holds(({ shape, normals }) => {
      const p = softmax(normals(2), { shape });
      const logits = normals(2);
      const [q, logQ] = [softmax(logits, { shape }), logSoftmax(logits, { shape })];
      const divergences = klDivergence(p, q, { shape }) as Float64Array;
      const sum = divergences.reduce((total, value) => total + value, 0);
      const options = { shape, reduction: "batchmean" } as const;
      expectClose(klDivLoss(logQ, p, options), sum / shape[0], tolerance, "value");

      const logP = p.map(Math.log);
      const plain = klDivLossValueAndGrad(logQ, p, options);
      const ofLogs = klDivLossValueAndGrad(logQ, logP, { ...options, logTarget: true });
      expectClose(ofLogs.value, plain.value, tolerance, "value with logTarget");
      expectClose(ofLogs.grad, plain.grad, tolerance, "grad with logTarget");
    });
  });

  it("jsDivLoss with beta 0.5 is jsDivergence, and symmetric", () => {
    holds(({ shape, reduction, normals }) => {
      const [x, y] = [logSoftmax(normals(2), { shape }), logSoftmax(normals(2), { shape })];
      const expected = jsDivergence(x.map(Math.exp), y.map(Math.exp), { shape });
      expectClose(jsDivLoss(x, y, { shape, reduction: "none" }), expected, tolerance, "value");
      expectClose(jsDivLoss(y, x, { shape, reduction }), jsDivLoss(x, y, { shape, reduction }), tolerance, "exchanged");
    });
  });

  it("jsDivLoss with beta 0 is KL(p || q), with beta 1 KL(q || p); replacing beta by 1 - beta swaps the arguments", () => {
    holds(({ shape, normals }) => {
      const [x, y] = [logSoftmax(normals(2), { shape }), logSoftmax(normals(2), { shape })];
      const [q, p] = [x.map(Math.exp), y.map(Math.exp)];
      const options = { shape, reduction: "none" } as const;
      expectClose(jsDivLoss(x, y, { ...options, beta: 0 }), klDivergence(p, q, { shape }), tolerance, "beta 0");
      expectClose(jsDivLoss(x, y, { ...options, beta: 1 }), klDivergence(q, p, { shape }), tolerance, "beta 1");
      const exchanged = jsDivLoss(y, x, { ...options, beta: 0.7 });
      expectClose(jsDivLoss(x, y, { ...options, beta: 0.3 }), exchanged, tolerance, "beta 0.3");
    });
  });

  it("jsDivLoss / beta tends to the loss at beta 0, jsDivLoss / (1 - beta) to the loss at beta 1", () => {
    const [x, y] = [logSoftmax([1, 2, 0.5]), logSoftmax([0.3, 0.2, 2])];
    const near = { atol: 1e-7, rtol: 0 };
    for (const [beta, limit] of [
      [1e-8, 0],
      [1 - 1e-8, 1],
    ] as const) {
      const share = limit === 0 ? beta : 1 - beta;
      const scaled = jsDivLossValueAndGrad(x, y, { beta, upstream: 1 / share });
      const exact = jsDivLossValueAndGrad(x, y, { beta: limit });
      expectClose(scaled.value / share, exact.value, near, `value at ${beta}`);
      // The gradients differ by q, the derivative of the sum of q; a logSoftmax before the loss cancels it.
      const sign = limit === 0 ? 1 : -1;
      const expected = exact.grad.map((slope, c) => slope + sign * Math.exp(x[c]));
      expectClose(scaled.grad, expected, near, `grad at ${beta}`);
    }
  });

  it("soft labels of the focal loss follow the formula, not an interpolation of hard labels", () => {
    const mixed = 0.5 * sigmoidFocalLoss([1.5], [0]) + 0.5 * sigmoidFocalLoss([1.5], [1]);
    expect(sigmoidFocalLoss([1.5], [0.5])).not.toBeCloseTo(mixed, 3);
  });
});
