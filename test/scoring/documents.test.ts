/** The option `documents`: standard errors that take documents as independent, and not the tokens within one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareLogits, mergeComparisons, mergeScores, scoreLogProbs, scoreTokens } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { addComparisons, emptyComparison } from "../../src/scoring/comparison-state.js";
import { comparisonTotals } from "../../src/scoring/comparison-totals.js";
import { type ErrorClass, expectRefusal } from "../arguments/refusal.js";
import { eachBackend } from "../losses/each-backend.js";
import { Random, settings } from "../losses/random.js";

const { NaN: NONE, NEGATIVE_INFINITY: MASKED } = Number;
const CLASSES = 5;

const plans = fc.record({
  seed: fc.nat(1e6),
  rows: fc.integer({ min: 1, max: 40 }),
  owners: fc.constantFrom(1, 2, 7),
  shift: fc.constantFrom(0, 1, 3),
  isMasked: fc.boolean(),
  special: fc.constantFrom(0, 0, 0.005),
});

type Plan = typeof plans extends fc.Arbitrary<infer Plan> ? Plan : never;

function textOf({ seed, rows, owners, special }: Plan) {
  const random = new Random(seed);
  const some = (x: number): number => (random.uniform() < special ? (random.uniform() < 0.5 ? NONE : MASKED) : x);
  const base = random.normals(rows * CLASSES, 2).map(some);
  const other = base.map((x) => some(x + 0.3 * random.normal()));
  const targets = random.classes(rows, CLASSES).map((target) => (random.uniform() < 0.1 ? -100 : target));
  const documents = random.classes(rows, owners).map((owner) => 3 - owner);
  const mask = random.classes(rows, 4);
  return { random, base, other, targets, documents, mask };
}

/** Class 0 of these bytes is a special token. */
const tokenBytes = [0, 1, 2, 3, 4];

eachBackend("documents", (functions) => {
  it("clustered errors agree with f64, with shift, masks, ignored rows, NaN and infinite losses", () => {
    const property = fc.property(plans, (plan) => {
      const { base, other, targets, documents, mask } = textOf(plan);
      const options = { shift: plan.shift, documents, ...(plan.isMasked && { mask }) };
      const scores = functions.scoreTokens(base, targets, { ...options, tokenBytes }).totals;
      const expected = reference.scoreTokens(base, targets, { ...options, tokenBytes }).totals;
      const near = (value: number | undefined, wanted: number | undefined, unit: number): boolean =>
        Object.is(value, wanted) || Math.abs((value as number) - (wanted as number)) <= 1e-6 * unit;
      const { perplexity } = expected;
      expect(scores.documents).toBe(expected.documents);
      expect([
        near(scores.perplexityClusteredStderr, expected.perplexityClusteredStderr, perplexity),
        near(scores.bitsPerByteClusteredStderr, expected.bitsPerByteClusteredStderr, 10),
      ]).toEqual([true, true]);
      const compared = functions.compareLogits(base, other, targets, options).totals;
      const wanted = reference.compareLogits(base, other, targets, options).totals as Readonly<Record<string, number>>;
      expect(compared.documents).toBe(wanted.documents);
      expect([
        near(compared.perplexityRatioClusteredStderr, wanted.perplexityRatioClusteredStderr, wanted.perplexityRatio as number),
        near(compared.meanKlClusteredStderr, wanted.meanKlClusteredStderr, 1),
      ]).toEqual([true, true]);
    });
    fc.assert(property, settings(60));
  });

  it("without documents no total changes, and none is added", () => {
    const { base, other, targets, documents } = textOf({ ...plan, rows: 20 });
    const {
      documents: _count,
      perplexityClusteredStderr: _perplexity,
      bitsPerByteClusteredStderr: _bits,
      sums: { documents: _sums, ...sums },
      ...totals
    } = functions.scoreTokens(base, targets, { tokenBytes, documents }).totals;
    expect({ ...totals, sums }).toEqual(functions.scoreTokens(base, targets, { tokenBytes }).totals);
    const compared = functions.compareLogits(base, other, targets, { documents }).totals;
    const names = Object.keys(functions.compareLogits(base, other, targets).totals);
    expect(Object.keys(compared).filter((name) => !names.includes(name))).toEqual([
      "documents",
      "perplexityRatioClusteredStderr",
      "meanKlClusteredStderr",
    ]);
  });
});

const plan: Plan = { seed: 1, rows: 30, owners: 7, shift: 0, isMasked: false, special: 0 };

