/** scoreLogProbs: the totals of scoreTokens, from log-probabilities alone. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogProbs, mergeScores, multipleChoice, scoreLogProbs, scoreTokens } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { type ErrorClass, expectRefusal } from "../arguments/refusal.js";
import { Random, settings } from "../losses/random.js";
import { numbersOf, wordsOf } from "../support/halves.js";

const { NaN: NONE, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const CLASSES = 7;

const plans = fc.record({
  seed: fc.nat(1e6),
  tokens: fc.nat(40),
  scale: fc.constantFrom(0.01, 3, 100),
  masked: fc.constantFrom(0, 0.02),
  hasBytes: fc.boolean(),
  hasDocuments: fc.boolean(),
});

function random(plan: typeof plans extends fc.Arbitrary<infer Plan> ? Plan : never) {
  const numbers = new Random(plan.seed);
  const bytes = numbers.classes(plan.tokens, 4);
  const documents = numbers.classes(plan.tokens, 5).map((owner) => owner - 2);
  const options = { ...(plan.hasBytes && { tokenBytes: bytes }), ...(plan.hasDocuments && { documents }) };
  return { numbers, bytes, documents, options };
}

describe("scoreLogProbs", () => {
  it("has the totals of scoreTokens on the same logits, to the bit", () => {
    const property = fc.property(plans, (plan) => {
      const { numbers, documents } = random(plan);
      const logits = numbers
        .normals(plan.tokens * CLASSES, plan.scale)
        .map((x) => (numbers.uniform() < plan.masked ? MASKED : x));
      const targets = numbers.classes(plan.tokens, CLASSES).map((target) => (numbers.uniform() < 0.1 ? -100 : target));
      const table = Int32Array.from({ length: CLASSES }, (_, c) => c % 4);
      const owned = plan.hasDocuments && { documents };
      const scored = scoreTokens(logits, targets, { ...owned, ...(plan.hasBytes && { tokenBytes: table }) });
      const tokenBytes = targets.map((target) => table[target] ?? 0);
      const { totals, sequences } = scoreLogProbs(scored.logProbs, {
        ...owned,
        ...(plan.hasBytes && { tokenBytes }),
        isGreedy: scored.isGreedy,
        sequences: [plan.tokens],
      });
      // rows without a distribution are tokens there, and have no log-probability here
      if (scored.totals.nanTokens > 0) return;
      expect(totals).toEqual(scored.totals);
      expect(sequences).toEqual(scored.sequences);
    });
    fc.assert(property, settings(200));
  });

  it("agrees with f64: nulls, NaN, infinite losses, rounding above 0, bytes, documents", () => {
    const property = fc.property(plans, fc.boolean(), (plan, isRanked) => {
      const { numbers, options } = random(plan);
      const logProbs = Array.from({ length: plan.tokens }, () => {
        const special = numbers.uniform();
        if (special < 0.1) return special < 0.05 ? null : NONE;
        if (special < 0.2) return special < 0.15 ? 1e-4 * numbers.uniform() : 0;
        return numbers.uniform() < plan.masked ? MASKED : -plan.scale * Math.abs(numbers.normal());
      });
      const isGreedy = isRanked ? { isGreedy: numbers.classes(plan.tokens, 2) } : {};
      const { totals } = scoreLogProbs(logProbs, { ...options, ...isGreedy });
      const expected: Readonly<Record<string, number>> = {
        ...reference.scoreLogProbs(logProbs, { ...options, ...isGreedy }).totals,
      };
      for (const [name, value] of Object.entries(totals).filter(([key]) => key !== "sums")) {
        const wanted = expected[name] as number;
        // errors of 0 are 0 here, and nearly 0 in the reference
        const unit = plan.scale * (name.startsWith("perplexity") ? (expected.perplexity as number) : 1);
        const isNear = Object.is(value, wanted) || Math.abs(value - wanted) <= 1e-11 * Math.abs(wanted) + 1e-13 * unit;
        if (!isNear) expect.fail(`${name}: expected ${wanted}, got ${value}`);
      }
      const names = Object.keys(totals);
      expect(names.includes("bytes")).toBe(plan.hasBytes);
      expect(names.includes("documents")).toBe(plan.hasDocuments);
    });
    fc.assert(property, settings(200));
  });

  it("null and NaN count nowhere, and nothing that belongs to them is read", () => {
    const totals = (values: LogProbs, rest: object) => scoreLogProbs(values, rest).totals;
    const other = { tokenBytes: [-3, 1, Number.NaN, 2], documents: [0.5, 7, null, 8], isGreedy: ["", 1, null, 0] };
    expect(totals([null, -1, NONE, -2], other)).toEqual(
      totals([-1, -2], { tokenBytes: [1, 2], documents: [7, 8], isGreedy: [true, false] }),
    );
    expect(totals([null, NONE], {})).toEqual(totals([], {}));
  });

  it("values that rounding left above 0 are 0, and -Infinity is an infinite loss", () => {
    expect(scoreLogProbs([1e-4, -0, 0]).totals).toMatchObject({ tokens: 3, nats: 0, perplexity: 1 });
    expect(scoreLogProbs([-1, MASKED]).totals).toMatchObject({ tokens: 2, infiniteTokens: 1, nats: INFINITE, nanTokens: 0 });
  });

  it("every storage: typed arrays, tensor objects, 16-bit floats", () => {
    const values = [-0.5, -1.25, -3];
    const { totals } = scoreLogProbs(values);
    const words = wordsOf(Float32Array.from(values), "float16");
    expect(Array.from(numbersOf(words, "float16"))).toEqual(values);
    for (const form of [
      Float32Array.from(values),
      Float64Array.from(values),
      { data: Float32Array.from(values), dims: [1, 3], type: "float32" },
      { data: values, shape: [3] },
      { data: words, dims: [3], type: "float16" },
    ] as const) {
      expect(scoreLogProbs(form).totals).toEqual(totals);
    }
    const documents = [1, 1, 2];
    const owned = scoreLogProbs(values, { documents }).totals;
    for (const form of [
      Int8Array.from(documents),
      BigInt64Array.from(documents, BigInt),
      { data: Int32Array.from(documents), dims: [3] },
      { data: BigInt64Array.from(documents, BigInt), dims: [3], type: "int64" },
    ] as const) {
      expect(scoreLogProbs(values, { documents: form }).totals).toEqual(owned);
    }
  });

  it("sequences: by lengths, or from and to; they choose among answers", () => {
    const values = [null, -1, -2, null, -0.5, -0.25];
    const options = { tokenBytes: [0, 2, 2, 0, 1, 1] };
    const byLength = scoreLogProbs(values, { ...options, sequences: [3, 0, 3] }).sequences;
    expect(byLength).toEqual({
      logProbs: Float64Array.of(-3, 0, -0.75),
      tokens: Int32Array.of(2, 0, 2),
      bytes: Int32Array.of(4, 0, 2),
    });
    const pairs = [
      [0, 3],
      [3, 3],
      [3, 6],
    ] as const;
    expect(scoreLogProbs(values, { ...options, sequences: pairs }).sequences).toEqual(byLength);
    expect(scoreLogProbs(values, { ...options, sequences: BigInt64Array.of(3n, 0n, 3n) }).sequences).toEqual(byLength);
    expect(scoreLogProbs(values, { sequences: [[4, 5]] }).sequences).toEqual({
      logProbs: Float64Array.of(-0.5),
      tokens: Int32Array.of(1),
    });
    const isGreedy = [false, true, true, true, true, false];
    expect(scoreLogProbs(values, { isGreedy, sequences: [3, 0, 3] }).sequences.isGreedy).toEqual(Uint8Array.of(1, 1, 0));
    const { sequences } = scoreLogProbs(values, { ...options, sequences: [3, 3] });
    expect(multipleChoice(sequences)).toEqual({ choice: 1, choicePerByte: 1 });
    expect(scoreLogProbs(values)).not.toHaveProperty("sequences");
  });
});

describe("without isGreedy", () => {
  const unranked = scoreLogProbs([-1, -2]).totals;
  const ranked = scoreTokens(new Float32Array([1, 2, 3]), 2).totals;

  it("the accuracy is NaN, also of a whole that has such a part; all else merges to the bit", () => {
    expect(unranked).toMatchObject({ accuracy: NONE, accuracyStderr: NONE });
    const whole = mergeScores([ranked, unranked]);
    expect(whole).toEqual(mergeScores([unranked, ranked]));
    expect(whole).toEqual(mergeScores([JSON.parse(JSON.stringify(whole))]));
    expect(whole).toMatchObject({ tokens: 3, accuracy: NONE, nats: 3 + ranked.nats });
    const { accuracy, accuracyStderr, sums, ...others } = mergeScores([
      ranked,
      scoreLogProbs([-1, -2], { isGreedy: [1, 0] }).totals,
    ]);
    expect(accuracy).toBe(2 / 3);
    expect(whole).toMatchObject(others);
  });

  it("no tokens leave the accuracy of the others as it is", () => {
    expect(mergeScores([ranked, scoreLogProbs([null]).totals])).toEqual(ranked);
  });
});

describe("invalid arguments", () => {
  const values = [-1, null, -2];
  const EXPECTED = "expected log-probabilities, at most 0, got";
  const ELEMENT = "expected a number, or null for a token without a log-probability";
  const OWNERS = "expected whole numbers, one per token, in an integer typed array, an array or a tensor object";

  it.each<[string, unknown, object | undefined, ErrorClass, string]>([
    [
      "probabilities",
      [null, 0.5, 1],
      undefined,
      RangeError,
      `logProbs[1]: ${EXPECTED} 0.5 (all are in [0, 1]: take Math.log of probabilities)`,
    ],
    ["losses", [0, 0.5, 2], undefined, RangeError, `logProbs[1]: ${EXPECTED} 0.5 (none is negative: negate losses)`],
    ["neither", [-1, 0.5], undefined, RangeError, `logProbs[1]: ${EXPECTED} 0.5 (take Math.log of probabilities, negate losses)`],
    [
      "Infinity",
      [-1, INFINITE],
      undefined,
      RangeError,
      `logProbs[1]: ${EXPECTED} Infinity (take Math.log of probabilities, negate losses)`,
    ],
    [
      "just too great",
      new Float64Array([1.1e-4, -1]),
      undefined,
      RangeError,
      `logProbs[0]: ${EXPECTED} 0.00011 (take Math.log of probabilities, negate losses)`,
    ],
    ["nested lists", [[-1], [-2]], undefined, TypeError, `logProbs[0]: ${ELEMENT}, got an array of 1 (flatten nested lists)`],
    [
      "an API's objects",
      [{ logprob: -1 }],
      undefined,
      TypeError,
      `logProbs[0]: ${ELEMENT}, got an object (take its log-probability)`,
    ],
    ["a hole", [-1, undefined], undefined, TypeError, `logProbs[1]: ${ELEMENT}, got undefined`],
    [
      "integers",
      new Int32Array(3),
      undefined,
      TypeError,
      "logProbs: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }, got Int32Array(3)",
    ],
    [
      "a tensor of another size",
      { data: [-1], dims: [2] },
      undefined,
      RangeError,
      "logProbs: expected 2 elements for the shape [2], got 1",
    ],
    [
      "an unknown option",
      values,
      { mask: [1] },
      TypeError,
      "options.mask: expected one of documents, tokenBytes, isGreedy, sequences, got an unknown option",
    ],
    [
      "too few bytes",
      values,
      { tokenBytes: [1, 2] },
      RangeError,
      "options.tokenBytes: expected 3 entries, as logProbs has, got 2",
    ],
    [
      "half a byte",
      values,
      { tokenBytes: [1, 2, 0.5] },
      RangeError,
      "options.tokenBytes[2]: expected a whole number of bytes >= 0, got 0.5",
    ],
    ["too few hits", values, { isGreedy: [1] }, RangeError, "options.isGreedy: expected 3 entries, as logProbs has, got 1"],
    [
      "a hit that is none",
      values,
      { isGreedy: [1, 0, "x"] },
      TypeError,
      'options.isGreedy[2]: expected a boolean or an integer, got "x"',
    ],
    ["too few owners", values, { documents: [1] }, RangeError, "options.documents: expected 3 entries, as logProbs has, got 1"],
    [
      "owners in floats",
      values,
      { documents: new Float32Array(3) },
      TypeError,
      `options.documents: ${OWNERS}, got Float32Array(3)`,
    ],
    ["half an owner", values, { documents: [1, 1, 1.5] }, RangeError, "options.documents[2]: expected a whole number, got 1.5"],
    [
      "an owner that f64 lacks",
      values,
      { documents: BigInt64Array.of(1n, 1n, 2n ** 53n) },
      RangeError,
      "options.documents[2]: expected a whole number below 2^53, got 9007199254740992n (number the documents: 0, 1, 2)",
    ],
    [
      "an owner of another type",
      values,
      { documents: [1, 1, "b"] },
      TypeError,
      'options.documents[2]: expected a whole number, got "b"',
    ],
    [
      "owners of another shape",
      { data: values, dims: [1, 3] },
      { documents: { data: [1, 1, 1], dims: [3, 1] } },
      RangeError,
      "options.documents: expected the shape of the rows, [1, 3], got [3, 1]",
    ],
    [
      "lengths that leave a rest",
      values,
      { sequences: [1, 1] },
      RangeError,
      "options.sequences: expected lengths that add up to 3, one per log-probability, got 2",
    ],
    [
      "a length that is none",
      values,
      { sequences: [-1, 4] },
      RangeError,
      "options.sequences[0]: expected a whole number in [0, 3], got -1",
    ],
    [
      "a range outside",
      values,
      { sequences: [[0, 4]] },
      RangeError,
      "options.sequences[0][1]: expected a whole number in [0, 3], got 4",
    ],
    [
      "a range that is backwards",
      values,
      { sequences: [[2, 1]] },
      RangeError,
      "options.sequences[0]: expected from <= to, got [2, 1]",
    ],
    [
      "ranges and lengths",
      values,
      { sequences: [[0, 1], 2] },
      TypeError,
      "options.sequences[1]: expected [from, to), as the first sequence is, got 2",
    ],
    [
      "a range of one",
      values,
      { sequences: [[0]] },
      TypeError,
      "options.sequences[0]: expected a number of tokens, got an array of 1",
    ],
    [
      "no list of sequences",
      values,
      { sequences: 3 },
      TypeError,
      "options.sequences: expected an integer typed array, number[] or a tensor object, got 3",
    ],
  ])("%s", (_, logProbs, options, errorClass, message) => {
    expectRefusal(() => scoreLogProbs(logProbs as LogProbs, options), errorClass, message);
  });
});
