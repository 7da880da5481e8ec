/** compareLogits on every backend: against the f64 reference, and properties that hold for any two models. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { FloatTensor, LogitsComparison } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin } from "../losses/compare.js";
import { eachBackend } from "../losses/each-backend.js";
import { layOut, spread } from "../losses/layouts.js";
import { Random, settings } from "../losses/random.js";
import { halfTypes, numbersOf, wordsOf } from "../support/halves.js";
import { remembered } from "../support/remembered.js";
import { noisy, SIZES, tokenCase, tokenPlans } from "./token-cases.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;

/** Relative tolerance of 1e-12, because all is in f64. The softcap is in f32 and adds an error of `cap` to each logit and p_c. */
function expectCompared(actual: LogitsComparison, expected: reference.LogitsComparison, cap: number): void {
  const near = (values: Float64Array) => (i: number) => {
    const size = Math.abs(values[i]);
    return 4e-15 + 1e-12 * size + 3 * cap * (1 + size);
  };
  const { klDivergences, baseLogProbs, otherLogProbs } = expected;
  expectWithin(actual.klDivergences, klDivergences, near(klDivergences), "klDivergences");
  expectWithin(actual.baseLogProbs, baseLogProbs, near(baseLogProbs), "baseLogProbs");
  expectWithin(actual.otherLogProbs, otherLogProbs, near(otherLogProbs), "otherLogProbs");
  expectSameBits(actual.sameTop, expected.sameTop, "sameTop");
}

/** The reference's results, and two models' logits, computed once for all backends. */
const exact = remembered();
const made = remembered();

/** To be read only. */
function modelsOf(rows: number, classes: number) {
  return made([rows, classes], () => {
    const random = new Random(rows * 31 + classes);
    const base = random.normals(rows * classes, 3);
    return { base, other: base.map((x) => x + 0.1 * random.normal()), targets: random.classes(rows, classes) };
  });
}