describe("the owner of a token", () => {
  it("is read at its target, as the mask is, and only where the token counts", () => {
    const { base, targets } = textOf({ ...plan, rows: 6 });
    const shape = [2, 3, CLASSES];
    const ids = targets.map((target) => Math.max(0, target));
    const mask = [9, 1, 1, 9, 1, 0];
    const documents = [0.5, 1, 2, 0.5, 1, 0.5];
    const { totals } = scoreTokens(base, ids, { shape, shift: 1, mask, documents });
    const { logProbs, isGreedy } = scoreTokens(base, ids, { shape, shift: 1, mask });
    // row 4 has the masked target 5, and rows 2 and 5 have none
    const kept = [0, 1, 3];
    const own = kept.map((row) => logProbs[row] as number);
    const hits = kept.map((row) => isGreedy[row] as number);
    expect(totals).toEqual(scoreLogProbs(own, { documents: [1, 2, 1], isGreedy: hits }).totals);
    expect(totals.documents).toBe(2);
  });

  it("is any whole number, in any type of integers and any order", () => {
    const { base, targets } = textOf({ ...plan, rows: 4 });
    const stderr = (documents: object) =>
      scoreTokens(base, targets, { documents: documents as number[] }).totals.perplexityClusteredStderr;
    const expected = stderr([0, 0, 1, 1]);
    expect(expected).toBeGreaterThan(0);
    for (const documents of [
      [5, 5, -0, 0],
      BigInt64Array.of(2n ** 53n - 1n, 2n ** 53n - 1n, -1n, -1n),
      { data: Uint8Array.of(3, 3, 1, 1), dims: [4], type: "uint8" },
    ]) {
      expect(stderr(documents)).toBe(expected);
    }
  });
});

describe("few documents", () => {
  const totalsOf = (documents: number[], bytes = [1, 1, 1]) =>
    scoreLogProbs([-1, -2, -3], { documents, tokenBytes: bytes }).totals;

  it("one has no standard error, and no tokens have none", () => {
    expect(totalsOf([4, 4, 4])).toMatchObject({
      documents: 1,
      perplexityClusteredStderr: NONE,
      bitsPerByteClusteredStderr: NONE,
    });
    expect(scoreLogProbs([null], { documents: [1] }).totals).toMatchObject({ documents: 0, perplexityClusteredStderr: NONE });
  });

  it("of one token each have the plain standard error; of equal means, none", () => {
    const { perplexityClusteredStderr, perplexityStderr } = totalsOf([1, 2, 3]);
    expect(perplexityClusteredStderr).toBeCloseTo(perplexityStderr, 12);
    expect(totalsOf([1, 2, 1]).perplexityClusteredStderr).toBe(0);
  });

  it("without bytes do not count for bits per byte", () => {
    expect(totalsOf([1, 2, 2], [0, 3, 4])).toMatchObject({ documents: 2, bitsPerByteClusteredStderr: NONE });
  });
});

describe("parts", () => {
  it("merge in any order and grouping to the bits of the whole, with documents split over them", () => {
    const property = fc.property(plans, fc.array(fc.nat(40), { maxLength: 6 }), (some, cuts) => {
      const { random, base, other, targets, documents } = textOf(some);
      const ends = [...new Set([0, ...cuts.map((cut) => cut % some.rows), some.rows])].sort((a, b) => a - b);
      const partOf = (from: number, to: number) => {
        const options = { documents: documents.subarray(from, to) };
        const [x, y] = [base, other].map((logits) => logits.subarray(from * CLASSES, to * CLASSES)) as [
          Float32Array,
          Float32Array,
        ];
        const ids = targets.subarray(from, to);
        return {
          scores: scoreTokens(x, ids, { ...options, tokenBytes }).totals,
          comparison: compareLogits(x, y, ids, options).totals,
        };
      };
      const whole = partOf(0, some.rows);
      const parts = ends.slice(1).map((to, i) => partOf(ends[i] as number, to));
      while (parts.length > 1) {
        const [a, b] = [0, 0].map(() => parts.splice(random.integer(parts.length), 1)[0]) as [typeof whole, typeof whole];
        const shipped = JSON.parse(JSON.stringify([a, b])) as [typeof whole, typeof whole];
        parts.push({
          scores: mergeScores(shipped.map(({ scores }) => scores)),
          comparison: mergeComparisons(shipped.map(({ comparison }) => comparison)),
        });
      }
      expect(mergeScores(parts.map(({ scores }) => scores))).toEqual(whole.scores);
      expect(mergeComparisons(parts.map(({ comparison }) => comparison))).toEqual(whole.comparison);
    });
    fc.assert(property, settings(60));
  });

  it("10,000 documents merge and survive JSON", () => {
    const random = new Random(4);
    const losses = Array.from({ length: 20000 }, () => -Math.abs(random.normal()));
    const documents = Array.from(losses, (_, index) => index % 10000);
    const whole = scoreLogProbs(losses, { documents }).totals;
    const parts = [0, 10000].map((from) => {
      const options = { documents: documents.slice(from, from + 10000) };
      return JSON.stringify(scoreLogProbs(losses.slice(from, from + 10000), options).totals);
    });
    const merged = mergeScores(parts.map((part) => JSON.parse(part)));
    expect(JSON.stringify(merged) === JSON.stringify(whole)).toBe(true);
    expect((parts[0] as string).length / 10000).toBeLessThan(100);
  });
});

