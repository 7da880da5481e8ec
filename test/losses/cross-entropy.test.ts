/** crossEntropy over every backend against the f64 reference: random calls with random options. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { CrossEntropyOptions, Reduction } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectWithin, f32Step, ROW_BOUND } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { spread } from "./layouts.js";
import { forFast, isTensor, type LossCase, lossCase, lossPlans } from "./loss-cases.js";
import { Random, settings } from "./random.js";
import { floatForms, floatsAs, type TargetForm, targetForms } from "./storage.js";

type Options = CrossEntropyOptions<Reduction>;

/** Options of crossEntropy that nllLoss does not have; undefined ones are left out of the call. */
const extras = fc.record({
  labelSmoothing: fc.constantFrom(undefined, undefined, 0, 0.1, 0.9, 1),
  softcap: fc.constantFrom(undefined, undefined, 2, 15, 50),
  temperature: fc.constantFrom(undefined, undefined, 0.5, 1, 3),
  zLoss: fc.constantFrom(undefined, undefined, 0, 1e-4, 0.1),
});

const int32 = targetForms.find(({ name }) => name === "Int32Array") as TargetForm;

function given<Values extends object>(values: Values): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

eachBackend("crossEntropy", (functions) => {
  it("class targets: every option, layout and storage", () => {
    const property = fc.property(lossPlans, extras, (plan, extra) => {
      const call = lossCase(plan);
      check(call, given(extra), call.plainTargets);
    });
    fc.assert(property, settings(350));
  });

  it("probability targets: every option, layout and storage", () => {
    const plans = fc.record({ plan: lossPlans, form: fc.constantFrom(...floatForms), alsoPadded: fc.boolean() });
    const property = fc.property(plans, extras, ({ plan, form, alsoPadded }, extra) => {
      // the plan's class targets are not used, so there are no ignored rows either
      const ignoreIndex = plan.ignoreIndex === -1 ? -1 : undefined;
      const call = lossCase({ ...plan, targetForm: int32, ignored: 0, ignoreIndex });
      const { layout } = call;
      const random = new Random(plan.seed + 1);
      const dense = random.distributions(layout.rows, layout.classes);
      const isPadded = layout.length !== layout.rows * layout.classes;
      const probabilities = isPadded && !alsoPadded ? dense : spread(layout, dense, plan.seed % 2 === 0 ? Number.NaN : 0.5);
      const logits = spread(layout, random.normals(layout.rows * layout.classes, plan.scale, plan.offset));
      // with one class, an array of integers would be read as class indices
      const storage = form === "number[]" && layout.classes === 1 ? "Float32Array" : form;
      const targets = forFast(storage, probabilities, layout, isPadded).logits;
      const wanted = { ...call, ...forFast(plan.logitsForm, logits, layout, isPadded), plainLogits: logits, targets };
      check({ ...wanted, divisor: layout.rows }, given(extra), probabilities);
    });
    fc.assert(property, settings(250));
  });

  function check(call: LossCase, extra: Partial<Options>, plainTargets: BigInt64Array | Float32Array): void {
    const actual = functions.crossEntropy(call.logits, call.targets, { ...call.options, ...extra });
    const plain: Options = { ...call.plainOptions, ...extra };
    const rows = reference.crossEntropy(call.plainLogits, plainTargets, { ...plain, reduction: "none" });
    const allowed = rowBounds(rows, call, extra);
    const total = allowed.reduce((sum, bound) => sum + bound, 0);
    const reduction = call.options.reduction ?? "mean";
    const expected = reference.crossEntropy(call.plainLogits, plainTargets, plain);
    if (call.options.out) expect(actual).toBe(call.options.out);
    if (reduction === "none") expect(actual).toBeInstanceOf(Float32Array);
    const bound = (i: number): number => {
      if (reduction === "none") return allowed[i] + f32Step(rows[i]) / 2;
      return reduction === "sum" ? total : total / call.divisor;
    };
    expectWithin(actual, expected, bound, "loss");
  }
});

/**
 * Bound of a row loss before rounding to f32: ROW_BOUND max(1, |loss|). A softcap c adds an error of 3e-7 c to each logit, which
 * a temperature T divides and a z-loss z multiplies by 2 z lse. Class weights multiply all of it.
 */
function rowBounds(rows: Float64Array, { layout, weightScale }: LossCase, extra: Partial<Options>): Float64Array {
  const { softcap = 0, temperature = 1, zLoss = 0 } = extra;
  const greatestLse = softcap / temperature + Math.log(layout.classes);
  const fromSoftcap = ((3e-7 * softcap) / temperature) * (1 + 2 * zLoss * greatestLse);
  return rows.map((loss) => weightScale * (ROW_BOUND * Math.max(1, Math.abs(loss)) + fromSoftcap));
}

eachBackend("forms of calling crossEntropy", (functions) => {
  const random = new Random(3);
  const logits = random.normals(12);
  const expected = reference.crossEntropy(logits, Int32Array.of(2, 0, 1), { shape: [3, 4] });

  it("the number of targets sets the rows of a flat array", () => {
    expectWithin(functions.crossEntropy(logits, [2, 0, 1]), expected, () => 2e-7, "mean");
  });

  it("one row accepts a number or a bigint as target", () => {
    const one = reference.crossEntropy(logits, Int32Array.of(7));
    expectWithin(functions.crossEntropy(logits, 7), one, () => 2e-7, "a number");
    expectWithin(functions.crossEntropy(logits, 7n), one, () => 2e-7, "a bigint");
  });

  it("tensor dims of the targets give the shape of flat logits", () => {
    const q = random.distributions(3, 4);
    const wanted = reference.crossEntropy(logits, q, { shape: [3, 4] });
    for (const form of floatForms.filter(isTensor)) {
      const targets = floatsAs(form, q, [3, 4]);
      expectWithin(functions.crossEntropy(logits, targets), wanted, () => 2e-7, form);
    }
  });

  it("no rows: NaN, emptyMean, 0 or an empty array", () => {
    const none = new Float32Array(0);
    expect(functions.crossEntropy(none, [])).toBeNaN();
    expect(functions.crossEntropy(none, [], { emptyMean: 0 })).toBe(0);
    expect(functions.crossEntropy(none, [], { reduction: "sum" })).toBe(0);
    expect(functions.crossEntropy(none, [], { reduction: "none" })).toEqual(none);
    expect(functions.crossEntropy(none, none, { shape: [0, 5], reduction: "none" })).toEqual(none);
    expect(functions.crossEntropy(none, [], { shape: [2, 0, 5], reduction: "sum" })).toBe(0);
  });

  it("undefined options are the same as absent ones", () => {
    const options = { shape: undefined, axis: undefined, reduction: undefined, weight: undefined, out: undefined };
    const more = { ignoreIndex: undefined, softcap: undefined, temperature: undefined, rowStride: undefined };
    expect(functions.crossEntropy(logits, [2, 0, 1], { ...options, ...more })).toBe(functions.crossEntropy(logits, [2, 0, 1]));
  });
});
