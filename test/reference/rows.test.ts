/** The reference's scores and partials, checked against another function of the reference or against the definition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  crossEntropy,
  crossEntropyFromPartial,
  entropy,
  type LogSumExpPartial,
  logSoftmax,
  logSumExp,
  logSumExpPartial,
  mergePartials,
  scoreTokens,
  softmax,
} from "../../src/reference/index.js";
import { elementAt, layOut } from "../losses/layouts.js";
import { Random, settings } from "../losses/random.js";
import { expectClose } from "../support/expect-close.js";
import { rowCase, rowPlans } from "./row-cases.js";

const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: ninf } = Number;
const tolerance = { atol: 1e-13, rtol: 1e-12 };

describe("scoreTokens of the reference", () => {
  it("agrees with logSoftmax, logSumExp, the entropy of the softmax, and the order of the logits", () => {
    const property = fc.property(rowPlans, (plan) => {
      const { layout, logits, classes, options } = rowCase(plan, "indices");
      const { reduction, emptyMean, weight, labelSmoothing, zLoss, ...given } = options;
      const { ignoreIndex, softcap, temperature = 1 } = given;
      const scores = scoreTokens(logits, classes, given);
      for (const [row, target] of classes.entries()) {
        const got = [scores.logProbs, scores.logSumExps, scores.entropies].map((array) => array[row]);
        if (target === ignoreIndex) {
          expect(got).toEqual(got.map(() => nan));
          expect([scores.ranks[row], scores.isGreedy[row]]).toEqual([0, 0]);
          continue;
        }
        const raw = Float64Array.from({ length: layout.classes }, (_, c) => logits[elementAt(layout, row, c)]);
        const x = raw.map((logit) => (softcap === undefined ? logit : softcap * Math.tanh(logit / softcap)) / temperature);
        const wanted = [logSoftmax(x)[target], logSumExp(x) as number, entropy(softmax(x)) as number];
        expectClose(got, wanted, tolerance, `row ${row}`);
        const rank = 1 + raw.filter((logit) => logit > raw[target]).length;
        expect([scores.ranks[row], scores.isGreedy[row]]).toEqual([rank, rank === 1 ? 1 : 0]);
      }
    });
    fc.assert(property, settings(300));
  });

  it("special rows", () => {
    const logits = [1, nan, nan, 5, inf, inf, ninf, ninf, ninf, ninf, 2, ninf, 300, 0, 0];
    const { logProbs, logSumExps, ranks, entropies } = scoreTokens(logits, [1, 2, 0, 0, 0]);
    expect(Array.from(ranks)).toEqual([0, 2, 1, 2, 1]);
    expect(Array.from(logProbs.slice(0, 4))).toEqual([nan, nan, nan, ninf]);
    expect(Array.from(logSumExps.slice(0, 4))).toEqual([nan, inf, ninf, 2]);
    expect(Array.from(entropies.slice(0, 4))).toEqual([nan, nan, nan, 0]);
    // 301 x 2 e^-300
    expect(entropies[4] / (602 * Math.exp(-300))).toBeCloseTo(1, 12);
  });
});

describe("partials of the reference", () => {
  it("shards merged in any order give the whole row, its log-sum-exp and its cross-entropy", () => {
    const plans = fc.record({
      seed: fc.nat(1e6),
      rows: fc.integer({ min: 1, max: 4 }),
      classes: fc.integer({ min: 3, max: 12 }),
    });
    const property = fc.property(plans, ({ seed, rows, classes }) => {
      const random = new Random(seed);
      const logits = Float64Array.from(random.normals(rows * classes, 1 + 30 * random.uniform()));
      const targets = random.classes(rows, classes);
      if (random.uniform() < 0.3) targets[0] = -100;
      const common = { softcap: 40, temperature: 0.7 };
      const shape = [rows, classes];
      const whole = logSumExpPartial(logits, targets, { shape, ...common });
      const firstCut = 1 + random.integer(classes - 2);
      const secondCut = firstCut + 1 + random.integer(classes - firstCut - 1);
      const starts = [0, firstCut, secondCut, classes];
      const layout = layOut(shape);
      const shards = [0, 1, 2].map((i) => {
        const [first, end] = [starts[i], starts[i + 1]];
        const values = Array.from({ length: rows * (end - first) }, (_, at) => {
          const width = end - first;
          return logits[elementAt(layout, Math.floor(at / width), first + (at % width))];
        });
        return logSumExpPartial(values, targets, { shape: [rows, end - first], firstClass: first, ...common });
      }) as [LogSumExpPartial, LogSumExpPartial, LogSumExpPartial];
      const [a, b, c] = shards;
      const zLoss = 0.01;
      const losses = crossEntropy(logits, targets, { ...common, zLoss, reduction: "none" });
      for (const merged of [whole, mergePartials([c, a, b]), mergePartials([mergePartials([b, c]), a])]) {
        expectClose(merged.rest, whole.rest, { atol: 0, rtol: 1e-13 }, "rest");
        for (const name of ["max", "targets", "targetLogit", "hasTarget"] as const) expect(merged[name]).toEqual(whole[name]);
        expectClose(crossEntropyFromPartial(merged, { zLoss, reduction: "none" }), losses, tolerance, "losses");
      }
      const mean = crossEntropy(logits, targets, { ...common, emptyMean: 0 });
      expectClose(crossEntropyFromPartial(whole, { emptyMean: 0 }), mean, tolerance, "mean");
    });
    fc.assert(property, settings(200));
  });

  it("special rows: max + log(1 + rest) is their log-sum-exp", () => {
    for (const row of [
      [ninf, ninf],
      [ninf, 3],
      [inf, 1],
      [inf, inf],
      [inf, nan],
      [1, nan],
      [ninf, nan],
      [2, 2],
    ]) {
      const shards = row.map((logit, firstClass) => logSumExpPartial([logit], 1, { firstClass }));
      for (const { max, rest } of [logSumExpPartial(row, 1), mergePartials(shards), mergePartials(shards.reverse())]) {
        expect(max[0] + Math.log1p(rest[0])).toBe(logSumExp(row));
      }
    }
  });

  it("tiny losses keep their relative accuracy in a merge", () => {
    const shards = [[20], [0], [0]].map((logits, firstClass) => logSumExpPartial(logits, 0, { firstClass }));
    expect(crossEntropyFromPartial(mergePartials(shards))).toBe(Math.log1p(2 * Math.exp(-20)));
  });

  it("rejects input that would give a plausible wrong number", () => {
    const one = logSumExpPartial([1, 2], 1);
    expect(() => mergePartials([])).toThrow("partials: expected at least one partial, got none");
    expect(() => mergePartials([one, one])).toThrow("partials: expected one shard with row 0's target, got 2");
    expect(() => mergePartials([one, logSumExpPartial([1, 2], 0)])).toThrow("expected the same targets");
    expect(() => mergePartials([one, logSumExpPartial([1, 2], [1, 1])])).toThrow("partials: expected 1 elements, got 2");
    expect(() => crossEntropyFromPartial(logSumExpPartial([1, 2], 2))).toThrow("expected a shard with class 2 for row 0");
    expect(() => crossEntropyFromPartial(logSumExpPartial([1, 2]))).toThrow(TypeError);
    expect(() => logSumExpPartial([1, 2], -1)).toThrow(RangeError);
  });
});
