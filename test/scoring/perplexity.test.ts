import { expect, test } from "vitest";
import { perplexity } from "../../src/scoring/perplexity.js";

/** An error class. */
type Refusal = new (message: string) => Error;

test("e^mean, from the mean or from totals", () => {
  expect(perplexity(Math.log(50))).toBeCloseTo(50, 12);
  expect(perplexity(0)).toBe(1);
  expect(perplexity({ nats: 1004.4331868217507, tokens: 246 })).toBeCloseTo(59.32683511234877, 12);
  expect(perplexity({ nats: 3 * Math.LN2, tokens: 3 })).toBeCloseTo(2, 14);
});

test("no tokens", () => {
  expect(perplexity({ nats: 0, tokens: 0 })).toBeNaN();
});

const LOSS = "expected nats, a finite number >= 0";

test.each<[unknown, Refusal, string]>([
  ["4", TypeError, 'perplexity: expected the mean loss in nats or { nats, tokens }, got "4"'],
  [null, TypeError, "perplexity: expected the mean loss in nats or { nats, tokens }, got null"],
  [new Float32Array(3), TypeError, "perplexity: expected the mean loss in nats or { nats, tokens }, got Float32Array(3)"],
  [{ data: new Float32Array(3), dims: [3] }, TypeError, 'perplexity: expected only nats, tokens, got the unknown "data"'],
  [{ nats: 3 }, TypeError, "tokens: expected a number, got undefined"],
  [{ nats: "3", tokens: 1 }, TypeError, 'nats: expected a number, got "3"'],
  [{ nats: 3, tokens: -1 }, RangeError, "tokens: expected a whole number of tokens >= 0, got -1"],
  [{ nats: 3, tokens: 1.5 }, RangeError, "tokens: expected a whole number of tokens >= 0, got 1.5"],
  [-2.3, RangeError, `meanNats: ${LOSS}, got -2.3 (negate log-probabilities)`],
  [-Infinity, RangeError, `meanNats: ${LOSS}, got -Infinity (negate log-probabilities)`],
  [Number.NaN, RangeError, `meanNats: ${LOSS}, got NaN`],
  [Infinity, RangeError, `meanNats: ${LOSS}, got Infinity`],
  [{ nats: -9, tokens: 3 }, RangeError, `nats: ${LOSS}, got -9 (negate log-probabilities)`],
  [{ nats: Number.NaN, tokens: 3 }, RangeError, `nats: ${LOSS}, got NaN`],
  [{ nats: Infinity, tokens: 3 }, RangeError, `nats: ${LOSS}, got Infinity`],
  [{ nats: 3, token: 1 }, TypeError, 'perplexity: expected only nats, tokens, got the unknown "token" (did you mean tokens?)'],
])("bad input %j", (input, type, message) => {
  const call = () => perplexity(input as number);
  expect(call).toThrow(new type(message));
});
