/** perplexity: from a mean loss, or from totals. */
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { checkKeys, checkLoss, checkNumber } from "./token-table.js";

/** Totals of a scored text: the sum of the losses, and the number of tokens. */
export interface NatsPerTokens {
  /** Sum of the losses, in nats. */
  readonly nats: number;
  /** Number of tokens scored, without ignored ones. */
  readonly tokens: number;
}

/**
 * Perplexity: the number of equally likely tokens that would be as hard to predict.
 *
 * ```text
 * perplexity = e^(mean loss in nats)
 * ```
 *
 * 0 tokens give NaN, as the mean is undefined. {@link scoreTokens} computes the perplexity from logits and
 * tokens, with its standard error: `totals.perplexity`.
 *
 * @param input - The mean loss in nats, or `{ nats, tokens }`: the sum of the losses, and the number of tokens.
 * @returns A number without unit, >= 1.
 * @throws TypeError when an argument is not a number; RangeError when nats are negative (log-probabilities have to be negated) or
 * not finite, or `tokens` is negative or not whole.
 *
 * Accuracy: the relative error is the absolute error of the mean loss. Source: Jelinek et al. 1977.
 *
 * @example
 * ```ts
 * import { perplexity } from "wasm-cross-entropy";
 *
 * perplexity(Math.log(50)); // => 50
 * perplexity({ nats: 1004.4331868217507, tokens: 246 }); // => 59.3268351
 * ```
 */
export function perplexity(meanNats: number): number;
export function perplexity(totals: NatsPerTokens): number;
export function perplexity(input: number | NatsPerTokens): number {
  if (typeof input === "number") return Math.exp(checkLoss("meanNats", input));
  if (!isTotals(input)) {
    throw wrongType("perplexity", "the mean loss in nats or { nats, tokens }", input);
  }
  checkKeys("perplexity", input, ["nats", "tokens"]);
  const nats = checkLoss("nats", fieldOf(input, "nats"));
  const tokens = checkNumber("tokens", fieldOf(input, "tokens"));
  if (!Number.isSafeInteger(tokens) || tokens < 0) {
    throw wrongValue("tokens", "a whole number of tokens >= 0", tokens);
  }
  return tokens === 0 ? Number.NaN : Math.exp(nats / tokens);
}

/** Whether `input` is an object other than an array. The caller checks its keys. */
function isTotals(input: unknown): input is NatsPerTokens {
  return typeof input === "object" && input !== null && !ArrayBuffer.isView(input) && !Array.isArray(input);
}
