/** Gradients of the row losses against central differences of their values, for random layouts and options. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  crossEntropy,
  crossEntropyValueAndGrad,
  jsDivLoss,
  jsDivLossValueAndGrad,
  logSoftmax,
  nllLoss,
  nllLossValueAndGrad,
  polyLoss,
  polyLossValueAndGrad,
} from "../../src/reference/index.js";
import { elementAt } from "../losses/layouts.js";
import { Random, settings } from "../losses/random.js";
import { expectGradient, weigh } from "./finite-differences.js";
import { type RowCase, type RowPlan, reductions, rowCase, rowPlans, upstreamFor } from "./row-cases.js";

/** Adds the upstream gradient if there is one. */
function upstreamOption({ upstream }: RowCase): { readonly upstream?: number | Float64Array } {
  return upstream === undefined ? {} : { upstream };
}

function holds(runs: number, targets: "indices" | "probabilities", check: (given: RowCase, plan: RowPlan) => void): void {
  fc.assert(
    fc.property(rowPlans, (plan) => check(rowCase(plan, targets), plan)),
    settings(runs),
  );
}

describe("gradients of the reference: rows", () => {
  it("crossEntropy with class indices", () => {
    holds(200, "indices", (given) => {
      const { logits, classes, options, upstream } = given;
      const { value, grad } = crossEntropyValueAndGrad(logits, classes, { ...options, ...upstreamOption(given) });
      expect(value).toEqual(crossEntropy(logits, classes, options));
      expectGradient(grad, logits, (x) => weigh(crossEntropy(x, classes, options), upstream), "grad");
    });
  });

  it("crossEntropy with probabilities, with respect to logits and targets", () => {
    holds(200, "probabilities", (given) => {
      const { logits, probabilities, options, upstream } = given;
      const request = { ...options, ...upstreamOption(given), targetGrad: true } as const;
      const { value, grad, targetGrad } = crossEntropyValueAndGrad(logits, probabilities, request);
      expect(value).toEqual(crossEntropy(logits, probabilities, options));
      expectGradient(grad, logits, (x) => weigh(crossEntropy(x, probabilities, options), upstream), "grad");
      expectGradient(targetGrad, probabilities, (q) => weigh(crossEntropy(logits, q, options), upstream), "targetGrad");
    });
  });

  it("nllLoss", () => {
    holds(100, "indices", (given, { weighted }) => {
      const { logits, classes, upstream } = given;
      const options = { ...given.layoutOptions, ...(weighted && given.options.weight && { weight: given.options.weight }) };
      const { value, grad } = nllLossValueAndGrad(logits, classes, { ...options, ...upstreamOption(given) });
      expect(value).toEqual(nllLoss(logits, classes, options));
      expectGradient(grad, logits, (x) => weigh(nllLoss(x, classes, options), upstream), "grad");
    });
  });

  it.each(["indices", "probabilities"] as const)("polyLoss with %s", (kind) => {
    holds(150, kind, (given, { seed }) => {
      const { logits, layoutOptions, upstream } = given;
      const targets = kind === "indices" ? given.classes : given.probabilities;
      const options = { ...layoutOptions, epsilon: [1, 2, -1, 0, 0.3][seed % 5] };
      const { value, grad } = polyLossValueAndGrad(logits, targets, { ...options, ...upstreamOption(given) });
      expect(value).toEqual(polyLoss(logits, targets, options));
      expectGradient(grad, logits, (x) => weigh(polyLoss(x, targets, options), upstream), "grad");
    });
  });

  it("jsDivLoss", () => {
    const plans = fc.record({
      seed: fc.nat(1e6),
      rows: fc.integer({ min: 1, max: 3 }),
      classes: fc.integer({ min: 1, max: 6 }),
      axis: fc.constantFrom(0, 1),
      reduction: reductions,
      beta: fc.constantFrom(0.5, 0, 1, 0.1, 0.9),
      normalised: fc.boolean(),
    });
    fc.assert(
      fc.property(plans, ({ seed, rows, classes, axis, reduction, beta, normalised }) => {
        const random = new Random(seed);
        const shape = axis === 0 ? [classes, rows] : [rows, classes];
        const logits = (): Float64Array => Float64Array.from(random.normals(rows * classes, 2));
        const logProbs = (): Float64Array => (normalised ? logSoftmax(logits(), { shape, axis }) : logits());
        const [x, y] = [logProbs(), logProbs()];
        const options = { shape, axis, reduction, beta };
        const upstream = upstreamFor(reduction, rows, random);
        const { value, grad } = jsDivLossValueAndGrad(x, y, { ...options, upstream });
        expect(value).toEqual(jsDivLoss(x, y, options));
        expectGradient(grad, x, (moved) => weigh(jsDivLoss(moved, y, options), upstream), "grad");
      }),
      settings(150),
    );
  });
});

