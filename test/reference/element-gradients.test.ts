/** Gradients of the elementwise losses against central differences of their values. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyValueAndGrad,
  binaryCrossEntropyWithLogits,
  binaryCrossEntropyWithLogitsValueAndGrad,
  type ElementReduction,
  type FloatTensor,
  klDivLoss,
  klDivLossValueAndGrad,
  sigmoidFocalLoss,
  sigmoidFocalLossValueAndGrad,
} from "../../src/reference/index.js";
import { Random, settings } from "../losses/random.js";
import { expectGradient, weigh } from "./finite-differences.js";
import { reductions, upstreamFor } from "./row-cases.js";

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });

/** Form of a factor: a tensor object whose dims broadcast, or a flat array. */
const factorKinds = fc.constantFrom("none", "full", "last", "flat", "flat last", "ones", "column");

const plans = fc.record({
  seed: fc.nat(1e6),
  shape: shapes,
  reduction: reductions,
  weight: factorKinds,
  posWeight: factorKinds,
  /** Hard targets are 0 or 1. */
  hard: fc.boolean(),
  upstream: fc.boolean(),
});
type Plan = typeof plans extends fc.Arbitrary<infer Value> ? Value : never;

interface ElementCase {
  readonly random: Random;
  readonly length: number;
  readonly targets: Float64Array;
  readonly upstream: number | Float64Array | undefined;
  readonly request: { readonly upstream?: number | Float64Array };
  factor(kind: Plan["weight"]): FloatTensor | undefined;
}

function elementCase({ seed, shape, reduction, hard, upstream: hasUpstream }: Plan): ElementCase {
  const random = new Random(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  const factors = (count: number): Float64Array => Float64Array.from({ length: count }, () => 0.25 + 2 * random.uniform());
  const broadcast = (dims: readonly number[]): FloatTensor => ({
    data: factors(dims.reduce((product, size) => product * size, 1)),
    dims,
  });
  const upstream = hasUpstream ? upstreamFor(reduction, length, random) : undefined;
  return {
    random,
    length,
    targets: Float64Array.from({ length }, () => (hard ? random.integer(2) : 0.05 + 0.9 * random.uniform())),
    upstream,
    request: upstream === undefined ? {} : { upstream },
    factor: (kind) => {
      switch (kind) {
        case "none":
          return undefined;
        case "full":
          return broadcast(shape);
        case "last":
          return broadcast(shape.slice(-1));
        case "flat":
          return factors(length);
        case "flat last":
          return factors(shape.at(-1) ?? 1);
        case "ones":
          return broadcast(shape.map(() => 1));
        default:
          return broadcast(shape.map((size, axis) => (axis === shape.length - 1 ? 1 : size)));
      }
    },
  };
}

function holds(runs: number, check: (given: ElementCase, plan: Plan) => void): void {
  fc.assert(
    fc.property(plans, (plan) => check(elementCase(plan), plan)),
    settings(runs),
  );
}

describe("gradients of the reference: elements", () => {
  it("binaryCrossEntropy", () => {
    holds(150, (given, { shape, reduction, weight: kind }) => {
      const { random, length, upstream } = given;
      // the differences step over 0 and 1, where targets end
      const targets = given.targets.map((target) => 0.05 + 0.9 * target);
      const weight = given.factor(kind);
      const options = { shape, reduction, ...(weight && { weight }) };
      const probs = Float64Array.from({ length }, () => 0.05 + 0.9 * random.uniform());
      const request = { ...options, ...given.request, targetGrad: true } as const;
      const { value, grad, targetGrad } = binaryCrossEntropyValueAndGrad(probs, targets, request);
      expect(value).toEqual(binaryCrossEntropy(probs, targets, options));
      expectGradient(grad, probs, (p) => weigh(binaryCrossEntropy(p, targets, options), upstream), "grad");
      expectGradient(targetGrad, targets, (y) => weigh(binaryCrossEntropy(probs, y, options), upstream), "targetGrad");
    });
  });

  it("binaryCrossEntropyWithLogits", () => {
    holds(200, (given, { shape, reduction, weight: kind, posWeight: positiveKind }) => {
      const { random, length, targets, upstream } = given;
      const weight = given.factor(kind);
      const posWeight = given.factor(positiveKind);
      const options = { shape, reduction, ...(weight && { weight }), ...(posWeight && { posWeight }) };
      const logits = Float64Array.from(random.normals(length, 3));
      const value = (x: Float64Array, y: Float64Array): number => weigh(binaryCrossEntropyWithLogits(x, y, options), upstream);
      const request = { ...options, ...given.request, targetGrad: true } as const;
      const both = binaryCrossEntropyWithLogitsValueAndGrad(logits, targets, request);
      expect(both.value).toEqual(binaryCrossEntropyWithLogits(logits, targets, options));
      expectGradient(both.grad, logits, (x) => value(x, targets), "grad");
      expectGradient(both.targetGrad, targets, (y) => value(logits, y), "targetGrad");
    });
  });

  it("sigmoidFocalLoss", () => {
    holds(200, (given, { shape, reduction, seed }) => {
      const { random, length, targets, upstream } = given;
      const alpha = [0.25, 0, 1, 0.7, -1][seed % 5];
      const gamma = [2, 0, 1, 0.5, 3.7, 6][seed % 6];
      const options = { shape, reduction, alpha, gamma };
      const logits = Float64Array.from(random.normals(length, 2));
      const { value, grad } = sigmoidFocalLossValueAndGrad(logits, targets, { ...options, ...given.request });
      expect(value).toEqual(sigmoidFocalLoss(logits, targets, options));
      expectGradient(grad, logits, (x) => weigh(sigmoidFocalLoss(x, targets, options), upstream), "grad");
    });
  });

  it("klDivLoss", () => {
    holds(200, (given, { shape, reduction: plain, seed }) => {
      const { random, length, upstream } = given;
      const logTarget = seed % 2 === 0;
      const reduction: ElementReduction = plain === "mean" && seed % 3 === 0 ? "batchmean" : plain;
      const options = { shape, reduction, logTarget };
      const x = Float64Array.from(random.normals(length, 2));
      const t = Float64Array.from({ length }, () => (logTarget ? -3 * random.uniform() : 0.05 + random.uniform()));
      const request = { ...options, ...given.request, targetGrad: true } as const;
      const { value, grad, targetGrad } = klDivLossValueAndGrad(x, t, request);
      expect(value).toEqual(klDivLoss(x, t, options));
      expectGradient(grad, x, (moved) => weigh(klDivLoss(moved, t, options), upstream), "grad");
      expectGradient(targetGrad, t, (moved) => weigh(klDivLoss(x, moved, options), upstream), "targetGrad");
    });
  });
});
