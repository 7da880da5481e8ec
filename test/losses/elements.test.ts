/**
 * Every elementwise loss on every backend against the f64 reference: random shapes, options and storage, and sizes at which the
 * code path changes (a vector, a block of 512, a chunk of 16384).
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ElementReduction, FloatTensor, Functions } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { type ElementLoss, type ElementOptions, type ElementResult, elementData, elementLosses } from "./element-cases.js";
import { Random, settings } from "./random.js";
import { type FloatForm, floatForms, floatsAs } from "./storage.js";

/** Form of a factor: a tensor object whose dims broadcast, or a flat array. */
const factorKinds = fc.constantFrom("none", "none", "full", "last", "flat", "flat last", "one", "ones", "column", "inner");

const plans = fc.record({
  seed: fc.nat(1e6),
  shape: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 4 }),
  form: fc.constantFrom(...floatForms),
  targetForm: fc.constantFrom(...floatForms),
  reduction: fc.constantFrom<(ElementReduction | undefined)[]>(undefined, "mean", "sum", "none", "none", "batchmean"),
  weight: factorKinds,
  posWeight: factorKinds,
  upstream: fc.constantFrom("none", "number", "array"),
  ownOut: fc.boolean(),
  ownGradOut: fc.boolean(),
});
type Plan = typeof plans extends fc.Arbitrary<infer Value> ? Value : never;

function factorOf(kind: Plan["weight"], shape: readonly number[], random: Random): FloatTensor | undefined {
  const flat = (count: number): Float32Array => random.weights(count);
  const tensor = (dims: readonly number[]): FloatTensor => ({ data: flat(product(dims)), dims });
  switch (kind) {
    case "none":
      return undefined;
    case "full":
      return tensor(shape);
    case "last":
      return tensor(shape.slice(-1));
    case "flat":
      return Float64Array.from(flat(product(shape)));
    case "flat last":
      return Array.from(flat(shape.at(-1) ?? 1));
    case "one":
      return flat(1);
    case "ones":
      return tensor(shape.map(() => 1));
    case "column":
      return tensor(shape.map((size, axis) => (axis === shape.length - 1 ? 1 : size)));
    default:
      return tensor(shape.map((size, axis) => (axis % 2 === 1 ? size : 1)));
  }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/** Tolerance of an element: relative to its value, and to the terms it is computed from, which may cancel. */
const VALUE_BOUND = 1e-6;
const GRADIENT_BOUND = 1e-6;

function expectResult(actual: ElementResult, exact: ElementResult, unit: number, what: string): void {
  expectWithin(actual.value, exact.value, (i) => VALUE_BOUND * Math.max(unit, Math.abs(at(exact.value, i))), `value, ${what}`);
  expectWithin(actual.grad, exact.grad, (i) => GRADIENT_BOUND * Math.max(unit, Math.abs(at(exact.grad, i))), `grad, ${what}`);
  if (exact.targetGrad === undefined) return;
  const { targetGrad } = exact;
  const bound = (i: number): number => GRADIENT_BOUND * Math.max(4 * unit, Math.abs(at(targetGrad, i)));
  expectWithin(actual.targetGrad ?? [], rounded(targetGrad), bound, `targetGrad, ${what}`);
}

/** Values above f32's range become infinite; others stay. */
function rounded(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, (value) => (Math.abs(value) > 3.4028235e38 ? Math.fround(value) : value));
}

function at(values: number | ArrayLike<number>, i: number): number {
  return typeof values === "number" ? values : values[i];
}

function isTensor(form: FloatForm): boolean {
  return form.startsWith("tensor");
}

function checkPlan(functions: Functions, loss: ElementLoss, plan: Plan): void {
  const random = new Random(plan.seed);
  const { shape } = plan;
  const length = product(shape);
  const { x, y } = elementData(loss, length, random);
  const reduction = plan.reduction === "batchmean" && !loss.batchmean ? "sum" : plan.reduction;
  const isNone = reduction === "none";
  const weight = loss.weights.includes("weight") ? factorOf(plan.weight, shape, random) : undefined;
  const posWeight = loss.weights.includes("posWeight") ? factorOf(plan.posWeight, shape, random) : undefined;
  const perValue = isNone && plan.upstream === "array";
  const upstream = perValue ? random.normals(length) : plan.upstream === "none" ? undefined : random.normal();
  const common: ElementOptions = {
    ...(reduction === undefined ? {} : { reduction }),
    ...(weight === undefined ? {} : { weight }),
    ...(posWeight === undefined ? {} : { posWeight }),
  };
  const gradients: ElementOptions = {
    ...(upstream === undefined ? {} : { upstream }),
    ...(loss.targetGrad ? { targetGrad: true } : {}),
  };
  const own: ElementOptions = {
    ...(isTensor(plan.form) ? {} : { shape }),
    ...(isNone && plan.ownOut ? { out: new Float32Array(length) } : {}),
  };
  const gradOut = plan.ownGradOut ? { gradOut: new Float32Array(length) } : {};
  const input = floatsAs(plan.form, x, shape);
  const targets = floatsAs(plan.targetForm, y, shape);

  const actual = loss.gradient(functions, input, targets, { ...common, ...gradients, ...own, ...gradOut });
  const exact = loss.exact(x, y, { ...common, ...gradients, shape });
  const divisor = { mean: length, batchmean: shape[0] ?? 1, sum: 1, none: 1 }[reduction ?? "mean"];
  // weights are at most 2; sums have one term per element
  const unit = (4 * (reduction === "none" ? 1 : length)) / divisor;
  expectResult(actual, exact, unit, JSON.stringify(plan));
  if (own.out) expect(actual.value).toBe(own.out);
  if (gradOut.gradOut) expect(actual.grad).toBe(gradOut.gradOut);
  if (!loss.targetGrad) expect("targetGrad" in actual).toBe(false);
  // the value alone has the same bits
  const value = loss.value(functions, input, targets, { ...common, ...(isTensor(plan.form) ? {} : { shape }) });
  expect(value).toEqual(own.out ? own.out.slice() : actual.value);
}