describe("documents in sums that no run can have made", () => {
  const scores = scoreLogProbs([-1, -2, -4], { documents: [3, 3, 8], tokenBytes: [1, 2, 0] }).totals.sums;
  const base = new Float32Array([2, 1, 0, 0, 1, 2, 3, 0, 1]);
  const comparison = compareLogits(base, base.toReversed(), [0, 1, 2], { documents: [3, 3, 8] }).totals.sums;
  type Documents = { owner: number; size: number; sum: { partials: number[]; nan: number; infinite: number } }[];
  const nats = scores.documents?.nats as Documents;
  const text = scores.documents?.text as Documents;
  const kl = comparison.documents?.kl as Documents;
  const [first, second] = nats as [Documents[0], Documents[0]];
  const sum = (...partials: number[]) => ({ partials, nan: 0, infinite: 0 });
  const ofNats = (list: unknown) => ({ ...scores, documents: { nats: list, text } });
  const ofText = (list: unknown) => ({ ...scores, documents: { nats, text: list } });
  const NATS = "parts[0].sums.documents.nats";
  const TEXT = "parts[0].sums.documents.text";

  it.each<[string, unknown, ErrorClass, string]>([
    ["no list", ofNats({}), TypeError, `${NATS}: expected an array of documents, got an object`],
    ["a document that is none", ofNats([3]), TypeError, `${NATS}[0]: expected an object, got 3`],
    ["no owner", ofNats([{ ...first, owner: "3" }]), TypeError, `${NATS}[0].owner: expected a number, got "3"`],
    ["half an owner", ofNats([{ ...first, owner: 0.5 }]), RangeError, `${NATS}[0].owner: expected a whole number, got 0.5`],
    [
      "an owner twice",
      ofNats([first, { ...second, owner: 3 }]),
      RangeError,
      `${NATS}[1].owner: expected more than the 3 before it, got 3`,
    ],
    ["owners out of order", ofNats([second, first]), RangeError, `${NATS}[1].owner: expected more than the 8 before it, got 3`],
    ["no tokens", ofNats([{ ...first, size: 0 }]), RangeError, `${NATS}[0].size: expected at least 1, got 0`],
    [
      "too many tokens",
      ofNats([first, { ...second, size: 2 }]),
      RangeError,
      `${NATS}[1].size: expected at most 1, the number of tokens or bytes that are left, got 2`,
    ],
    ["too few tokens", ofNats([first]), RangeError, `${NATS}: expected documents of 3 tokens or bytes in all, got 2`],
    ["a loss below 0", ofNats([{ ...first, sum: sum(-1) }, second]), RangeError, `${NATS}[0].sum: expected a sum >= 0, got -1`],
    [
      "losses of another sum",
      ofNats([first, { ...second, sum: sum(3) }]),
      RangeError,
      `${NATS}: expected sums that add up to that of all documents, 7, got 6`,
    ],
    [
      "a NaN loss that the whole lacks",
      ofNats([first, { ...second, sum: { ...sum(), nan: 1 } }]),
      RangeError,
      `${NATS}: expected sums that add up to that of all documents, 7, got NaN`,
    ],
    [
      "an attack",
      ofNats([{ ...first, sum: sum(1e308, 1e308) }, second]),
      RangeError,
      `${NATS}[0].sum.partials[1]: expected a part of an exact sum, not 0 and at most ${2 ** 401}, got 1e+308`,
    ],
    [
      "losses that are too unequal for the squares",
      ofNats([
        { ...first, sum: sum(0.5) },
        { ...second, sum: sum(6.5) },
      ]),
      RangeError,
      `${NATS}: expected sums that go with the squares, 21, got 42.375`,
    ],
    [
      "text of unknown bytes",
      { ...scores, text: undefined },
      RangeError,
      `${TEXT}: expected none, as the text's bytes are unknown, got an array of 1`,
    ],
    ["no text", ofText(undefined), TypeError, `${TEXT}: expected an array of documents, got undefined`],
    [
      "text of another document",
      ofText([{ ...text[0], owner: 4 }]),
      RangeError,
      `${TEXT}[0].owner: expected a document with tokens, got 4`,
    ],
    [
      "more nats of text than of the document",
      ofNats([
        { ...first, sum: sum(2.9375) },
        { ...second, sum: sum(4.0625) },
      ]),
      RangeError,
      `${TEXT}[0].sum: expected at most the nats of all tokens, got 3`,
    ],
    [
      "losses that are too equal for the squares",
      { ...scores, squares: sum(26) },
      RangeError,
      `${NATS}: expected sums that go with the squares, 26, got 25`,
    ],
  ])("mergeScores: %s", (_, sums, errorClass, message) => {
    expectRefusal(() => mergeScores([{ sums: sums as typeof scores }]), errorClass, message);
  });

  it("parts with documents and without", () => {
    const plain = scoreLogProbs([-1], { tokenBytes: [1] }).totals;
    const mixture = "expected all parts with documents or all without, got some of each";
    expectRefusal(() => mergeScores([{ sums: scores }, plain]), TypeError, `mergeScores: ${mixture}`);
    const compared = compareLogits(base, base, [0, 1, 2]).totals;
    expectRefusal(() => mergeComparisons([compared, { sums: comparison }]), TypeError, `mergeComparisons: ${mixture}`);
  });

  it.each<[string, object, ErrorClass, string]>([
    ["no divergences", { kl: undefined }, TypeError, "parts[0].sums.documents.kl: expected an array of documents, got undefined"],
    [
      "other documents",
      { kl: kl.map((one) => ({ ...one, owner: one.owner + 1 })) },
      RangeError,
      "parts[0].sums.documents.kl: expected the documents of differences, got others",
    ],
  ])("mergeComparisons: %s", (_, change, errorClass, message) => {
    const sums = { ...comparison, documents: { ...comparison.documents, ...change } } as typeof comparison;
    expectRefusal(() => mergeComparisons([{ sums }]), errorClass, message);
  });
});

