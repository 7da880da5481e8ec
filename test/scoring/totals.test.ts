import { describe, expect, test } from "vitest";
import { addScores, emptyScores, joinScores, type ScoreState, totalsOf } from "../../src/scoring/totals.js";
import { passage } from "./f64-losses.js";

/** An error class. */
type Refusal = new (message: string) => Error;

const NAMES = {
  tokens: "tokens",
  bytes: "bytes",
  nats: "nats",
  perplexity: "perplexity",
  perplexityStderr: "perplexity_stderr",
  bitsPerToken: "bits_per_token",
  bitsPerByte: "bits_per_byte",
  accuracy: "accuracy",
} as const;

describe.each(["devil", "widget"] as const)("%s", (name) => {
  const { nats, greedy, bytes, expected } = passage(name);
  const scored = (from: number, to: number): ScoreState => {
    const state = emptyScores({ bytes: true });
    const part = { nats: nats.slice(from, to), greedy: greedy.slice(from, to), bytes: bytes.slice(from, to) };
    addScores(state, part);
    return state;
  };
  const totals = totalsOf(scored(0, nats.length));

  test.each(Object.entries(NAMES))("%s agrees with the independent value to 1e-9", (key, other) => {
    const wanted = expected[other];
    expect(Math.abs((totals[key as keyof typeof NAMES] as number) / wanted - 1)).toBeLessThan(1e-9);
  });

  test("parts merge to the same bits in any order, also through JSON", () => {
    const cuts = [0, 1, 50, 51, 200, nats.length];
    const parts = cuts.slice(1).map((to, index) => scored(cuts[index], to));
    const shipped = parts.map((part) => JSON.parse(JSON.stringify(part)) as ScoreState);
    const join = (list: ScoreState[]) => totalsOf(list.reduce(joinScores, emptyScores({ bytes: true })));
    for (const list of [parts, shipped, [...parts].reverse()]) expect(join(list)).toEqual(totals);
  });
});

