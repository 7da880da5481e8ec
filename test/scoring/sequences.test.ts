/** Sums over sequences, and the choice among answers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { multipleChoice, scoreTokens } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectRefusal } from "../arguments/refusal.js";
import { Random, settings } from "../losses/random.js";

const { NaN: NOT_A_NUMBER, NEGATIVE_INFINITY: MASKED } = Number;

describe("sequences", () => {
  it("are runs of rows along the last axis before the classes, wherever that axis is", () => {
    const logits = new Random(1).normals(2 * 3 * 4, 2);
    const tokensOf = (shape: readonly number[], axis = -1) => {
      const rows = logits.length / (shape.at(axis) as number);
      return Array.from(scoreTokens(logits, new Int32Array(rows), { shape, axis, shift: 0 }).sequences.tokens);
    };
    expect(tokensOf([6, 4])).toEqual([6]);
    expect(tokensOf([2, 3, 4])).toEqual([3, 3]);
    expect(tokensOf([2, 4, 3], 1)).toEqual([3, 3]);
    expect(tokensOf([4, 2, 3], 0)).toEqual([3, 3]);
    expect(tokensOf([2, 3, 1, 4])).toEqual([1, 1, 1, 1, 1, 1]);
    expect(tokensOf([24])).toEqual([1]);
    expect(Array.from(scoreTokens(logits, new Int32Array(6)).sequences.tokens)).toEqual([6]);
  });

  it("sums of kept rows: log-probabilities, bytes, all greedy or not; an empty sequence is 0 and greedy", () => {
    // class 1 has the greatest logit in every row
    const logits = Float32Array.from({ length: 3 * 2 * 3 }, (_, i) => (i % 3 === 1 ? 2 : 0));
    const shape = [3, 2, 3];
    const { sequences, logProbs } = scoreTokens(logits, [1, 1, 1, 0, -100, -100], { shape, shift: 0, tokenBytes: [7, 2, 1] });
    expect(Array.from(sequences.isGreedy)).toEqual([1, 0, 1]);
    expect(Array.from(sequences.tokens)).toEqual([2, 2, 0]);
    expect(Array.from(sequences.bytes as Int32Array)).toEqual([4, 9, 0]);
    const [a, b, c, d] = logProbs as unknown as [number, number, number, number];
    expect(Array.from(sequences.logProbs)).toEqual([a + b, c + d, 0]);
    expect(scoreTokens(logits, new Int32Array(6), { shape, shift: 0 }).sequences.bytes).toBeUndefined();
  });

  it("an answer to a question: the context ignored, the choice by its sum", () => {
    // ids of two answers after one context token; the model prefers 3 to 2
    const ids = [9, 3, 9, 2];
    const logits = new Float32Array(2 * 2 * 10);
    logits[3] = 4;
    logits[20 + 3] = 4;
    const { sequences } = scoreTokens(logits, ids, { shape: [2, 2, 10], shift: 1 });
    expect(Array.from(sequences.isGreedy)).toEqual([1, 0]);
    expect(multipleChoice(sequences)).toEqual({ choice: 0 });
  });
});

describe("multipleChoice", () => {
  it("agrees with the reference, ties and NaN included", () => {
    const sums = fc.oneof(
      fc.integer({ min: -4, max: 0 }),
      fc.constantFrom(NOT_A_NUMBER, MASKED),
      fc.double({ min: -50, max: 0 }),
    );
    const length = fc.integer({ min: 1, max: 9 });
    const members = ["bytes", "characters", "unconditionalLogProbs"] as const;
    const answer = fc.record({ logProb: sums, bytes: length, characters: length, unconditionalLogProb: sums });
    const answers = fc.array(answer, { minLength: 1, maxLength: 6 });
    const property = fc.property(answers, fc.subarray([...members]), (list, given) => {
      const columns = {
        bytes: list.map(({ bytes }) => bytes),
        characters: list.map(({ characters }) => characters),
        unconditionalLogProbs: list.map(({ unconditionalLogProb }) => unconditionalLogProb),
      };
      const logProbs = list.map(({ logProb }) => logProb);
      const input = { logProbs, ...Object.fromEntries(given.map((name) => [name, columns[name]])) };
      expect(multipleChoice(input)).toEqual(reference.multipleChoice(input));
      expect(multipleChoice(list)).toEqual(reference.multipleChoice({ logProbs, ...columns }));
    });
    fc.assert(property, settings(300));
  });

  it("the first of equal answers; never NaN, and -1 if all are NaN", () => {
    expect(multipleChoice({ logProbs: [NOT_A_NUMBER, -3, -2, -2], bytes: [1, 1, 1, 4] })).toEqual({
      choice: 2,
      choicePerByte: 3,
    });
    expect(multipleChoice({ logProbs: [NOT_A_NUMBER] })).toEqual({ choice: -1 });
    expect(multipleChoice({ logProbs: Float64Array.of(MASKED, MASKED) })).toEqual({ choice: 0 });
  });

  it.each<[unknown, typeof TypeError | typeof RangeError, string]>([
    [null, TypeError, "answers: expected { logProbs, bytes? }, got null"],
    [{ logProbs: 3 }, TypeError, "answers.logProbs: expected a Float32Array, Float64Array or number[], got 3"],
    [{ logProbs: ["x"] }, TypeError, 'answers.logProbs[0]: expected a number, got "x"'],
    [{ logProbs: [] }, RangeError, "answers.logProbs: expected at least one answer, got none"],
    [{ logProbs: [1, 2], bytes: [1] }, RangeError, "answers.bytes: expected 2 entries, as answers.logProbs has, got 1"],
    [{ logProbs: [1], bytes: [0] }, RangeError, "answers.bytes[0]: expected at least one byte, got 0"],
    [{ logProbs: [1], characters: [0] }, RangeError, "answers.characters[0]: expected at least one character, got 0"],
    [
      { logProbs: [1], unconditionalLogProbs: [] },
      RangeError,
      "answers.unconditionalLogProbs: expected 1 entries, as answers.logProbs has, got 0",
    ],
    [[], RangeError, "answers.logProbs: expected at least one answer, got none"],
    [[-1, -2], TypeError, "answers.logProbs[0]: expected a number, got undefined"],
    [{ logProbs: [1], bytes: [1.5] }, RangeError, "answers.bytes[0]: expected a whole number of bytes >= 0, got 1.5"],
  ])("refuses %o", (answers, errorClass, message) => {
    expectRefusal(() => multipleChoice(answers as never), errorClass, message);
  });
});
