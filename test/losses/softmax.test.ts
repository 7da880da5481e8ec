/** softmax, logSoftmax and logSumExp on every backend against the f64 reference, within their stated bounds. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { FloatTensor } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin, rowBound } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { layOut, layouts, spread } from "./layouts.js";
import { isTensor } from "./loss-cases.js";
import { Random, settings } from "./random.js";
import { floatForms, floatsAs } from "./storage.js";

const plans = fc.record({
  seed: fc.nat(1e6),
  layout: layouts.map(({ shape, axis }) => layOut(shape, axis)),
  scale: fc.constantFrom(0, 1, 3, 10, 30),
  offset: fc.constantFrom(0, 0, 1, -100, 1e4, -1e4),
  masked: fc.constantFrom(0, 0, 0.2),
  form: fc.constantFrom(...floatForms),
  outIs: fc.constantFrom("new", "given", "the logits"),
});

/** Logits, some of them -inf, for the fast functions and for the reference. */
function logitsOf(plan: typeof plans extends fc.Arbitrary<infer Plan> ? Plan : never) {
  const { layout, form } = plan;
  const random = new Random(plan.seed);
  const dense = random.normals(layout.rows * layout.classes, plan.scale, plan.offset);
  for (let row = 0; row < layout.rows; row++) {
    // the first class stays finite, so that every row has a finite logit
    for (let c = 1; c < layout.classes; c++) {
      if (random.uniform() < plan.masked) dense[row * layout.classes + c] = Number.NEGATIVE_INFINITY;
    }
  }
  const plain = spread(layout, dense);
  const logits: FloatTensor = floatsAs(form, plain.slice(), layout.shape);
  const options = { axis: layout.axis, ...(isTensor(form) ? {} : { shape: layout.shape }) };
  const outs = { new: undefined, given: new Float32Array(plain.length), "the logits": logits };
  const wanted = outs[plan.outIs];
  const out = wanted instanceof Float32Array ? wanted : undefined;
  return {
    plain,
    logits,
    options: out ? { ...options, out } : options,
    plainOptions: { axis: layout.axis, shape: layout.shape },
  };
}

eachBackend("the softmax family", (functions) => {
  it("softmax: 2e-7 absolute, 1e-5 relative down to 1e-30", () => {
    const property = fc.property(plans, (plan) => {
      const { plain, logits, options, plainOptions } = logitsOf(plan);
      const actual = functions.softmax(logits, options);
      const expected = reference.softmax(plain, plainOptions);
      if ("out" in options) expect(actual).toBe(options.out);
      expectWithin(actual, expected, (i) => Math.min(2e-7, 1e-5 * expected[i] + 1e-30), "probabilities");
      expectRowsSumToOne(actual, plan.layout.rows);
    });
    fc.assert(property, settings(250));
  });

  it("logSoftmax: 2e-7 max(1, |y|)", () => {
    const property = fc.property(plans, (plan) => {
      const { plain, logits, options, plainOptions } = logitsOf(plan);
      const actual = functions.logSoftmax(logits, options);
      const expected = reference.logSoftmax(plain, plainOptions);
      if ("out" in options) expect(actual).toBe(options.out);
      expectWithin(actual, expected, (i) => 2e-7 * Math.max(1, Math.abs(expected[i])), "log-probabilities");
    });
    fc.assert(property, settings(250));
  });

  it("logSumExp: the bound of a row loss, plus the rounding to f32", () => {
    const property = fc.property(plans, fc.boolean(), (plan, ownOut) => {
      const { plain, logits, plainOptions } = logitsOf({ ...plan, outIs: "new" });
      const { layout, form } = plan;
      const out = new Float32Array(layout.rows);
      const options = { axis: layout.axis, ...(isTensor(form) ? {} : { shape: layout.shape }), ...(ownOut ? { out } : {}) };
      const actual = functions.logSumExp(logits, options);
      const expected = reference.logSumExp(plain, plainOptions);
      if (ownOut) expect(actual).toBe(out);
      else expect(actual).toBeInstanceOf(Float32Array);
      const list = typeof expected === "number" ? [expected] : expected;
      expectWithin(actual, list, rowBound(list), "lse");
    });
    fc.assert(property, settings(250));
  });

  function expectRowsSumToOne(probabilities: Float32Array, rows: number): void {
    const total = probabilities.reduce((sum, p) => sum + p, 0);
    expectWithin(total / rows, 1, () => 1e-6, "mean of the rows' sums");
  }

  it("equal logits give exactly 1 / C and log(1 / C)", () => {
    for (const classes of [1, 2, 4, 8, 64, 128, 1024, 8192, 65536]) {
      const logits = new Float32Array(classes).fill(3.5);
      expectSameBits(functions.softmax(logits), new Float32Array(classes).fill(1 / classes), `softmax of ${classes}`);
      const logProbs = new Float32Array(classes).fill(0 - Math.log(classes));
      expectWithin(functions.logSoftmax(logits), logProbs, () => 0, `logSoftmax of ${classes}`);
    }
  });

  it("no elements, no classes, and a scalar", () => {
    const none = new Float32Array(0);
    expect(functions.softmax(none)).toEqual(none);
    expect(functions.logSoftmax(none, { shape: [3, 0] })).toEqual(none);
    expect(functions.logSumExp(none)).toBe(Number.NEGATIVE_INFINITY);
    expect(functions.logSumExp(none, { shape: [2, 0] })).toEqual(new Float32Array(2).fill(Number.NEGATIVE_INFINITY));
    expect(functions.logSumExp(none, { shape: [0, 2] })).toEqual(none);
    const scalar = { data: Float32Array.of(7), dims: [] };
    expect(functions.softmax(scalar)).toEqual(Float32Array.of(1));
    expect(functions.logSoftmax(scalar)).toEqual(Float32Array.of(0));
    expect(functions.logSumExp(scalar)).toEqual(Float32Array.of(7));
    expect(functions.logSumExp([7])).toBe(7);
  });

  it("the smallest probabilities: normal f32 numbers are kept, smaller ones may become 0", () => {
    const logits = Float32Array.of(0, -50, -80, -87, -87.5, -88, -100, Number.NEGATIVE_INFINITY);
    const p = functions.softmax(logits);
    const exact = Array.from(logits, Math.exp);
    expectWithin(p.subarray(0, 4), exact.slice(0, 4), (i) => 1e-5 * exact[i], "normal");
    expectWithin(p.subarray(4), exact.slice(4), () => 2 ** -126, "denormal");
    expectSameBits(p.subarray(6), [0, 0], "far below");
  });
});
