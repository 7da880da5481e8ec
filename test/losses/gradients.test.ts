/** Gradients of the row losses on every backend, against the f64 reference and against finite differences of its values. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { CrossEntropyOptions, FloatTensor, Reduction, Targets } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { centralDifferences, weigh } from "../reference/finite-differences.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { elementAt, type Layout, spread } from "./layouts.js";
import { forFast, type LossCase, lossCase, lossPlans } from "./loss-cases.js";
import { Random, settings } from "./random.js";
import { floatForms, type TargetForm, targetForms } from "./storage.js";

type Options = CrossEntropyOptions<Reduction>;

const extras = fc.record({
  labelSmoothing: fc.constantFrom(undefined, undefined, 0, 0.1, 0.9, 1),
  softcap: fc.constantFrom(undefined, undefined, 2, 15, 50),
  temperature: fc.constantFrom(undefined, undefined, 0.5, 1, 3),
  zLoss: fc.constantFrom(undefined, undefined, 0, 1e-4, 0.1),
});

/** Upstream gradient: undefined, a number, or "each" for one number per value with "none". */
const upstreams = fc.constantFrom(undefined, 1, -0.5, 2, "each" as const);

const int32 = targetForms.find(({ name }) => name === "Int32Array") as TargetForm;

/** The reference's results, computed once for all backends. */
const exact = remembered();

/** Two rows of many classes with every option, and the reference's gradients. */
function longRows(classes: number) {
  const random = new Random(classes);
  const rows = 2;
  const logits = random.normals(rows * classes, 2);
  const weight = random.weights(classes);
  const aims: readonly Targets[] = [Int32Array.of(classes - 1, 3), random.distributions(rows, classes)];
  const options = [
    {},
    { softcap: 15, zLoss: 1e-3 },
    { weight, labelSmoothing: 0.1, temperature: 0.7, softcap: 30 },
    { reduction: "none" as const, upstream: [2, -1] },
  ];
  return aims.flatMap((targets) =>
    options.map((option) => {
      const call = { ...option, shape: [rows, classes] } as Options & { targetGrad?: boolean };
      return { logits, targets, call, wanted: reference.crossEntropyValueAndGrad(logits, targets, call).grad };
    }),
  );
}

/** Tolerance 2e-6 + 1e-5 |reference|, scaled by class weights, z-loss and upstream, which scale the error of the softmax. */
function bound(expected: ArrayLike<number>, scale: number): (index: number) => number {
  return (index) => 2e-6 * scale + 1e-5 * Math.abs(expected[index]);
}

function given<Values extends object>(values: Values): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

function upstreamOf(upstream: number | "each" | undefined, { options, layout }: LossCase, random: Random): object {
  if (upstream === undefined) return {};
  if (upstream !== "each") return { upstream };
  return options.reduction === "none" ? { upstream: random.normals(layout.rows) } : {};
}

/** Marks the elements in rows (not padding), and those in ignored rows. */
function placesOf(layout: Layout, isIgnored: (row: number) => boolean): { inRows: Uint8Array; ignored: Uint8Array } {
  const inRows = new Uint8Array(layout.length);
  const ignored = new Uint8Array(layout.length);
  for (let row = 0; row < layout.rows; row++) {
    for (let c = 0; c < layout.classes; c++) {
      inRows[elementAt(layout, row, c)] = 1;
      if (isIgnored(row)) ignored[elementAt(layout, row, c)] = 1;
    }
  }
  return { inRows, ignored };
}

