/** perplexity: from a mean loss, or from totals. */
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
 * Perplexity: how many equally likely tokens would be as hard to guess.
 *
 * ```text
 * perplexity = e^(mean loss in nats)
 * ```
 *
 * No tokens give NaN, as the mean over nothing does; a NaN loss gives NaN. For logits and tokens {@link scoreTokens} gives it, with
 * its error, as `totals.perplexity`.
 *
 * @param input - The mean loss in nats, or `{ nats, tokens }`: the sum of the losses, and the number of tokens it is over.
 * @returns A number >= 1, of no unit.
 * @throws TypeError when an argument is no number; RangeError when `tokens` is negative or not whole.
 *
 * Accuracy: the mean loss's relative to 1. Source: Jelinek et al. 1977.
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
  if (typeof input === "number") return Math.exp(input);
  if (!isTotals(input)) {
    throw wrongType("perplexity", "the mean loss in nats or { nats, tokens }", input);
  }
  checkKeys("perplexity", input, ["nats", "tokens"]);
  const nats = checkNumber("nats", input.nats);
  const tokens = checkNumber("tokens", input.tokens);
  if (!Number.isSafeInteger(tokens) || tokens < 0) {
    throw wrongValue("tokens", "a whole number of tokens >= 0", tokens);
  }
  return tokens === 0 ? Number.NaN : Math.exp(nats / tokens);
}

/** An object that is no array: its keys are checked one by one. */
function isTotals(input: unknown): input is NatsPerTokens {
  return typeof input === "object" && input !== null && !ArrayBuffer.isView(input) && !Array.isArray(input);
}
