/** entropy, crossEntropyBetween, klDivergence and jsDivergence over every backend against the f64 reference. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { FloatTensor, Functions, InformationOptions } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { type Layout, layOut, layouts, spread } from "./layouts.js";
import { isTensor } from "./loss-cases.js";
import { Random, settings } from "./random.js";
import { floatForms, floatsAs } from "./storage.js";

type Pair = "crossEntropyBetween" | "klDivergence" | "jsDivergence";
const pairs: readonly Pair[] = ["crossEntropyBetween", "klDivergence", "jsDivergence"];
const { crossEntropyBetween, klDivergence, jsDivergence } = reference;
const exact = { crossEntropyBetween, klDivergence, jsDivergence };

const plans = fc.record({
  seed: fc.nat(1e6),
  layout: layouts.map(({ shape, axis }) => layOut(shape, axis)),
  form: fc.constantFrom(...floatForms),
  base: fc.constantFrom<InformationOptions["base"][]>(undefined, "e", 2, 10, Math.E),
  ownOut: fc.boolean(),
});
type Plan = typeof plans extends fc.Arbitrary<infer Value> ? Value : never;

function callOf({ layout, form, base, ownOut }: Plan) {
  const options = {
    axis: layout.axis,
    ...(base === undefined ? {} : { base }),
    ...(isTensor(form) ? {} : { shape: layout.shape }),
    ...(ownOut ? { out: new Float32Array(layout.rows) } : {}),
  };
  const plainOptions = { axis: layout.axis, shape: layout.shape, ...(base === undefined ? {} : { base }) };
  return { options, plainOptions };
}

const distributions = (random: Random, layout: Layout): Float32Array =>
  spread(layout, random.distributions(layout.rows, layout.classes));

eachBackend("measures of probability vectors", (functions) => {
  it("entropy: relative error of 1e-14, plus f32 rounding in a batch", () => {
    const property = fc.property(plans, (plan) => {
      const { options, plainOptions } = callOf(plan);
      const p = distributions(new Random(plan.seed), plan.layout);
      const actual = functions.entropy(floatsAs(plan.form, p, plan.layout.shape), options);
      check(actual, reference.entropy(p, plainOptions), "entropy");
    });
    fc.assert(property, settings(200));
  });

  it.each(pairs)("%s: error of 1e-14 relative to the terms, plus f32 rounding in a batch", (name) => {
    const property = fc.property(plans, fc.boolean(), (plan, near) => {
      const { options, plainOptions } = callOf(plan);
      const random = new Random(plan.seed);
      const p = distributions(random, plan.layout);
      // for close p and q the logarithms nearly cancel
      const q = near ? p.map((value) => value * (1 - 1e-4 * random.uniform())) : distributions(random, plan.layout);
      const as = (values: Float32Array): FloatTensor => floatsAs(plan.form, values, plan.layout.shape);
      check(functions[name](as(p), as(q), options), exact[name](p, q, plainOptions), name);
    });
    fc.assert(property, settings(200));
  });

  function check(actual: number | Float32Array, expected: number | Float64Array, what: string): void {
    const list = typeof expected === "number" ? [expected] : expected;
    // every case has a shape or dims, so the result is an array
    expect(actual).toBeInstanceOf(Float32Array);
    expectWithin(actual, list, (i) => 1e-14 + 6e-8 * Math.abs(list[i]), what);
  }

  it("rows longer than a segment, and many rows", () => {
    const random = new Random(2);
    for (const [rows, classes] of [
      [2, 65537],
      [1, 140000],
      [5000, 3],
    ] as const) {
      const shape = [rows, classes];
      const p = random.distributions(rows, classes);
      const q = random.distributions(rows, classes);
      // q must not be 0 where p is not: the result would be infinite
      const safe = q.map((value) => Math.max(value, 1e-9));
      const allowed = (expected: number | Float64Array) => (i: number) => 1e-7 * Math.abs((expected as Float64Array)[i]);
      const entropy = reference.entropy(p, { shape });
      expectWithin(functions.entropy(p, { shape }), entropy, allowed(entropy), `entropy of ${rows} x ${classes}`);
      for (const name of pairs) {
        const expected = exact[name](p, safe, { shape });
        expectWithin(functions[name](p, safe, { shape }), expected, allowed(expected), `${name} of ${rows} x ${classes}`);
      }
    }
  });

  it("0 log 0 = 0; p > 0 at q = 0 gives +inf; the Jensen-Shannon divergence stays finite", () => {
    const certain = [1, 0, 0];
    const other = [0, 0.5, 0.5];
    expect(functions.entropy(certain)).toBe(0);
    expect(functions.crossEntropyBetween(certain, certain)).toBe(0);
    expect(functions.klDivergence(certain, certain)).toBe(0);
    expect(functions.crossEntropyBetween(other, certain)).toBe(Number.POSITIVE_INFINITY);
    expect(functions.klDivergence(other, certain)).toBe(Number.POSITIVE_INFINITY);
    expect(functions.jsDivergence(other, certain)).toBeCloseTo(Math.LN2, 14);
    expect(functions.jsDivergence(certain, certain)).toBe(0);
  });

  it("identities between the measures", () => {
    const random = new Random(4);
    for (const classes of [2, 3, 17, 600]) {
      const p = random.distributions(1, classes);
      const q = random.distributions(1, classes).map((value) => Math.max(value, 1e-6));
      const value = (name: keyof Functions, ...inputs: FloatTensor[]): number =>
        (functions[name] as (...inputs: FloatTensor[]) => number)(...inputs);
      const h = value("entropy", p);
      expectWithin(value("crossEntropyBetween", p, q), h + value("klDivergence", p, q), () => 1e-12, "H(p, q) = H(p) + D(p | q)");
      expectWithin(value("crossEntropyBetween", p, p), h, () => 1e-13, "H(p, p) = H(p)");
      expectWithin(value("jsDivergence", p, q), value("jsDivergence", q, p), () => 1e-14, "JS is symmetric");
      expect(value("klDivergence", p, p)).toBe(0);
      expect(value("jsDivergence", p, q)).toBeLessThanOrEqual(Math.LN2);
      expect(functions.entropy(p, { base: 2 })).toBeCloseTo(h / Math.LN2, 13);
      expect(functions.entropy(p, { base: 10 })).toBeCloseTo(h / Math.LN10, 13);
    }
  });

  it("a softmax is a distribution; denormal probabilities count", () => {
    const logits = new Random(6).normals(3000, 5);
    expect(() => functions.entropy(functions.softmax(logits))).not.toThrow();
    const p = Float32Array.of(1, 1e-42);
    expectWithin(functions.entropy(p), reference.entropy(p), () => 1e-55, "entropy");
  });
});
