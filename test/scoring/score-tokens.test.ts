/** scoreTokens on every backend: against the f64 reference, and against other functions that compute the same numbers. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ScoreTokensOptions, TokenScores } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin, f32Step, rowBound } from "../losses/compare.js";
import { eachBackend } from "../losses/each-backend.js";
import { Random, settings } from "../losses/random.js";
import { halfTypes, numbersOf, wordsOf } from "../support/halves.js";
import { remembered } from "../support/remembered.js";
import { SIZES, tokenCase, tokenPlans } from "./token-cases.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;

/** Distance of an entropy from the f64 result, rounding to f32 included. */
const ENTROPY_BOUND = 1e-6;

/** Checks ranks, hits and top-k classes exactly, and numbers within their bounds; `cap` is the softcap's error per logit. */
function expectScores(actual: TokenScores, expected: reference.TokenScores, classes: number, cap: number, topK: number): void {
  const near = (values: Float64Array) => {
    const bound = rowBound(values);
    return (i: number) => bound(i) + cap;
  };
  expectSameBits(actual.ranks, expected.ranks, "ranks");
  expectSameBits(actual.isGreedy, expected.isGreedy, "isGreedy");
  expectWithin(actual.logProbs, expected.logProbs, near(expected.logProbs), "logProbs");
  expectWithin(actual.logSumExps, expected.logSumExps, near(expected.logSumExps), "logSumExps");
  expectWithin(actual.entropies, expected.entropies, () => ENTROPY_BOUND + cap * (1 + Math.log(classes)), "entropies");
  const { sequences } = actual;
  expectSameBits(sequences.tokens, expected.sequences.tokens, "sequences.tokens");
  expectSameBits(sequences.isGreedy, expected.sequences.isGreedy, "sequences.isGreedy");
  const sums = (s: number) => (1 + cap * 1e7) * 1e-6 * (Math.abs(expected.sequences.logProbs[s]) + 1e3);
  expectWithin(sequences.logProbs, expected.sequences.logProbs, sums, "sequences.logProbs");
  if (topK === 0) {
    expect([actual.topIds, actual.topLogProbs]).toEqual([undefined, undefined]);
    return;
  }
  expectSameBits(actual.topIds as Int32Array, expected.topIds, "topIds");
  expectWithin(actual.topLogProbs as Float32Array, expected.topLogProbs, near(expected.topLogProbs), "topLogProbs");
}

/** The reference's results, computed once for all backends. */
const exact = remembered();