eachBackend("compareLogits", (functions) => {
  it("every option, layout and storage; ties, infinities, NaN and ignored rows", () => {
    const property = fc.property(tokenPlans, fc.constantFrom(2, 0.1, 1e-4), (plan, distance) => {
      const call = tokenCase(plan);
      const other = noisy(plan, call, distance);
      const { rowStride: otherRowStride } = call.options;
      const strides = otherRowStride === undefined ? {} : { otherRowStride };
      const options = { ...call.options, ...strides, shape: plan.layout.shape };
      const actual = functions.compareLogits(call.logits, other, call.targets, options);
      const expected = exact(["plan", plan, distance], () => {
        return reference.compareLogits(call.plainLogits, other, call.targets, { ...call.plainOptions, ...strides });
      });
      expectCompared(actual, expected, call.cap);
      const { tokens, nanTokens, sameTop } = expected.totals;
      expect(actual.totals).toMatchObject({ tokens, nanTokens, sameTop });
    });
    fc.assert(property, settings(150));
  });

  it("sizes around vectors, blocks, the kernels' limits, tiles and segments", () => {
    for (const [rows, classes] of SIZES) {
      const { base, other, targets } = modelsOf(rows, classes);
      const aims = targets.with(rows - 1, classes - 1);
      const expected = exact(["size", rows, classes], () => reference.compareLogits(base, other, aims));
      expectCompared(functions.compareLogits(base, other, aims), expected, 0);
    }
  });

  it("vocabularies that are padded differently: the bits of the classes in use", () => {
    for (const [rows, classes] of SIZES) {
      const { base, other, targets } = modelsOf(rows, classes);
      for (const [padding, otherPadding] of [
        [1, 0],
        [0, 7],
        [5, classes + 9],
      ] as const) {
        const strides = { rowStride: classes + padding, otherRowStride: classes + otherPadding };
        const options = { shape: [rows, classes], softcap: 20, temperature: 0.5 };
        const actual = functions.compareLogits(
          spread(layOut([rows, classes], -1, strides.rowStride), base),
          spread(layOut([rows, classes], -1, strides.otherRowStride), other),
          targets,
          { ...options, ...strides },
        );
        const expected = functions.compareLogits(base, other, targets, options);
        for (const name of ["klDivergences", "baseLogProbs", "otherLogProbs", "sameTop"] as const) {
          expectSameBits(actual[name], expected[name], `${name} of ${rows} x ${classes}, padded by ${padding}, ${otherPadding}`);
        }
      }
    }
  });

  it("one stride alone is that of its model", () => {
    const [base, other] = [new Random(1).normals(12, 3), new Random(2).normals(12, 3)];
    const dense = (values: Float32Array) => values.filter((_, i) => i % 4 < 3);
    const shape = [3, 3];
    const expected = functions.compareLogits(dense(base), dense(other), [0, 1, 2]);
    expect(functions.compareLogits(base, dense(other), [0, 1, 2], { shape, rowStride: 4 })).toEqual(expected);
    expect(functions.compareLogits(dense(base), other, [0, 1, 2], { shape, otherRowStride: 4 })).toEqual(expected);
    const tensor = (data: Float32Array): FloatTensor => ({ data, dims: [3, 4] });
    const tensors = [tensor(base), tensor(other)] as const;
    const both = { shape, rowStride: 4, otherRowStride: 4 };
    expect(functions.compareLogits(...tensors, [0, 1, 2], both)).toEqual(expected);
    expect(reference.compareLogits(...tensors, [0, 1, 2], both).klDivergences).toHaveLength(3);
  });

  it("top classes of rows of several segments, in any of the segments", () => {
    const classes = 140000;
    const tops = [0, 5, 65535, 65536, 131072, 139999];
    const pairs = tops.flatMap((base) => tops.map((other) => [base, other] as const));
    const logits = (side: 0 | 1) => {
      const rows = new Float32Array(pairs.length * classes);
      for (const [row, pair] of pairs.entries()) rows[row * classes + pair[side]] = 1;
      return rows;
    };
    const { sameTop } = functions.compareLogits(logits(0), logits(1), new Int32Array(pairs.length));
    expect(Array.from(sameTop)).toEqual(pairs.map(([base, other]) => (base === other ? 1 : 0)));
  });

  it("models whose logits differ by 1e-4: the divergence keeps six digits", () => {
    for (const classes of [10, 1000, 50257]) {
      const random = new Random(classes);
      const base = random.normals(4 * classes, 3);
      const other = base.map((x) => x + 1e-4 * random.normal());
      const targets = new Int32Array(4);
      const { klDivergences } = functions.compareLogits(base, other, targets);
      const expected = reference.compareLogits(base, other, targets).klDivergences;
      expectWithin(klDivergences, expected, (i) => 3e-6 * expected[i], `${classes} classes`);
      for (const kl of klDivergences) expect(kl).toBeLessThan(1e-7);
    }
  });

  it("a model with itself: divergence 0, change 0, the same top class, correlation 1", () => {
    const random = new Random(3);
    const base = random.normals(50 * 300, 3);
    const { klDivergences, totals } = functions.compareLogits(base, base.slice(), random.classes(50, 300));
    expect(klDivergences).toEqual(new Float64Array(50));
    const same = { perplexityRatio: 1, perplexityRatioStderr: 0, perplexityDifference: 0, perplexityDifferenceStderr: 0 };
    const none = { meanKl: 0, meanKlStderr: 0, maxKl: 0, rmsProbabilityChange: 0, rmsProbabilityChangeStderr: 0 };
    expect(totals).toMatchObject({ ...same, ...none, logProbCorrelation: 1, sameTop: 1, sameTopStderr: 0 });
  });

  it("empty inputs", () => {
    const { klDivergences, totals } = functions.compareLogits([], [], []);
    expect([klDivergences.length, totals.tokens, totals.nanTokens]).toEqual([0, 0, 0]);
    expect([totals.meanKl, totals.medianKl, totals.sameTop, totals.klPercentiles["99"]]).toEqual(Array(4).fill(NOT_A_NUMBER));
  });

  it("the divergence is never negative, and changes when the models are swapped", () => {
    const property = fc.property(fc.nat(1e6), fc.constantFrom(1e-6, 1e-3, 1, 20), (seed, distance) => {
      const random = new Random(seed);
      const base = random.normals(8 * 37, 3);
      const other = base.map((x) => x + distance * random.normal());
      const targets = random.classes(8, 37);
      const there = functions.compareLogits(base, other, targets);
      const back = functions.compareLogits(other, base, targets);
      for (const kl of [...there.klDivergences, ...back.klDivergences]) expect(kl).toBeGreaterThanOrEqual(0);
      expectSameBits(there.otherLogProbs, back.baseLogProbs, "log-probabilities");
      expect(there.totals.logPerplexityRatio).toBe(-back.totals.logPerplexityRatio);
    });
    fc.assert(property, settings(60));
  });

  it("masked classes and rows without a distribution", () => {
    const base = Float32Array.of(1, 0, MASKED, 1, 0, 2, 1, NOT_A_NUMBER, 2, MASKED, MASKED, MASKED, 0, 1, 2);
    const other = Float32Array.of(1, 0, 5, 1, MASKED, 2, 1, 0, 2, 1, 0, 2, 0, INFINITE, 2);
    const { klDivergences, sameTop, otherLogProbs, totals } = functions.compareLogits(base, other, [0, 1, 2, 0, 1]);
    const kl = Math.log((Math.E ** -4 + Math.E ** -5 + 1) / (Math.E ** -4 + Math.E ** -5));
    expect(klDivergences[0]).toBeCloseTo(kl, 12);
    expect(Array.from(klDivergences.subarray(1))).toEqual([INFINITE, NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER]);
    expect(Array.from(sameTop)).toEqual([0, 1, 0, 0, 0]);
    expect(otherLogProbs[1]).toBe(MASKED);
    expect(totals).toMatchObject({ tokens: 5, nanTokens: 3, meanKl: NOT_A_NUMBER, medianKl: NOT_A_NUMBER, maxKl: NOT_A_NUMBER });
    const masked = functions.compareLogits(base.subarray(0, 6), other.subarray(0, 6), [0, 1]).totals;
    expect(masked).toMatchObject({
      meanKl: INFINITE,
      maxKl: INFINITE,
      minKl: klDivergences[0],
      nanTokens: 0,
      perplexityRatio: INFINITE,
    });
  });

  it.each(halfTypes)("a %s model against an f32 model: the bits of the same values in f32", (type) => {
    for (const [rows, classes] of [
      [20, 10],
      [2, 70000],
    ] as const) {
      const random = new Random(classes);
      const base = random.normals(rows * classes, 4);
      const words = wordsOf(base, type);
      const targets = random.classes(rows, classes);
      const compared = functions.compareLogits(base, { data: words, dims: [rows, classes], type }, targets);
      expect(compared).toEqual(functions.compareLogits(base, numbersOf(words, type), targets));
    }
  });
});
