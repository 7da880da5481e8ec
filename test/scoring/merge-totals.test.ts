/** mergeScores and mergeComparisons: parts in any order and grouping, through JSON, give the bits of the whole's totals. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareLogits, mergeComparisons, mergeScores, scoreTokens } from "../../src/index.js";
import { expectRefusal } from "../arguments/refusal.js";
import { Random, settings } from "../losses/random.js";

const CLASSES = 23;

const plans = fc.record({
  seed: fc.nat(1e6),
  rows: fc.integer({ min: 1, max: 60 }),
  cuts: fc.array(fc.nat(60), { maxLength: 6 }),
  scale: fc.constantFrom(0.01, 3, 100),
  special: fc.constantFrom(0, 0, 0.002),
});

/** A text of tokens, its parts in random order, and `joined`, which merges two adjacent parts at a time, through JSON. */
function textOf({ seed, rows, cuts, scale, special }: typeof plans extends fc.Arbitrary<infer Plan> ? Plan : never) {
  const random = new Random(seed);
  const some = (x: number): number => {
    if (random.uniform() >= special) return x;
    return random.uniform() < 0.5 ? Number.NaN : Number.NEGATIVE_INFINITY;
  };
  const base = random.normals(rows * CLASSES, scale).map(some);
  const other = base.map((x) => some(x + 0.1 * scale * random.normal()));
  const targets = random.classes(rows, CLASSES).map((target) => (random.uniform() < 0.1 ? -100 : target));
  const ends = [...new Set([0, ...cuts.map((cut) => cut % rows), rows])].sort((a, b) => a - b);
  const parts = ends.slice(1).map((to, i) => [ends[i], to] as const);
  parts.sort(() => random.uniform() - 0.5);
  const joined = <Part>(list: readonly Part[], merge: (pair: readonly Part[]) => Part): Part => {
    const left = [...list];
    while (left.length > 1) {
      const at = random.integer(left.length - 1);
      const pair = left.slice(at, at + 2).map((part) => JSON.parse(JSON.stringify(part)) as Part);
      left.splice(at, 2, merge(pair));
    }
    return left[0] as Part;
  };
  return { base, other, targets, parts, joined };
}

describe("parts of a text", () => {
  it("scores merged in any order and grouping equal those of the whole, sums included", () => {
    const property = fc.property(plans, (plan) => {
      const { base, targets, parts, joined } = textOf(plan);
      const tokenBytes = Int32Array.from({ length: CLASSES }, (_, c) => c % 4);
      const score = (from: number, to: number) =>
        scoreTokens(base.subarray(from * CLASSES, to * CLASSES), targets.subarray(from, to), { tokenBytes }).totals;
      const totals = parts.map(([from, to]) => score(from, to));
      const whole = score(0, plan.rows);
      expect(mergeScores(totals)).toEqual(whole);
      expect(mergeScores([joined(totals, mergeScores)])).toEqual(whole);
    });
    fc.assert(property, settings(100));
  });

  it("merged comparisons equal those of the whole, every percentile included", () => {
    const property = fc.property(plans, (plan) => {
      const { base, other, targets, parts, joined } = textOf(plan);
      const compare = (from: number, to: number) => {
        const [x, y] = [base, other].map((logits) => logits.subarray(from * CLASSES, to * CLASSES));
        return compareLogits(x as Float32Array, y as Float32Array, targets.subarray(from, to)).totals;
      };
      const totals = parts.map(([from, to]) => compare(from, to));
      const whole = compare(0, plan.rows);
      expect(mergeComparisons(totals)).toEqual(whole);
      expect(mergeComparisons([joined(totals, mergeComparisons)])).toEqual(whole);
    });
    fc.assert(property, settings(100));
  });

  it("totals of texts with only special tokens, or without tokens, change nothing", () => {
    const nothing = scoreTokens(new Float32Array(6), [-100, -100]).totals;
    const { totals } = scoreTokens(new Float32Array([1, 2, 3]), 1);
    expect(mergeScores([nothing, totals, nothing])).toEqual(totals);
    expect(mergeScores([nothing])).toEqual(nothing);
  });
});

