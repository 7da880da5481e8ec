import { wrongType, wrongValue } from "../errors.js";
import { checkKeys, checkNumber } from "./token-table.js";

/** Totals of a scored text: the sum of the losses, and how many tokens it is over. */
export interface NatsPerTokens {
  /** Sum of the losses, in nats. */
  readonly nats: number;
  /** Number of tokens scored (ignored ones not among them). */
  readonly tokens: number;
}

/**
 * Perplexity, e^mean: how many equally likely tokens would be as hard to guess.
 *
 * Takes the mean loss in nats, or the total and the number of tokens it is over. No tokens give NaN, as the mean over
 * nothing does; a NaN loss gives NaN.
 *
 * @throws TypeError when an argument is not a number
 * @throws RangeError when `tokens` is negative or not whole
 * @example
 * ```ts
 * import { perplexity } from "wasm-cross-entropy";
 *
 * perplexity(2); // => 7.3890561
 * perplexity({ nats: 1004.4331868217507, tokens: 246 }); // => 59.3268351
 * ```
 */
export function perplexity(meanNats: number): number;
export function perplexity(totals: NatsPerTokens): number;
export function perplexity(input: number | NatsPerTokens): number {
  if (typeof input === "number") return Math.exp(input);
  if (typeof input !== "object" || input === null) {
    throw wrongType("perplexity", "the mean loss in nats, or { nats, tokens }", input);
  }
  checkKeys("perplexity", input, ["nats", "tokens"]);
  const nats = checkNumber("nats", input.nats);
  const tokens = checkNumber("tokens", input.tokens);
  if (!Number.isSafeInteger(tokens) || tokens < 0) {
    throw wrongValue("tokens", "a whole number of tokens >= 0", tokens);
  }
  return tokens === 0 ? Number.NaN : Math.exp(nats / tokens);
}
