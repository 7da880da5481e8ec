/** The gradients of linear cross-entropy on every backend against the f64 reference: random sizes, forms, options and outputs. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { LinearArgument, LinearGradOut, Reduction } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { isOfFloats, type LinearPlan, linearCase, linearPlans } from "./linear-cases.js";
import { Random, settings } from "./random.js";

const ALL: readonly LinearArgument[] = ["hidden", "linearWeight", "bias"];

const wants = fc.constantFrom<(readonly LinearArgument[])[]>(ALL, ["hidden"], ["linearWeight"], ["bias"], ["bias", "hidden"]);

/** How the gradients are asked for: by name, by arrays, or by arrays that hold something already. */
const outputs = fc.constantFrom("wants", "gradOut", "both", "accumulate");

const requests = fc.record({
  wants,
  output: outputs,
  upstream: fc.constantFrom(undefined, -0.5, "each" as const),
  /** Room for no logits, for those of a few classes, and for all. */
  maxBytes: fc.constantFrom(undefined, 300_000, 1e9),
});

/** The reference's gradients, computed once for all backends. */
const exact = remembered();

eachBackend("linearCrossEntropyValueAndGrad", (functions) => {
  it("every size, form, option and output", () => {
    const property = fc.property(linearPlans, requests, (plan, request) => {
      const { hidden, linearWeight, plainWeight, targets, options, factor } = linearCase(plan);
      const wanted = request.wants.filter((name) => name !== "linearWeight" || isOfFloats(plan.weightForm));
      if (wanted.length === 0) return;
      const upstream = upstreamOf(request.upstream, plan);
      const expected = exact([plan, request.upstream], () => {
        return reference.linearCrossEntropyValueAndGrad(hidden, plainWeight, targets, { ...options, ...upstream }).grad;
      });
      const random = new Random(plan.seed + 3);
      const held = Object.fromEntries(wanted.map((name) => [name, random.normals(expected[name].length)]));
      const given = Object.fromEntries(wanted.map((name) => [name, held[name]?.slice()])) as LinearGradOut;
      const { value, grad } = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, {
        ...options,
        ...upstream,
        ...(request.output === "gradOut" || request.output === "accumulate" ? {} : { wants: wanted }),
        ...(request.output === "wants" ? {} : { gradOut: given }),
        ...(request.output === "accumulate" ? { accumulate: true } : {}),
        ...(request.maxBytes === undefined ? {} : { maxBytes: request.maxBytes }),
      });
      expectSameBits(value, functions.linearCrossEntropy(hidden, linearWeight, targets, options), "value");
      expect(Object.keys(grad).sort()).toEqual([...wanted].sort());
      for (const name of wanted) {
        const got = grad[name] as Float32Array;
        if (request.output !== "wants") expect(got).toBe(given[name]);
        const added = request.output === "accumulate" ? (held[name] as Float32Array) : undefined;
        const whole = added ? expected[name].map((g, i) => g + (added[i] as number)) : expected[name];
        const unit = unitOf(expected[name], plan, factor);
        // an array that is added to is rounded to f32 once more for each block of rows
        expectWithin(got, whole, (i) => unit + (added ? 2e-7 * Math.abs(whole[i] as number) + 2e-7 : 0), name);
      }
      // with one class the gradient of a row that counts is 0 too, but for rounding
      if (!wanted.includes("hidden") || request.output === "accumulate" || plan.size.classes === 1) return;
      const { hidden: ofHidden } = grad as { readonly hidden: Float32Array };
      expect(zeroRows(expected.hidden, plan).every((i) => Object.is(ofHidden[i], 0))).toBe(true);
    });
    fc.assert(property, settings(250));
  });

  it("twice into the same arrays is twice the gradient", () => {
    const random = new Random(5);
    const [hidden, linearWeight] = [random.normals(10 * 6), random.normals(7 * 6)];
    const targets = random.classes(10, 7);
    const gradOut = { hidden: new Float32Array(60), linearWeight: new Float32Array(42), bias: new Float32Array(7) };
    for (let step = 0; step < 2; step++) {
      functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { gradOut, accumulate: true });
    }
    const { grad } = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { upstream: 2 });
    for (const name of ALL) expectWithin(gradOut[name], grad[name], (i) => 2e-7 * Math.abs(grad[name][i] as number) + 1e-9, name);
  });

  it("writes nothing but its arrays", () => {
    const random = new Random(6);
    const [hidden, linearWeight] = [random.normals(9 * 5), random.normals(4 * 5)];
    const memory = new Float32Array(45 + 20 + 4 + 4).fill(7);
    const [h, w, b] = [memory.subarray(1, 46), memory.subarray(47, 67), memory.subarray(68, 72)];
    const gradOut = { hidden: h, linearWeight: w, bias: b };
    const targets = random.classes(9, 4);
    const { grad } = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets);
    functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { gradOut });
    expect([...memory]).toEqual([7, ...grad.hidden, 7, ...grad.linearWeight, 7, ...grad.bias, 7]);
  });

  it("keeps the bits of a gradient whatever is kept, and whatever else is wanted", () => {
    const random = new Random(7);
    const [rows, classes, width] = [130, 500, 20];
    const [hidden, linearWeight] = [random.normals(rows * width), random.normals(classes * width)];
    const targets = random.classes(rows, classes);
    const gradientsOf = (names: readonly LinearArgument[], maxBytes?: number) =>
      functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { wants: names, maxBytes }).grad;
    const all = gradientsOf(ALL);
    // the hidden gradient alone is computed in one pass, with sums of its own
    const alone = gradientsOf(["hidden"]).hidden;
    const greatest = alone.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    expectWithin(alone, all.hidden, () => 1e-6 * greatest, "hidden alone");
    for (const maxBytes of [0, 300_000, 1e9]) {
      const kept = gradientsOf(ALL, maxBytes);
      for (const name of ALL) {
        expectSameBits(kept[name], all[name], `${name} with ${maxBytes}`);
        const wanted = name === "hidden" ? alone : all[name];
        expectSameBits(gradientsOf([name], maxBytes)[name], wanted, `${name} alone with ${maxBytes}`);
      }
      const pair = gradientsOf(["bias", "hidden"], maxBytes);
      expectSameBits(pair.hidden, all.hidden, `hidden and bias with ${maxBytes}`);
    }
  });

  it.each([[["hidden"]], [["hidden", "linearWeight", "bias"]]] as const)(
    "rows without a distribution, and tiny losses: %s",
    (names) => {
      const infinity = Number.POSITIVE_INFINITY;
      const rows: readonly (readonly [what: string, hidden: readonly number[], bias: readonly number[], target: number])[] = [
        ["NaN", [Number.NaN, 1], [0, 0, 0], 1],
        ["+inf", [1, 2], [infinity, 0, 0], 1],
        ["only -inf", [1, 2], [-infinity, -infinity, -infinity], 1],
        ["-inf elsewhere", [1, 2], [-infinity, 0, 0], 1],
        ["a tiny loss", [20, 1], [0, 0, 0], 0],
        ["a great loss", [-100, 1], [0, 0, 0], 0],
      ];
      const linearWeight = Float32Array.of(1, 0, 0, 1, -1, 0.5);
      for (const [what, hidden, bias, target] of rows) {
        const expected = reference.linearCrossEntropyValueAndGrad(hidden, linearWeight, target, { bias }).grad;
        const { grad } = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, target, { bias, wants: names });
        for (const name of names) {
          const greatest = expected[name].reduce((most, g) => Math.max(most, Math.abs(g)), 0);
          expectWithin(grad[name], expected[name], () => 5e-6 * greatest, `${what}: ${name}`);
        }
      }
    },
  );
});

