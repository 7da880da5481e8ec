/** linearCrossEntropy on every backend against the f64 reference: random sizes, forms and options. */
import fc from "fast-check";
import { expect, it } from "vitest";
import * as reference from "../../src/reference/index.js";
import { remembered } from "../support/remembered.js";
import { expectWithin, f32Step, ROW_BOUND } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { type LinearPlan, linearCase, linearPlans } from "./linear-cases.js";
import { settings } from "./random.js";

/** The reference's results, computed once for all backends. */
const exact = remembered();

eachBackend("linearCrossEntropy", (functions) => {
  it("every size, form and option", () => {
    const property = fc.property(linearPlans, (plan) => {
      const { hidden, linearWeight, plainWeight, targets, options, factor } = linearCase(plan);
      const expected = exact(plan, () => {
        const rows = reference.linearCrossEntropy(hidden, plainWeight, targets, { ...options, reduction: "none" });
        return { rows, value: reference.linearCrossEntropy(hidden, plainWeight, targets, options) };
      });
      const actual = functions.linearCrossEntropy(hidden, linearWeight, targets, options);
      const allowed = expected.rows.map((loss) => factor * rowBound(loss, plan));
      const total = allowed.reduce((sum, bound) => sum + bound, 0);
      const bound = (row: number): number => {
        if (options.reduction === "none") return allowed[row] + f32Step(expected.rows[row]) / 2;
        // a mean divides by no less than a fifth of its rows' number
        return options.reduction === "sum" ? total : (5 * total) / Math.max(1, plan.size.rows);
      };
      expectWithin(actual, expected.value, bound, "loss");
    });
    fc.assert(property, settings(250));
  });

  it("writes row losses to out, and nowhere else", () => {
    const plan: LinearPlan = { ...PLAIN, reduction: "none", ignored: 0.4 };
    const { hidden, linearWeight, targets, options } = linearCase(plan);
    const memory = new Float32Array(plan.size.rows + 2).fill(7);
    const out = memory.subarray(1, -1);
    const losses = functions.linearCrossEntropy(hidden, linearWeight, targets, { ...options, reduction: "none" });
    const result = functions.linearCrossEntropy(hidden, linearWeight, targets, { ...options, reduction: "none", out });
    expect(result).toBe(out);
    expect([...memory]).toEqual([7, ...losses, 7]);
  });

  it("no rows, and no row that counts", () => {
    const linearWeight = { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] };
    const none = new Float32Array(0);
    for (const [hidden, targets] of [
      [none, []],
      [Float32Array.of(Number.NaN, 1), [-100]],
    ] as const) {
      expect(functions.linearCrossEntropy(hidden, linearWeight, targets)).toBeNaN();
      expect(functions.linearCrossEntropy(hidden, linearWeight, targets, { emptyMean: 0 })).toBe(0);
      expect(functions.linearCrossEntropy(hidden, linearWeight, targets, { reduction: "sum" })).toBe(0);
      const losses = functions.linearCrossEntropy(hidden, linearWeight, targets, { reduction: "none" });
      expect(losses).toEqual(new Float32Array(targets.length));
    }
  });

  it("rows without a distribution", () => {
    const infinity = Number.POSITIVE_INFINITY;
    const identity = Float32Array.of(1, 0, 0, 1);
    const row = (x: number, y: number): number => functions.linearCrossEntropy([x, y], identity, 0, { bias: [0, 0] });
    expect(row(Number.NaN, 0)).toBeNaN();
    const bias = [-infinity, 0];
    expect(functions.linearCrossEntropy([1, 2], identity, 0, { bias })).toBe(infinity);
    expect(functions.linearCrossEntropy([1, 2], identity, 1, { bias })).toBe(0);
    expect(functions.linearCrossEntropy([1, 2], identity, 1, { bias: [infinity, 0] })).toBeNaN();
    expect(functions.linearCrossEntropy([1, 2], identity, 1, { bias: [-infinity, -infinity] })).toBeNaN();
    // a probability of 0 costs nothing at a logit of -inf
    const q = { data: Float32Array.of(0, 1), dims: [1, 2] };
    expect(functions.linearCrossEntropy([1, 2], identity, q, { bias })).toBe(0);
  });

  it("tiny losses keep their value", () => {
    const loss = functions.linearCrossEntropy([1], [20, 0, 0], 0);
    expectWithin(loss, Math.log1p(2 * Math.exp(-20)), () => 3e-6 * 4.1e-9, "[20, 0, 0]");
  });
});

/**
 * Bound of a row loss of weight 1: that of crossEntropy, and twice the rounding of the logits. A z-loss z multiplies it by
 * 1 + 2 z lse.
 */
function rowBound(loss: number, { scale, softcap, temperature, zLoss, size }: LinearPlan): number {
  const greatest = 6 * scale + Math.log(size.classes);
  const ofLogits = 4e-7 * greatest * Math.max(1, Math.sqrt(size.width) / 8) + 3e-7 * (softcap ?? 0);
  const lse = (greatest / (temperature ?? 1)) * 2;
  return (ROW_BOUND * Math.max(1, Math.abs(loss)) + (2 * ofLogits) / (temperature ?? 1)) * (1 + 2 * (zLoss ?? 0) * lse);
}

const PLAIN: LinearPlan = {
  ...{ seed: 1, size: { rows: 140, classes: 7, width: 5 }, hiddenForm: "Float32Array", weightForm: "f32", scale: 1 },
  ...{ targets: "classes", ignored: 0, bias: true, weight: false, sampleWeight: false, mask: false, shift: undefined },
  ...{ reduction: undefined, labelSmoothing: undefined, softcap: undefined, temperature: undefined, zLoss: undefined },
};