eachBackend("crossEntropyValueAndGrad", (functions) => {
  it("class targets: every option, layout and storage", () => {
    const property = fc.property(lossPlans, extras, upstreams, (plan, extra, upstream) => {
      const call = lossCase(plan);
      const random = new Random(plan.seed + 2);
      const options = { ...call.options, ...given(extra), ...upstreamOf(upstream, call, random) };
      const plain = { ...call.plainOptions, ...given(extra), ...upstreamOf(upstream, call, new Random(plan.seed + 2)) };
      const { value, grad } = functions.crossEntropyValueAndGrad(call.logits, call.targets, options);
      const { upstream: _, ...valueOptions } = options as { upstream?: unknown };
      const { out: __, ...fresh } = valueOptions as Options;
      expectSameBits(value, functions.crossEntropy(call.logits, call.targets, fresh), "value");
      const expected = exact(["classes", plan, extra, upstream], () => {
        return reference.crossEntropyValueAndGrad(call.plainLogits, call.plainTargets, plain).grad;
      });
      expectWithin(grad, expected, bound(expected, call.weightScale * 4), "grad");

      const ignoredClass = BigInt(call.options.ignoreIndex ?? -100);
      const { inRows, ignored } = placesOf(call.layout, (row) => call.plainTargets[row] === ignoredClass);
      for (let i = 0; i < grad.length; i++) {
        if ((!inRows[i] || ignored[i]) && grad[i] !== 0)
          expect.fail(`element ${i} is ignored or padding: got ${grad[i]}, expected 0`);
      }
    });
    fc.assert(property, settings(200));
  });

  it("probability targets: every option, layout and storage, and the gradient for the targets", () => {
    const plans = fc.record({ plan: lossPlans, form: fc.constantFrom(...floatForms), alsoPadded: fc.boolean() });
    const property = fc.property(plans, extras, upstreams, ({ plan, form, alsoPadded }, extra, upstream) => {
      const ignoreIndex = plan.ignoreIndex === -1 ? -1 : undefined;
      const call = lossCase({ ...plan, targetForm: int32, ignored: 0, ignoreIndex });
      const { layout } = call;
      const random = new Random(plan.seed + 1);
      const dense = random.distributions(layout.rows, layout.classes);
      const isPadded = layout.length !== layout.rows * layout.classes;
      const probabilities = isPadded && !alsoPadded ? dense : spread(layout, dense, plan.seed % 2 === 0 ? Number.NaN : 0.5);
      const logits = spread(layout, random.normals(layout.rows * layout.classes, plan.scale, plan.offset));
      const storage = form === "number[]" && layout.classes === 1 ? "Float32Array" : form;
      const targets = forFast(storage, probabilities, layout, isPadded).logits;
      const own = forFast(plan.logitsForm, logits, layout, isPadded).logits;
      const more = (): object => ({
        ...given(extra),
        ...upstreamOf(upstream, call, new Random(plan.seed + 2)),
        targetGrad: true,
      });
      const { grad, targetGrad } = functions.crossEntropyValueAndGrad(own, targets, {
        ...call.options,
        ...more(),
      } as Options & { targetGrad: true });
      const expected = exact(["probabilities", plan, form, alsoPadded, extra, upstream], () => {
        const plain = { ...call.plainOptions, ...more() };
        return reference.crossEntropyValueAndGrad(logits, probabilities, plain as typeof plain & { targetGrad: true });
      });
      expectWithin(grad, expected.grad, bound(expected.grad, call.weightScale * 4), "grad");
      const capError = 4e-7 * (extra.softcap ?? 0);
      const scale = call.weightScale * 4 * (1 + capError / 2e-6);
      expectWithin(targetGrad, expected.targetGrad, bound(expected.targetGrad, scale), "targetGrad");
    });
    fc.assert(property, settings(125));
  });

  it("agrees with finite differences of the f64 values", () => {
    const plans = fc.record({
      seed: fc.nat(1e6),
      rows: fc.integer({ min: 1, max: 3 }),
      classes: fc.integer({ min: 1, max: 9 }),
      soft: fc.boolean(),
    });
    const property = fc.property(plans, extras, ({ seed, rows, classes, soft }, extra) => {
      const random = new Random(seed);
      const logits = random.normals(rows * classes, 2);
      const weight = random.weights(classes);
      const upstream = random.normals(rows);
      const targets: Targets = soft ? random.distributions(rows, classes) : random.classes(rows, classes);
      const options = { shape: [rows, classes], weight, reduction: "none" as const, ...given(extra) };
      const { grad } = functions.crossEntropyValueAndGrad(logits, targets, { ...options, upstream });
      const objective = (x: Float64Array): number =>
        weigh(reference.crossEntropy(x, targets, options), Float64Array.from(upstream));
      const expected = exact(["differences", seed, rows, classes, soft, extra], () => {
        return centralDifferences(Float64Array.from(logits), objective);
      });
      expectWithin(grad, expected, bound(expected, 8), "grad");
    });
    fc.assert(property, settings(50));
  });

  it("the gradient of each row sums to 0, also with weights and smoothing", () => {
    const random = new Random(8);
    for (const [rows, classes] of [
      [9, 3],
      [6, 10],
      [5, 100],
      [3, 1000],
      [2, 5000],
      [1, 50257],
    ] as const) {
      const logits = random.normals(rows * classes, 3);
      const weight = random.weights(classes);
      for (const targets of [random.classes(rows, classes), random.distributions(rows, classes)]) {
        for (const options of [{}, { weight }, { labelSmoothing: 0.1 }, { weight, labelSmoothing: 0.1, temperature: 2 }]) {
          const { grad } = functions.crossEntropyValueAndGrad(logits, targets, {
            ...options,
            shape: [rows, classes],
            reduction: "sum",
          });
          for (let row = 0; row < rows; row++) {
            const sum = grad.subarray(row * classes, (row + 1) * classes).reduce((total, value) => total + value, 0);
            expect(Math.abs(sum), `row ${row} of ${rows} x ${classes}, ${Object.keys(options)}`).toBeLessThan(1e-6);
          }
        }
      }
    }
  });

  it("tiny gradients keep their relative accuracy", () => {
    for (const classes of [2, 3, 4, 5, 17, 128, 129, 600, 4097, 70000]) {
      for (const target of new Set([0, 1, classes >> 1, classes - 1])) {
        const logits = new Float32Array(classes);
        logits[target] = 20;
        const expected = exact(["tiny", classes, target], () => reference.crossEntropyValueAndGrad(logits, target).grad);
        const close = (index: number): number => 3e-6 * Math.abs(expected[index]);
        expectWithin(functions.crossEntropyValueAndGrad(logits, target).grad, expected, close, `class ${target} of ${classes}`);
        const oneHot = new Float32Array(classes);
        oneHot[target] = 1;
        const soft = functions.crossEntropyValueAndGrad(logits, oneHot, { shape: [1, classes] });
        expectWithin(soft.grad, expected, close, `one-hot ${target} of ${classes}`);
      }
    }
    const { grad } = functions.crossEntropyValueAndGrad(new Float32Array([20, 0, 0]), 0);
    expectWithin(grad, [-4.1223072448771157e-9, 2.0611536e-9, 2.0611536e-9], () => 1e-14, "[20, 0, 0], class 0");
  });

  it("rows of several segments, with every option", () => {
    for (const classes of [16384, 16385, 50257, 65536, 65537, 65539, 65636, 132000]) {
      for (const { logits, targets, call, wanted } of exact(["segments", classes], () => longRows(classes))) {
        const { grad } = functions.crossEntropyValueAndGrad(logits, targets, call);
        expectWithin(grad, wanted, bound(wanted, 2), `${classes} classes, ${Object.keys(call)}`);
      }
    }
  });

  it("rows with NaN or +inf, or of only -inf, are all NaN; a masked class has gradient 0", () => {
    const inf = Number.POSITIVE_INFINITY;
    for (const classes of [3, 9, 130, 600, 5000, 66000]) {
      for (const [fill, value] of [
        [0, Number.NaN],
        [0, inf],
        [-inf, -inf],
      ] as const) {
        const logits = new Float32Array(3 * classes);
        logits.fill(fill, classes, 2 * classes);
        logits[classes + 1] = value;
        const { grad } = functions.crossEntropyValueAndGrad(logits, [0, 0, 0], { reduction: "sum" });
        expect(grad.subarray(classes, 2 * classes).every(Number.isNaN), `${classes} classes, ${fill} and ${value}`).toBe(true);
        expect(grad.subarray(0, classes).some(Number.isNaN)).toBe(false);
        expect(grad.subarray(2 * classes).some(Number.isNaN)).toBe(false);
      }
      const masked = new Float32Array(classes).fill(-inf);
      masked[1] = 3;
      masked[2] = 3;
      const { grad } = functions.crossEntropyValueAndGrad(masked, 1);
      expectWithin(grad.subarray(0, 3), [0, -0.5, 0.5], () => 1e-7, "masked");
      expect(grad.subarray(3).every((value) => value === 0)).toBe(true);
    }
  });
});