function eachOf(check: (functions: Functions) => void): void {
  for (const { functions } of backends) check(functions);
}

const sizes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 511, 512, 513, 515, 1023, 1025, 16_383, 16_384, 16_385, 16_387];

/** The reference's results, computed once for all backends. */
const known = new Map<string, { x: Float32Array; y: Float32Array; exact: ElementResult }>();

function sized(loss: ElementLoss, length: number): { x: Float32Array; y: Float32Array; exact: ElementResult } {
  const key = `${loss.name} ${length}`;
  let found = known.get(key);
  if (!found) {
    const { x, y } = elementData(loss, length, new Random(length + 1));
    const options = { reduction: "none", ...(loss.targetGrad ? { targetGrad: true } : {}) } as const;
    found = { x, y, exact: loss.exact(x, y, options) };
    known.set(key, found);
  }
  return found;
}

for (const loss of elementLosses) {
  eachBackend(loss.name, (functions) => {
    it("every option, shape and storage", () => {
      fc.assert(
        fc.property(plans, (plan) => checkPlan(functions, loss, plan)),
        settings(60),
      );
    });

    it("sizes around the vector, the block and the chunk", () => {
      for (const length of sizes) {
        const { x, y, exact } = sized(loss, length);
        const options = loss.targetGrad ? { targetGrad: true } : {};
        const actual = loss.gradient(functions, x, y, { ...options, reduction: "none" });
        expectResult(actual, exact, 1, `${length} elements`);
        const sum = (exact.value as Float64Array).reduce((total, value) => total + value, 0);
        const allowed = (): number => 3e-7 * Math.max(1, length, Math.abs(sum));
        expectWithin(loss.value(functions, x, y, { reduction: "sum" }), sum, allowed, `sum of ${length} elements`);
        expectWithin(
          loss.value(functions, x, y, {}),
          sum / length,
          () => 3e-7 * Math.max(1, Math.abs(sum / length)),
          `mean of ${length}`,
        );
      }
    });
  });
}

describe("sigmoidFocalLoss", () => {
  /** torchvision.ops.sigmoid_focal_loss, line by line. */
  const torchvision = (x: number, y: number, alpha: number, gamma: number): number => {
    const p = 1 / (1 + Math.exp(-x));
    const ce = -(y * Math.log(p) + (1 - y) * Math.log(1 - p));
    const pT = p * y + (1 - p) * (1 - y);
    const loss = ce * (1 - pT) ** gamma;
    if (alpha < 0) return loss;
    return (alpha * y + (1 - alpha) * (1 - y)) * loss;
  };

  it("is torchvision's formula, also without weighting (alpha -1)", () => {
    const x = Array.from({ length: 23 }, (_, i) => Math.sin(i) * 4);
    const y = x.map((_, i) => [0, 1, 1, 0.25][i % 4] as number);
    eachOf((functions) => {
      for (const alpha of [-1, 0, 0.25, 1]) {
        for (const gamma of [0, 1, 2, 3.5]) {
          const actual = functions.sigmoidFocalLoss(x, y, { alpha, gamma, reduction: "none" });
          const exact = x.map((_, i) => torchvision(x[i] as number, y[i] as number, alpha, gamma));
          expectWithin(actual, exact, (i) => 2e-6 * (exact[i] as number), `alpha ${alpha}, gamma ${gamma}`);
        }
      }
    });
  });
});

describe("no elements", () => {
  it.each(elementLosses)("$name: a mean is NaN, a sum 0, an array empty", (loss) => {
    eachOf((functions) => {
      expect(loss.value(functions, [], [], {})).toBeNaN();
      expect(loss.value(functions, [], [], { shape: [0, 3], reduction: "sum" })).toBe(0);
      expect(loss.value(functions, [], [], { shape: [3, 0], reduction: "none" })).toEqual(new Float32Array(0));
      const { value, grad } = loss.gradient(functions, [], [], {});
      expect([value, grad]).toEqual([Number.NaN, new Float32Array(0)]);
    });
  });

  it("batchmean divides by the first dimension, whatever it is", () => {
    eachOf((functions) => {
      expect(functions.klDivLoss([], [], { shape: [3, 0], reduction: "batchmean" })).toBe(0);
      expect(functions.klDivLoss([], [], { shape: [0, 3], reduction: "batchmean" })).toBeNaN();
      const one = functions.klDivLoss({ data: [-1], dims: [] }, [0.5], { reduction: "batchmean" });
      expect(one).toBeCloseTo(0.5 * (Math.log(0.5) + 1), 7);
    });
  });
});
