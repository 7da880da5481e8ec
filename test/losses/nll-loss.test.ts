/** nllLoss over every backend against the f64 reference. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { IndexTargets } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { backends } from "../support/backends.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { lossCase, lossPlans } from "./loss-cases.js";
import { Random, settings } from "./random.js";

eachBackend("nllLoss", (functions) => {
  it("every option, layout and storage", () => {
    const property = fc.property(lossPlans, (plan) => {
      const call = lossCase(plan);
      const actual = functions.nllLoss(call.logits, call.targets as IndexTargets, call.options);
      const expected = reference.nllLoss(call.plainLogits, call.plainTargets, call.plainOptions);
      if (call.options.out) expect(actual).toBe(call.options.out);
      const reduction = call.options.reduction ?? "mean";
      if (reduction === "none") {
        // an f64 product, rounded once
        expectSameBits(actual, Float32Array.from(expected as Float64Array), "row losses");
        return;
      }
      const rows = reference.nllLoss(call.plainLogits, call.plainTargets, { ...call.plainOptions, reduction: "none" });
      const size = rows.reduce((sum, loss) => sum + Math.abs(loss), 0);
      // only the order of the additions differs
      const allowed = (1e-14 * size) / (reduction === "mean" ? call.divisor : 1);
      expectWithin(actual, expected, () => allowed, reduction);
    });
    fc.assert(property, settings(400));
  });

  it("completes crossEntropy: nllLoss(logSoftmax(x)) = crossEntropy(x)", () => {
    const random = new Random(8);
    const [rows, classes] = [33, 129];
    const logits = random.normals(rows * classes, 3);
    const targets = random.classes(rows, classes);
    const logProbs = functions.logSoftmax(logits, { shape: [rows, classes] });
    const wanted = functions.crossEntropy(logits, targets, { reduction: "none" });
    const losses = functions.nllLoss(logProbs, targets, { reduction: "none" });
    expectWithin(losses, wanted, (i) => 2e-7 * wanted[i], "losses");
  });

  it("reads only the targets' elements", () => {
    const logProbs = new Float32Array(5 * 4).fill(Number.NaN);
    const targets = [3, 0, 2, 1, 1];
    for (const [row, target] of targets.entries()) logProbs[row * 4 + target] = -row - 1;
    expect(functions.nllLoss(logProbs, targets, { reduction: "none" })).toEqual(Float32Array.of(1, 2, 3, 4, 5));
  });

  it("a log-probability of 0 costs 0, not -0", () => {
    expectSameBits(functions.nllLoss([0, -5, -5, 0], [0, 1], { reduction: "none" }), [0, 0], "losses");
    expect(functions.nllLoss([0, -5], 0)).toBe(0);
  });

  it("a target of log-probability -inf costs +inf, and NaN with a weight of 0", () => {
    const logProbs = [Number.NEGATIVE_INFINITY, 0];
    expect(functions.nllLoss(logProbs, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(functions.nllLoss(logProbs, 0, { weight: [0, 1], reduction: "sum" })).toBeNaN();
  });
});

describe("nllLoss over the backends", () => {
  it("gives the same bits on every backend, because it uses no kernel", () => {
    const random = new Random(5);
    const [rows, classes] = [2051, 7];
    const logProbs = random.normals(rows * classes, 5);
    const targets = random.classes(rows, classes);
    const values = backends.map(({ functions }) => functions.nllLoss(logProbs, targets, { weight: [3, 1, 2, 0.1, 5, 1, 1] }));
    expect(new Set(values).size).toBe(1);
  });
});