describe("what counts", () => {
  test("ignored tokens never count; tokens of 0 bytes count everywhere except in bits per byte", () => {
    const state = emptyScores({ bytes: true });
    addScores(state, {
      nats: [Math.LN2, 5 * Math.LN2, 3 * Math.LN2, Number.NaN],
      greedy: [1, 0, 1, 1],
      kept: [1, 1, 1, 0],
      bytes: [2, 0, 6, 7],
    });
    expect(totalsOf(state)).toEqual({
      tokens: 3,
      nanTokens: 0,
      infiniteTokens: 0,
      bytes: 8,
      nats: 9 * Math.LN2,
      perplexity: expect.closeTo(8, 12),
      // var = (4 + 4 + 0) / 3 ln^2 2
      perplexityStderr: expect.closeTo(8 * Math.LN2 * Math.sqrt(8 / 3 / 2), 12),
      bitsPerToken: expect.closeTo(3, 14),
      bitsPerByte: expect.closeTo(0.5, 14),
      accuracy: 2 / 3,
      accuracyStderr: Math.sqrt(2) / 3 / Math.sqrt(2),
      sums: expect.objectContaining({ tokens: 3, correct: 2 }),
    });
  });

  test("without byte counts the totals have neither bytes nor bits per byte", () => {
    const state = emptyScores();
    addScores(state, { nats: [1, 2, 3], greedy: [1, 0, 0] });
    const totals = totalsOf(state);
    expect(Object.keys(totals)).toEqual([
      "tokens",
      "nanTokens",
      "infiniteTokens",
      "nats",
      "perplexity",
      "perplexityStderr",
      "bitsPerToken",
      "accuracy",
      "accuracyStderr",
      "sums",
    ]);
    expect(totals.perplexity).toBeCloseTo(Math.E ** 2, 12);
    expect(totals.perplexityStderr).toBeCloseTo(Math.E ** 2 / Math.sqrt(3), 12);
  });

  test("no tokens: NaN, not 0", () => {
    expect(totalsOf(emptyScores({ bytes: true }))).toEqual({
      tokens: 0,
      nanTokens: 0,
      infiniteTokens: 0,
      bytes: 0,
      nats: 0,
      perplexity: Number.NaN,
      perplexityStderr: Number.NaN,
      bitsPerToken: Number.NaN,
      bitsPerByte: Number.POSITIVE_INFINITY,
      accuracy: Number.NaN,
      accuracyStderr: Number.NaN,
      sums: emptyScores({ bytes: true }),
    });
  });

  test("equal losses have a standard error of 0; with one token it is NaN", () => {
    const state = emptyScores();
    addScores(state, { nats: [10.824905], greedy: [0] });
    expect(totalsOf(state).perplexityStderr).toBeNaN();
    addScores(state, { nats: Float32Array.from({ length: 99 }, () => 10.824905), greedy: new Uint8Array(99) });
    expect(totalsOf(state).perplexityStderr).toBeGreaterThan(0);
    const equal = emptyScores();
    addScores(equal, { nats: Array.from({ length: 99 }, () => 10.824905), greedy: new Uint8Array(99) });
    expect(totalsOf(equal).perplexityStderr).toBe(0);
  });

  test("a NaN loss counts as a miss and makes every total of losses NaN", () => {
    const state = emptyScores({ bytes: true });
    addScores(state, { nats: [1, Number.NaN], greedy: [1, 1], bytes: [1, 1] });
    expect(totalsOf(state)).toMatchObject({
      tokens: 2,
      nanTokens: 1,
      nats: Number.NaN,
      perplexity: Number.NaN,
      perplexityStderr: Number.NaN,
      bitsPerByte: Number.NaN,
      accuracy: 0.5,
    });
  });

  test("an infinite loss makes the totals infinite", () => {
    const state = emptyScores();
    addScores(state, { nats: [1, Number.POSITIVE_INFINITY], greedy: [1, 0] });
    expect(totalsOf(state)).toMatchObject({
      infiniteTokens: 1,
      nats: Infinity,
      perplexity: Infinity,
      perplexityStderr: Number.NaN,
    });
  });
});

describe("invalid input leaves the state unchanged", () => {
  test.each<[object, Refusal, string]>([
    [{ nats: [1, 2], greedy: [1] }, RangeError, "greedy: expected 2 entries, as nats has, got 1"],
    [{ nats: [1, 2], greedy: [1, 0], kept: [1] }, RangeError, "kept: expected 2 entries, as nats has, got 1"],
    [{ nats: [1, 2], greedy: [1, 0] }, TypeError, "bytes: expected one entry a token, got undefined"],
    [{ nats: [1, 2], greedy: [1, 0], bytes: [1, -1] }, RangeError, "bytes[1]: expected a whole number of bytes >= 0, got -1"],
    [
      { nats: [1, -Infinity], greedy: [1, 0], bytes: [1, 1] },
      RangeError,
      "nats[1]: expected a loss above -Infinity, got -Infinity",
    ],
    [{ nats: [1, "2"], greedy: [1, 0], bytes: [1, 1] }, TypeError, 'nats[1]: expected a number, got "2"'],
    [{ nats: 1, greedy: [1] }, TypeError, "nats: expected a Float32Array, Float64Array or number[], got 1"],
  ])("%#", (scores, type, message) => {
    const state = emptyScores({ bytes: true });
    const call = () => addScores(state, scores as { nats: number[]; greedy: number[] });
    expect(call).toThrow(new type(message));
    expect(state).toEqual(emptyScores({ bytes: true }));
  });

  test("bytes for a state without bytes, and merging states with and without bytes", () => {
    expect(() => addScores(emptyScores(), { nats: [1], greedy: [1], bytes: [1] })).toThrow(
      new TypeError("bytes: expected none, as the state was begun without them, got an array of 1"),
    );
    expect(() => joinScores(emptyScores(), emptyScores({ bytes: true }))).toThrow(
      new TypeError("mergeScores: expected all parts with bytes or all without, got some of each"),
    );
  });
});