eachBackend("polyLoss", (functions) => {
  it("class and probability targets against the reference, with gradients", () => {
    const plans = fc.record({ plan: lossPlans, soft: fc.boolean(), epsilon: fc.constantFrom(undefined, 0, 1, 2, -0.5) });
    const property = fc.property(plans, upstreams, ({ plan, soft, epsilon }, upstream) => {
      const call = lossCase({ ...plan, weightForm: undefined, ...(soft ? { targetForm: int32, ignored: 0 } : {}) });
      const { layout } = call;
      const random = new Random(plan.seed + 1);
      const isPadded = layout.length !== layout.rows * layout.classes;
      const logits = soft
        ? spread(layout, random.normals(layout.rows * layout.classes, plan.scale, plan.offset))
        : call.plainLogits;
      const own = soft ? forFast(plan.logitsForm, logits, layout, isPadded).logits : call.logits;
      const distributions = random.distributions(layout.rows, layout.classes);
      const plainTargets = soft ? spread(layout, distributions, 0) : call.plainTargets;
      const targets = soft ? (plainTargets as Float32Array) : call.targets;
      const { ignoreIndex: _, weight: __, ...others } = call.options;
      const common = { ...(soft ? others : call.options), ...given({ epsilon }) };
      const more = upstreamOf(upstream, call, new Random(plan.seed + 2));
      const { value, grad } = functions.polyLossValueAndGrad(own, targets, { ...common, ...more });
      const { out: ___, ...fresh } = common as Options;
      expectSameBits(value, functions.polyLoss(own, targets, fresh), "value");
      const { ignoreIndex: ____, ...plainOthers } = call.plainOptions;
      const plain = { ...(soft ? plainOthers : call.plainOptions), ...given({ epsilon }), ...more };
      const expected = exact(["poly", plan, soft, epsilon, upstream], () => {
        return reference.polyLossValueAndGrad(logits, plainTargets, plain);
      });
      const wanted = typeof expected.value === "number" ? [expected.value] : expected.value;
      expectWithin(value, expected.value, (i) => 4e-7 * Math.max(1, Math.abs(wanted[i])), "value");
      expectWithin(grad, expected.grad, bound(expected.grad, 4), "grad");
    });
    fc.assert(property, settings(150));
  });

  it("rows of several segments", () => {
    const classes = 132000;
    const random = new Random(5);
    const logits = random.normals(classes);
    for (const targets of [Int32Array.of(17), random.distributions(1, classes)]) {
      const options = { shape: [1, classes], epsilon: 2 };
      const kind = targets instanceof Int32Array ? "classes" : "probabilities";
      const expected = exact(["long poly", kind], () => reference.polyLossValueAndGrad(logits, targets, options));
      const { value, grad } = functions.polyLossValueAndGrad(logits, targets, options);
      expectWithin(value, expected.value, () => 1e-6, "value");
      expectWithin(grad, expected.grad, bound(expected.grad, 1), "grad");
    }
  });
});

eachBackend("nllLossValueAndGrad", (functions) => {
  it("every option, layout and storage", () => {
    const property = fc.property(lossPlans, upstreams, (plan, upstream) => {
      const call = lossCase(plan);
      const more = (): object => upstreamOf(upstream, call, new Random(plan.seed + 2));
      const { value, grad } = functions.nllLossValueAndGrad(call.logits, call.targets as FloatTensor & number[], {
        ...call.options,
        ...more(),
      });
      const { out: _, ...fresh } = call.options;
      expectSameBits(value, functions.nllLoss(call.logits, call.targets as number[], fresh), "value");
      const expected = exact(["nll", plan, upstream], () => {
        return reference.nllLossValueAndGrad(call.plainLogits, call.plainTargets, { ...call.plainOptions, ...more() });
      });
      expectWithin(grad, expected.grad, (i) => 1e-7 * Math.abs(expected.grad[i]), "grad");
    });
    fc.assert(property, settings(100));
  });
});