eachBackend("scoreTokens", (functions) => {
  /** `key` identifies the case. */
  const against = (
    key: readonly unknown[],
    logits: Float32Array,
    targets: Int32Array,
    options: ScoreTokensOptions = {},
  ): TokenScores => {
    const actual = functions.scoreTokens(logits, targets, options);
    const classes = logits.length / targets.length;
    const expected = exact(key, () => reference.scoreTokens(logits, targets, options));
    expectScores(actual, expected, classes, 0, options.topK ?? 0);
    return actual;
  };

  it("every option, layout and storage; ties, infinities, NaN and ignored rows", () => {
    const property = fc.property(tokenPlans, fc.constantFrom(0, 1, 3, 100), (plan, most) => {
      const { logits, targets, options, plainLogits, plainOptions, cap } = tokenCase(plan);
      const { classes } = plan.layout;
      const topK = Math.min(most, classes);
      const actual = functions.scoreTokens(logits, targets, { ...options, topK });
      const expected = exact(["plan", plan, topK], () => reference.scoreTokens(plainLogits, targets, { ...plainOptions, topK }));
      expectScores(actual, expected, classes, cap, topK);
      const { tokens, nanTokens, infiniteTokens, accuracy, nats } = actual.totals;
      expect({ tokens, nanTokens, infiniteTokens, accuracy }).toMatchObject({
        ...{ tokens: expected.totals.tokens, nanTokens: expected.totals.nanTokens },
        ...{ infiniteTokens: expected.totals.infiniteTokens, accuracy: expected.totals.accuracy },
      });
      const bound = () => (1e-6 + 10 * cap) * (tokens + Math.abs(expected.totals.nats));
      expectWithin(nats, expected.totals.nats, bound, "nats");
    });
    fc.assert(property, settings(150));
  });

  it("sizes around vectors, blocks, the kernels' limits, tiles and segments, the target in any of them", () => {
    for (const [rows, classes] of SIZES) {
      const random = new Random(rows * 31 + classes);
      // few distinct values, so that ranks depend on ties across every boundary
      const logits = Float32Array.from({ length: rows * classes }, (_, i) => (i % 3 === 0 ? random.integer(9) : random.normal()));
      const targets = random.classes(rows, classes);
      targets[rows - 1] = classes - 1;
      against(["rows", rows, classes], logits, targets, { topK: Math.min(classes, 7) });
      if (classes > 4096 || rows > 1000) continue;
      const shape = [classes, rows];
      const columns = Float32Array.from(logits, (_, i) => logits[(i % rows) * classes + Math.floor(i / rows)]);
      const options = { shape, axis: 0, topK: 1 };
      const actual = functions.scoreTokens(columns, targets, options);
      const expected = exact(["columns", rows, classes], () => reference.scoreTokens(columns, targets, options));
      expectScores(actual, expected, classes, 0, 1);
    }
  });

  it("the top hundred of sorted and unsorted logits", () => {
    for (const classes of [100, 101, 1000, 16384, 132000]) {
      const random = new Random(classes);
      const logits = Float32Array.from({ length: 3 * classes }, (_, i) =>
        i < classes ? random.normal() : i < 2 * classes ? i : -i,
      );
      against(["in order", classes], logits, Int32Array.of(0, classes - 1, 50), { topK: 100 });
    }
  });

  it("log-probabilities have the bits of crossEntropy's losses, log-sum-exps those of logSumExp", () => {
    for (const [rows, classes] of [
      [70, 10],
      [40, 300],
      [3, 50257],
    ] as const) {
      const random = new Random(classes);
      const logits = random.normals(rows * classes, 4);
      const targets = random.classes(rows, classes);
      for (const options of [{}, { softcap: 15, temperature: 0.7 }]) {
        const { logProbs } = functions.scoreTokens(logits, targets, options);
        const losses = functions.crossEntropy(logits, targets, { ...options, reduction: "none" });
        const negated = Float32Array.from(logProbs, (x) => 0 - x);
        expectSameBits(negated, losses, "losses");
      }
      const { logSumExps } = functions.scoreTokens(logits, targets);
      expectSameBits(logSumExps, functions.logSumExp(logits, { shape: [rows, classes] }), "logSumExps");
    }
  });

  it("ranks use the logits before the softcap, whose rounding does not create ties", () => {
    const logits = Float32Array.of(40, 60, 50, -70);
    const { ranks, topIds, logProbs, topLogProbs } = functions.scoreTokens(logits, 0, { softcap: 2, topK: 4 });
    expect(Array.from(ranks)).toEqual([3]);
    expect(Array.from(topIds as Int32Array)).toEqual([1, 2, 0, 3]);
    expect(logProbs[0]).toBe(functions.scoreTokens(logits, 1, { softcap: 2 }).logProbs[0]);
    expectWithin(
      topLogProbs as Float32Array,
      [0, 0, 0, -4].map((x) => x - Math.log(3 + Math.exp(-4))),
      () => 1e-6,
      "top",
    );
  });

  it("rows without a distribution: ranks exist with +inf and -inf, but not with NaN; ignored rows are not read", () => {
    const rows = [
      [1, INFINITE, 0],
      [MASKED, MASKED, MASKED],
      [1, NOT_A_NUMBER, 3],
      [NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER],
      [MASKED, 2, 2],
    ];
    const scores = functions.scoreTokens(Float32Array.from(rows.flat()), [1, 2, 2, -100, 0], { topK: 2 });
    expect(Array.from(scores.logProbs)).toEqual([NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER, MASKED]);
    expect(Array.from(scores.ranks)).toEqual([1, 3, 0, 0, 3]);
    expect(Array.from(scores.isGreedy)).toEqual([1, 0, 0, 0, 0]);
    expect(Array.from(scores.topIds as Int32Array)).toEqual([1, 0, 0, 1, -1, -1, -1, -1, 1, 2]);
    const entropies = [NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER, Math.fround(Math.LN2)];
    expect(Array.from(scores.entropies)).toEqual(entropies);
    const logSumExps = [INFINITE, MASKED, NOT_A_NUMBER, NOT_A_NUMBER, Math.fround(2 + Math.LN2)];
    expect(Array.from(scores.logSumExps)).toEqual(logSumExps);
    expect(scores.totals).toMatchObject({ tokens: 4, nanTokens: 3, infiniteTokens: 1, nats: NOT_A_NUMBER, accuracy: 0 });
    expect(Array.from(scores.sequences.tokens)).toEqual([4]);
  });

  it("NaN, infinities and masked classes at any index affect only their own row", () => {
    for (const classes of [1, 2, 5, 17, 65, 130, 600, 4097, 65_538]) {
      const random = new Random(classes);
      const rows = classes > 5000 ? 2 : 6;
      const logits = random.normals(rows * classes, 2);
      const targets = random.classes(rows, classes);
      const before = functions.scoreTokens(logits, targets);
      const some = [0, 1, 2, 3, 511, 512, 4096, 65_535, 65_536, classes - 2, classes - 1];
      for (const place of new Set(some.filter((c) => c >= 0 && c < classes))) {
        for (const value of [NOT_A_NUMBER, INFINITE, MASKED, 3.4e38, -3.4e38]) {
          const row = place % rows;
          const spoilt = logits.slice();
          spoilt[row * classes + place] = value;
          for (const target of [place, (place + 1) % classes]) {
            const aims = targets.slice();
            aims[row] = target;
            const after = against(["special", classes, place, String(value), target], spoilt, aims);
            for (const name of ["logProbs", "ranks", "entropies", "logSumExps"] as const) {
              const others = (values: ArrayLike<number>) => Array.from(values).toSpliced(row, 1);
              expectSameBits(others(after[name]), others(before[name]), `${name}, ${value} at ${place} of ${classes}`);
            }
          }
        }
      }
    }
  });

  it("rows of a single repeated value, and a masked segment", () => {
    for (const classes of [1, 2, 5, 64, 65, 513, 4097, 65_537, 132_000]) {
      const values = [MASKED, 1, INFINITE, -3.4e38, NOT_A_NUMBER, 0];
      const logits = Float32Array.from({ length: values.length * classes }, (_, i) => values[Math.floor(i / classes)]);
      const { entropies } = against(["one value", classes], logits, new Int32Array(values.length).fill(classes - 1));
      const uniform = Math.log(classes);
      expectWithin(entropies.subarray(1, 2), uniform, () => f32Step(uniform) / 2, "log C");
    }
    const classes = 140_000;
    for (const [from, to] of [
      [0, 65_536],
      [65_536, 131_072],
      [131_072, 140_000],
      [0, 139_999],
      [1, 140_000],
    ] as const) {
      const logits = new Random(from).normals(classes, 2).fill(MASKED, from, to);
      for (const target of [from, to % classes]) against(["masked", from, to, target], logits, Int32Array.of(target));
    }
  });

  it("tiny log-probabilities and entropies keep their relative accuracy; probability 1 has 0, not -0", () => {
    const { logProbs, entropies } = functions.scoreTokens([20, 0, 0], 0);
    expectWithin(logProbs, -4.1223072363804e-9, () => 1.3e-14, "logProb");
    expectWithin(entropies, 21 * 4.1223072363804e-9, () => 21 * 1.3e-14, "entropy");
    const certain = functions.scoreTokens([300, 0, 0], 0);
    for (const name of ["logProbs", "entropies"] as const) expectSameBits(certain[name], [0], name);
  });

  it("returns new arrays, which the next call does not change", () => {
    const first = functions.scoreTokens([1, 5, 2], 1, { topK: 2 });
    const copy = structuredClone(first);
    functions.scoreTokens([9, 5, 2], 2, { topK: 2 });
    expect(first).toEqual(copy);
  });

  it("empty inputs; a Float64Array is ranked by its values rounded to f32", () => {
    const { logProbs, topIds, sequences, totals } = functions.scoreTokens([], []);
    expect([logProbs.length, topIds, sequences.logProbs.length, totals.tokens]).toEqual([0, undefined, 1, 0]);
    expect(totals.perplexity).toBeNaN();
    const rounded = functions.scoreTokens(Float64Array.of(1, 1 + 1e-12, 0), 1, { topK: 3 });
    expect(rounded).toEqual(functions.scoreTokens([1, 1, 0], 1, { topK: 3 }));
    expect(Array.from(rounded.ranks)).toEqual([2]);
  });

  it("shift: row i against token i + 1 of its sequence; the last rows are ignored", () => {
    const random = new Random(4);
    const [batch, length, classes] = [3, 5, 40];
    const logits = random.normals(batch * length * classes, 2);
    const ids = random.classes(batch * length, classes);
    const shape = [batch, length, classes];
    for (const shift of [1, 2, 5, 9]) {
      const next = ids.map((_, i) => ((i % length) + shift < length ? ids[i + shift] : -100));
      const scores = functions.scoreTokens(logits, { data: ids, dims: [batch, length] }, { shape, shift });
      const expected = functions.scoreTokens(logits, next, { shape, shift: 0 });
      expect(scores).toEqual(expected);
      expect(scores.totals.tokens).toBe(batch * Math.max(0, length - shift));
    }
    expect(functions.scoreTokens(logits, ids, { shift: 1 }).totals.tokens).toBe(batch * length - 1);
  });

  it.each(halfTypes)("%s logits have the bits of the same values in f32", (type) => {
    for (const [rows, classes] of [
      [20, 10],
      [9, 500],
      [2, 70000],
    ] as const) {
      const random = new Random(classes);
      const words = wordsOf(random.normals(rows * classes, 4), type);
      const targets = random.classes(rows, classes);
      const options = { topK: 5, softcap: 20, shape: [rows, classes] };
      const half = functions.scoreTokens({ data: words, dims: [rows, classes], type }, targets, options);
      expect(half).toEqual(functions.scoreTokens(numbersOf(words, type), targets, options));
    }
  });
});