describe("properties of every logits gradient", () => {
  /** The rows of the gradient, without padding. */
  function rowsOf({ layout }: RowCase, grad: Float64Array): readonly Float64Array[] {
    return Array.from({ length: layout.rows }, (_, row) =>
      Float64Array.from({ length: layout.classes }, (_, c) => grad[elementAt(layout, row, c)]),
    );
  }

  it.each(["indices", "probabilities"] as const)("rows sum to 0 without softcap and z-loss, %s", (kind) => {
    holds(200, kind, (given) => {
      const { softcap: _, ...options } = given.options;
      const targets = kind === "indices" ? given.classes : given.probabilities;
      const { grad } = crossEntropyValueAndGrad(given.logits, targets, { ...options, zLoss: 0, ...upstreamOption(given) });
      for (const row of rowsOf(given, grad)) {
        expect(Math.abs(row.reduce((sum, value) => sum + value, 0))).toBeLessThanOrEqual(1e-12);
      }
    });
  });

  it("rows of the z-loss sum to 2 zLoss lse", () => {
    const { grad } = crossEntropyValueAndGrad([1, 2, 3], 2, { reduction: "sum", zLoss: 0.25 });
    const lse = 3 + Math.log1p(Math.exp(-1) + Math.exp(-2));
    expect(grad.reduce((sum, value) => sum + value, 0)).toBeCloseTo(2 * 0.25 * lse, 12);
  });

  it("ignored rows and padding are exactly 0", () => {
    holds(100, "indices", (given) => {
      const { logits, classes, options, layout } = given;
      for (const { grad } of [
        crossEntropyValueAndGrad(logits, classes, options),
        nllLossValueAndGrad(logits, classes, options),
        polyLossValueAndGrad(logits, classes, given.layoutOptions),
      ]) {
        expect(grad.length).toBe(logits.length);
        const written = new Set<number>();
        for (let row = 0; row < layout.rows; row++) {
          if (classes[row] < 0) continue;
          for (let c = 0; c < layout.classes; c++) written.add(elementAt(layout, row, c));
        }
        expect(grad.every((value, index) => written.has(index) || Object.is(value, 0))).toBe(true);
      }
    });
  });

  it("is linear in upstream, and a mean is a sum with 1 / divisor", () => {
    holds(50, "indices", (given) => {
      const { logits, classes, options } = given;
      const sum = crossEntropyValueAndGrad(logits, classes, { ...options, zLoss: 0, reduction: "sum" }).grad;
      const tripled = crossEntropyValueAndGrad(logits, classes, { ...options, zLoss: 0, reduction: "none", upstream: 3 }).grad;
      for (const [i, value] of tripled.entries()) expect(value).toBeCloseTo(3 * sum[i], 12);

      const kept = classes.filter((target) => target >= 0);
      if (kept.length === 0) return;
      const weight = options.weight as Float64Array | undefined;
      const divisor = kept.reduce((total, target) => total + (weight?.[target] ?? 1), 0);
      const mean = crossEntropyValueAndGrad(logits, classes, { ...options, zLoss: 0, reduction: "mean" }).grad;
      for (const [i, value] of mean.entries()) expect(value).toBeCloseTo(sum[i] / divisor, 12);
    });
  });
});