function upstreamOf(upstream: number | "each" | undefined, plan: LinearPlan): { readonly upstream?: number | Float32Array } {
  if (upstream === undefined) return {};
  if (upstream !== "each") return { upstream };
  const reduction: Reduction = plan.reduction ?? "mean";
  return reduction === "none" ? { upstream: new Random(plan.seed + 2).normals(plan.size.rows) } : {};
}

/** 4e-6 of the greatest element, and 1e-6 of what a row can add where all of them are small. */
function unitOf(
  expected: Float64Array,
  { reduction, size, scale, zLoss, temperature, softcap }: LinearPlan,
  factor: number,
): number {
  const greatest = expected.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  const isMean = reduction === undefined || reduction === "mean";
  const perRow = (factor * Math.max(1, scale) * (1 + 10 * (zLoss ?? 0)) * (1 + (softcap ?? 0) / 5)) / (temperature ?? 1);
  return 4e-6 * greatest + (1e-6 * perRow * 5) / (isMean ? size.rows : 1);
}

/** Elements of the rows whose gradient is 0 throughout: those that do not count. */
function zeroRows(expected: Float64Array, { size: { width } }: LinearPlan): number[] {
  return Array.from(expected.keys()).filter((i) => isRowZero(expected, i, width));
}

function isRowZero(expected: Float64Array, i: number, width: number): boolean {
  const start = i - (i % width);
  return expected.subarray(start, start + width).every((g) => g === 0);
}