/** The share of 1000 corpora whose 95 % interval covers the truth, by the clustered and by the plain standard error. */
function coverage() {
  const random = new Random(2411);
  const hits: Record<string, [clustered: number, plain: number]> = {};
  const count = (name: string, value: number, truth: number, ...errors: readonly [clustered?: number, plain?: number]): void => {
    const tally = hits[name] ?? [0, 0];
    hits[name] = tally;
    for (const [at, error = 0] of errors.entries()) if (Math.abs(value - truth) <= 1.96 * error) tally[at]++;
  };
  for (let corpus = 0; corpus < 1000; corpus++) {
    const [logProbs, others, divergences, tokenBytes, documents] = [[], [], [], [], []] as [
      number[],
      number[],
      number[],
      number[],
      number[],
    ];
    for (let document = 0; document < 50; document++) {
      // all tokens of a document are harder or easier, and the other model is better or worse at them
      const [hardness, advantage] = [0.5 * random.normal(), 0.1 * random.normal()];
      for (let token = 2 + random.integer(5); token > 0; token--) {
        const loss = 3 + hardness + 0.2 * random.normal();
        logProbs.push(-loss);
        others.push(-(loss + advantage + 0.05 * random.normal()));
        divergences.push(1 + 0.2 * hardness + 0.05 * random.normal());
        tokenBytes.push(1 + random.integer(5));
        documents.push(document);
      }
    }
    const { totals } = scoreLogProbs(logProbs, { documents, tokenBytes });
    const state = emptyComparison({ documents: true });
    const ones = new Uint8Array(documents.length).fill(1);
    const [klDivergences, baseLogProbs, otherLogProbs] = [divergences, logProbs, others].map((list) =>
      Float64Array.from(list),
    ) as [Float64Array, Float64Array, Float64Array];
    addComparisons(state, { klDivergences, baseLogProbs, otherLogProbs, sameTop: ones }, ones, Float64Array.from(documents));
    const compared = comparisonTotals(state);
    count("perplexity", totals.perplexity, Math.exp(3), totals.perplexityClusteredStderr, totals.perplexityStderr);
    count("bitsPerByte", totals.bitsPerByte as number, 1 / Math.LN2, totals.bitsPerByteClusteredStderr);
    count(
      "perplexityRatio",
      compared.perplexityRatio,
      1,
      compared.perplexityRatioClusteredStderr,
      compared.perplexityRatioStderr,
    );
    count("meanKl", compared.meanKl, 1, compared.meanKlClusteredStderr, compared.meanKlStderr);
  }
  return Object.entries(hits).map(([name, [clustered, plain]]) => ({ name, clustered: clustered / 1000, plain: plain / 1000 }));
}

describe("corpora of documents whose tokens are correlated", () => {
  it("the clustered 95 % interval covers the truth in 93 to 97 % of 1000 corpora, the plain one in far fewer", () => {
    const shares = coverage();
    expect(shares.map(({ name }) => name)).toEqual(["perplexity", "bitsPerByte", "perplexityRatio", "meanKl"]);
    expect(shares.filter(({ clustered }) => clustered < 0.93 || clustered > 0.97)).toEqual([]);
    expect(shares.filter(({ plain }) => plain > 0.8)).toEqual([]);
  });
});
