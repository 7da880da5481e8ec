/** mergeScores and mergeComparisons: join the totals of parts that were scored separately, also on other machines. */
import { wrongType, wrongValue } from "../errors.js";
import { comparisonState, scoreState } from "./checked-states.js";
import { objectOf } from "./checked-sums.js";
import { joinComparisons } from "./comparison-state.js";
import { type ComparisonTotals, comparisonTotals } from "./comparison-totals.js";
import { joinScores, type ScoreTotals, totalsOf } from "./totals.js";

/** The part of the totals that merging reads. */
export type MergeableScores = Pick<ScoreTotals, "sums">;
export type MergeableComparison = Pick<ComparisonTotals, "sums">;

/**
 * Merges the totals of parts of a text into those of the whole text, bit for bit, in any order and grouping. Merged totals can be
 * merged again.
 *
 * ```text
 * nats = exact sum over the parts; every other figure as in scoreTokens
 * ```
 *
 * Reads only `sums`, which JSON preserves bit for bit (in other members JSON turns NaN and Infinity into null).
 *
 * A document may be split over parts: tokens whose `documents` have the same number belong to one document. The accuracy is NaN if
 * that of a part is not known ({@link scoreLogProbs}).
 *
 * @param parts - One or more `totals` of {@link scoreTokens}, {@link scoreLogProbs} or of this function, as returned or parsed from
 * JSON.
 * @returns New totals; the parts are not changed.
 * @throws TypeError when `parts` is not an array of totals, or only some parts have bytes or documents; RangeError for an empty
 * array, and for counts and sums that no run can have made.
 *
 * Source: Shewchuk, "Adaptive precision floating-point arithmetic", 1997 (sums without rounding).
 *
 * @example
 * ```ts
 * import { mergeScores, scoreTokens } from "wasm-cross-entropy";
 *
 * const first = scoreTokens(new Float32Array([2, 1, 0.5]), 0).totals;
 * const second = JSON.parse(JSON.stringify(scoreTokens(new Float32Array([0.5, 2.5, 1]), 1).totals));
 * const { tokens, perplexity, perplexityStderr } = mergeScores([first, second]);
 * tokens; // => 2
 * perplexity; // => 1.4701468
 * perplexityStderr; // => 0.1161512
 * ```
 */
export function mergeScores(parts: readonly MergeableScores[]): ScoreTotals {
  const states = listOf(parts).map((part, index) => scoreState(`parts[${index}].sums`, part));
  const whole = states.reduce(joinScores);
  for (const count of [whole.tokens, whole.text?.bytes ?? 0]) checkCount(count);
  return totalsOf(whole);
}

/**
 * Merges the totals of compared parts into those of the whole, bit for bit, in any order and grouping.
 *
 * ```text
 * means, standard errors and correlation from exact sums over the parts; percentiles from the values of all tokens
 * ```
 *
 * The parts keep two numbers per token for the percentiles: about 45 bytes of JSON. A document may be split over parts, as in
 * {@link mergeScores}.
 *
 * @param parts - One or more `totals` of {@link compareLogits} or of this function, as returned or parsed from JSON.
 * @returns New totals; the parts are not changed.
 * @throws TypeError when `parts` is not an array of totals, or only some parts have documents; RangeError for an empty array, and
 * for counts, sums and values that no run can have made.
 *
 * Source: Shewchuk, "Adaptive precision floating-point arithmetic", 1997 (sums without rounding).
 *
 * @example
 * ```ts
 * import { compareLogits, mergeComparisons } from "wasm-cross-entropy";
 *
 * const parts = [0.25, 0.5].map((x) => compareLogits(new Float32Array([2, 1, 0]), new Float32Array([2, 1, x]), 0).totals);
 * mergeComparisons(parts).maxKl; // => 0.0117475
 * ```
 */
export function mergeComparisons(parts: readonly MergeableComparison[]): ComparisonTotals {
  const states = listOf(parts).map((part, index) => comparisonState(`parts[${index}].sums`, part));
  const whole = joinComparisons(states);
  checkCount(whole.tokens);
  return comparisonTotals(whole);
}

function listOf(parts: readonly { readonly sums: unknown }[]): unknown[] {
  if (!Array.isArray(parts)) throw wrongType("parts", "an array of totals", parts);
  if (parts.length === 0) throw wrongValue("parts", "at least one part", "none");
  return parts.map((part: unknown, index) => objectOf(`parts[${index}]`, part).sums);
}

/** Counts of the whole must be exact too, so that it can be merged again. */
function checkCount(count: number): void {
  if (!Number.isSafeInteger(count)) throw wrongValue("parts", "fewer than 2^53 tokens and bytes in all", count);
}
