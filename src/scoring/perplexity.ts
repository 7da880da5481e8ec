/** perplexity: from a mean loss, from totals, or straight from logits. */
import type { CrossEntropyOptions, FloatTensor, Targets } from "../arguments/types.js";
import { wrongType, wrongValue } from "../errors.js";
import { crossEntropy } from "../losses/cross-entropy.js";
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
 * Takes the mean loss in nats, or the total and the number of tokens it is over, or logits and targets as
 * {@link crossEntropy} does (rows are tokens). No tokens give NaN, as the mean over nothing does; a NaN loss gives NaN.
 *
 * @param input - The mean loss in nats, `{ nats, tokens }`, or logits as {@link crossEntropy} takes them.
 * @param targets - With logits: one class index a row, or probabilities.
 * @param options - With logits: as {@link crossEntropy}.
 * @returns A number >= 1, of no unit.
 * @throws TypeError when an argument is no number; RangeError when `tokens` is negative or not whole; with logits as
 * {@link crossEntropy}.
 *
 * Accuracy: the mean loss's relative to 1. Source: Jelinek et al. 1977.
 *
 * @example
 * ```ts
 * import { perplexity } from "wasm-cross-entropy";
 *
 * perplexity(Math.log(50)); // => 50
 * perplexity({ nats: 1004.4331868217507, tokens: 246 }); // => 59.3268351
 * perplexity(new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]), [0, 1]); // => 1.4701468
 * ```
 */
export function perplexity(meanNats: number): number;
export function perplexity(totals: NatsPerTokens): number;
export function perplexity(logits: FloatTensor, targets: Targets, options?: CrossEntropyOptions<"mean">): number;
export function perplexity(
  input: number | NatsPerTokens | FloatTensor,
  targets?: Targets,
  options?: CrossEntropyOptions<"mean">,
): number {
  return perplexityBy(crossEntropy, input, targets, options);
}

/** The same with the crossEntropy of a certain engine. */
export function perplexityBy(
  meanLoss: (logits: FloatTensor, targets: Targets, options?: CrossEntropyOptions<"mean">) => number,
  input: number | NatsPerTokens | FloatTensor,
  targets?: Targets,
  options?: CrossEntropyOptions<"mean">,
): number {
  if (targets !== undefined) return Math.exp(meanLoss(input as FloatTensor, targets, options));
  if (typeof input === "number") return Math.exp(input);
  if (!isTotals(input)) {
    throw wrongType("perplexity", "the mean loss in nats, { nats, tokens }, or logits and targets", input);
  }
  checkKeys("perplexity", input, ["nats", "tokens"]);
  const nats = checkNumber("nats", input.nats);
  const tokens = checkNumber("tokens", input.tokens);
  if (!Number.isSafeInteger(tokens) || tokens < 0) {
    throw wrongValue("tokens", "a whole number of tokens >= 0", tokens);
  }
  return tokens === 0 ? Number.NaN : Math.exp(nats / tokens);
}

/** An object that is no array and no tensor: its keys are checked one by one. */
function isTotals(input: unknown): input is NatsPerTokens {
  return typeof input === "object" && input !== null && !ArrayBuffer.isView(input) && !Array.isArray(input) && !("data" in input);
}