describe("invalid arguments of merging", () => {
  const scores = scoreTokens(new Float32Array([1, 2, 3]), 1).totals;
  const withBytes = scoreTokens(new Float32Array([1, 2, 3]), 1, { tokenBytes: [1, 1, 1] }).totals;
  const comparison = compareLogits(new Float32Array([1, 2, 3]), new Float32Array([1, 2, 4]), 1).totals;
  const altered = (change: object) => ({ sums: { ...scores.sums, ...change } });
  const { sums } = comparison;
  const { nats } = scores;
  const ONE_NAN = { partials: [], nan: 1, infinite: 0 };
  const NATS = "parts[0].sums.nats.partials";
  const PART = "expected a part of an exact sum, not 0 and at most";
  const long = Array.from({ length: 4000 }, (_, i) => 2 ** (-i % 900) * (1 + (i % 997) / 997));
  const ofNats = (partials: readonly number[]) => altered({ nats: { partials, nan: 0, infinite: 0 } });
  const ofSquares = (partials: readonly number[]) => altered({ squares: { partials, nan: 0, infinite: 0 } });
  const ofText = (change: object) => ({ sums: { ...withBytes.sums, text: { ...withBytes.sums.text, ...change } } });
  const none = { partials: [], nan: 0, infinite: 0 };
  const many = { sums: { tokens: 2 ** 53 - 1, correct: 0, nats: none, squares: none } };

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["no list", scores, TypeError, "parts: expected an array of totals, got an object"],
    ["an empty list", [], RangeError, "parts: expected at least one part, got none"],
    ["a part that is none", [scores, 3], TypeError, "parts[1]: expected an object, got 3"],
    ["totals without sums", [{ ...scores, sums: undefined }], TypeError, "parts[0].sums: expected an object, got undefined"],
    ["a count that is none", [altered({ tokens: -1 })], RangeError, "parts[0].sums.tokens: expected a whole number >= 0, got -1"],
    ["a count of another type", [altered({ correct: "1" })], TypeError, 'parts[0].sums.correct: expected a number, got "1"'],
    [
      "what JSON makes of NaN",
      [altered({ nats: { partials: [null], nan: 0, infinite: 0 } })],
      TypeError,
      "parts[0].sums.nats.partials[0]: expected a number, got null",
    ],
    [
      "a sum that is infinite",
      [altered({ nats: { partials: [Number.POSITIVE_INFINITY], nan: 0, infinite: 0 } })],
      RangeError,
      "parts[0].sums.nats.partials[0]: expected a finite number, got Infinity",
    ],
    ["an attack: partials that overflow", [ofNats([1e308, 1e308])], RangeError, `${NATS}[1]: ${PART} ${2 ** 400}, got 1e+308`],
    ["an attack: and one below 0", [ofNats([1.7e308, 1.7e308, -1])], RangeError, `${NATS}[1]: ${PART} ${2 ** -53}, got 1.7e+308`],
    [
      "an attack: a long list",
      [ofNats(long)],
      RangeError,
      `${NATS}[3998]: ${PART} ${(long[3999] as number) * 2 ** -53}, got ${long[3998]}`,
    ],
    ["a list of zeros", [ofNats(new Array(4000).fill(0))], RangeError, `${NATS}[3999]: ${PART} ${2 ** 400}, got 0`],
    [
      "in the second part",
      [scores, altered({ correct: 2 })],
      RangeError,
      "parts[1].sums.correct: expected at most 1, the number of tokens with a loss, got 2",
    ],
    [
      "a hit without a loss",
      [altered({ correct: 1, nats: ONE_NAN, squares: ONE_NAN })],
      RangeError,
      "parts[0].sums.correct: expected at most 0, the number of tokens with a loss, got 1",
    ],
    [
      "a fraction of a token",
      [altered({ tokens: 1.5 })],
      RangeError,
      "parts[0].sums.tokens: expected a whole number >= 0, got 1.5",
    ],
    ["hits below 0", [altered({ correct: -1 })], RangeError, "parts[0].sums.correct: expected a whole number >= 0, got -1"],
    [
      "more NaN than tokens",
      [altered({ nats: { ...ONE_NAN, nan: 2 } })],
      RangeError,
      "parts[0].sums.nats.nan: expected at most 1, the number of tokens, got 2",
    ],
    [
      "more infinite than tokens",
      [altered({ nats: { ...ONE_NAN, infinite: 1 } })],
      RangeError,
      "parts[0].sums.nats.infinite: expected at most 0, the number of other tokens, got 1",
    ],
    [
      "a NaN count of NaN",
      [altered({ nats: { ...ONE_NAN, nan: Number.NaN } })],
      RangeError,
      "parts[0].sums.nats.nan: expected a whole number >= 0, got NaN",
    ],
    [
      "losses without a token",
      [{ sums: { ...scores.sums, tokens: 0, correct: 0 } }],
      RangeError,
      `${NATS}[0]: ${PART} 0, got ${nats}`,
    ],
    ["nats below 0", [ofNats([-1])], RangeError, "parts[0].sums.nats: expected a sum >= 0, got -1"],
    [
      "squares below 0",
      [ofSquares([-1])],
      RangeError,
      `parts[0].sums.squares: expected squares that go with nats, ${nats}, got -1`,
    ],
    [
      "squares that are too small",
      [ofSquares([0.9 * nats * nats])],
      RangeError,
      `parts[0].sums.squares: expected squares that go with nats, ${nats}, got ${0.9 * nats * nats}`,
    ],
    [
      "squares that are too large",
      [ofSquares([1.1 * nats * nats])],
      RangeError,
      `parts[0].sums.squares: expected at most the square of nats, ${nats}, got ${1.1 * nats * nats}`,
    ],
    [
      "squares without the losses' NaN",
      [altered({ nats: ONE_NAN, correct: 0 })],
      RangeError,
      "parts[0].sums.squares.nan: expected 1, as nats has, got 0",
    ],
    ["bytes of no text", [ofText({ bytes: 0 })], RangeError, `parts[0].sums.text.nats.partials[0]: ${PART} 0, got ${nats}`],
    [
      "more nats of text than of all tokens",
      [ofText({ nats: { partials: [2], nan: 0, infinite: 0 } })],
      RangeError,
      "parts[0].sums.text.nats: expected at most the nats of all tokens, got 2",
    ],
    [
      "NaN losses of text alone",
      [ofText({ nats: ONE_NAN })],
      RangeError,
      "parts[0].sums.text.nats.nan: expected at most 0, the number of NaN losses of all tokens, got 1",
    ],
    [
      "more tokens than can be counted",
      [many, many],
      RangeError,
      `parts: expected fewer than 2^53 tokens and bytes in all, got ${2 * (2 ** 53 - 1)}`,
    ],
    ["a comparison", [comparison], TypeError, "parts[0].sums.correct: expected a number, got undefined"],
    [
      "parts with bytes and without",
      [scores, withBytes],
      TypeError,
      "mergeScores: expected all parts with bytes or all without, got some of each",
    ],
  ])("mergeScores: %s", (_, parts, errorClass, message) => {
    expectRefusal(() => mergeScores(parts as []), errorClass, message);
  });

  const kl = comparison.meanKl;
  const ofSum = (name: string, partials: readonly number[]) => ({
    sums: { ...sums, sums: { ...sums.sums, [name]: { partials, nan: 0, infinite: 0 } } },
  });

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["scores", [scores], TypeError, "parts[0].sums.sameTop: expected a number, got undefined"],
    [
      "equal tops without a token",
      [{ sums: { ...sums, sameTop: 2 } }],
      RangeError,
      "parts[0].sums.sameTop: expected at most 1, the number of tokens with a divergence, got 2",
    ],
    ["a loss below 0", [ofSum("base", [-1])], RangeError, "parts[0].sums.sums.base: expected a sum >= 0, got -1"],
    [
      "squares that are too small",
      [ofSum("klSquares", [1e-9])],
      RangeError,
      `parts[0].sums.sums.klSquares: expected squares that go with kl, ${kl}, got 1e-9`,
    ],
    [
      "products of other losses",
      [ofSum("products", [7])],
      RangeError,
      "parts[0].sums.sums.products: expected products that go with base and other, got 7",
    ],
    [
      "an attack",
      [ofSum("changes", [1e308, 1e308])],
      RangeError,
      `parts[0].sums.sums.changes.partials[1]: ${PART} ${2 ** 800}, got 1e+308`,
    ],
    [
      "a value too many",
      [{ sums: { ...sums, klValues: [kl, kl] } }],
      RangeError,
      "parts[0].sums.klValues: expected 1 values, as many as tokens with a finite one, got 2",
    ],
    [
      "a value that is not its sum",
      [{ sums: { ...sums, klValues: [0.5] } }],
      RangeError,
      `parts[0].sums.klValues: expected values that add up to their sum, ${kl}, got 0.5`,
    ],
    [
      "a divergence below -1 / e",
      [{ sums: { ...sums, klValues: [-1] } }],
      RangeError,
      `parts[0].sums.klValues[0]: expected a number in [-0.3679, ${Number.MAX_VALUE}], got -1`,
    ],
    [
      "a probability of 2",
      [{ sums: { ...sums, changeValues: [2] } }],
      RangeError,
      "parts[0].sums.changeValues[0]: expected a number in [-1, 1], got 2",
    ],
    [
      "values that are not there",
      [{ sums: { ...sums, klValues: undefined } }],
      TypeError,
      "parts[0].sums.klValues: expected an array of numbers, got undefined",
    ],
    [
      "a sum that is not there",
      [{ sums: { ...sums, sums: { ...sums.sums, products: undefined } } }],
      TypeError,
      "parts[0].sums.sums.products: expected an object, got undefined",
    ],
  ])("mergeComparisons: %s", (_, parts, errorClass, message) => {
    expectRefusal(() => mergeComparisons(parts as []), errorClass, message);
  });

  it("leaves the parts unchanged", () => {
    const before = JSON.stringify([scores, comparison]);
    mergeScores([scores, scores, scores]);
    mergeComparisons([comparison, comparison]);
    expect(JSON.stringify([scores, comparison])).toBe(before);
  });
});
