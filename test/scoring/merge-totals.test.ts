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

  it.each<[string, unknown, typeof TypeError | typeof RangeError, string]>([
    ["scores", [scores], TypeError, "parts[0].sums.sums: expected an object, got undefined"],
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
