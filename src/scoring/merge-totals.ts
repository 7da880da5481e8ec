/** mergeScores and mergeComparisons: join the totals of parts that were scored separately, also on other machines. */
import { wrongType, wrongValue } from "../errors.js";
import { fieldOf } from "../values.js";
import { COMPARISON_SUMS, type ComparisonState, joinComparisons } from "./comparison-state.js";
import { type ComparisonTotals, comparisonTotals } from "./comparison-totals.js";
import type { ExactSum } from "./exact-sum.js";
import { joinScores, type ScoreState, type ScoreTotals, totalsOf } from "./totals.js";

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
 * @param parts - One or more `totals` of {@link scoreTokens} or of this function, as returned or parsed from JSON.
 * @returns New totals; the parts are not changed.
 * @throws TypeError when `parts` is not an array of totals, or only some parts have bytes; RangeError for an empty array, a count
 * that is not a whole number >= 0, or a sum that is not finite.
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
  return totalsOf(states.reduce(joinScores));
}

/**
 * Merges the totals of compared parts into those of the whole, bit for bit, in any order and grouping.
 *
 * ```text
 * means, standard errors and correlation from exact sums over the parts; percentiles from the values of all tokens
 * ```
 *
 * The parts keep two numbers per token for the percentiles: about 45 bytes of JSON.
 *
 * @param parts - One or more `totals` of {@link compareLogits} or of this function, as returned or parsed from JSON.
 * @returns New totals; the parts are not changed.
 * @throws TypeError when `parts` is not an array of totals; RangeError for an empty array, a count that is not a whole number
 * >= 0, or a value that is not finite.
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
  return comparisonTotals(joinComparisons(states));
}

function listOf(parts: readonly { readonly sums: unknown }[]): unknown[] {
  if (!Array.isArray(parts)) throw wrongType("parts", "an array of totals", parts);
  if (parts.length === 0) throw wrongValue("parts", "at least one part", "none");
  return parts.map((part: unknown, index) => objectOf(`parts[${index}]`, part).sums);
}

function scoreState(name: string, value: unknown): ScoreState {
  const given = objectOf(name, value);
  const { tokens, correct, nats, squares } = given;
  const text = fieldOf(given, "text");
  const state: ScoreState = {
    tokens: countOf(`${name}.tokens`, tokens),
    correct: countOf(`${name}.correct`, correct),
    nats: sumOf(`${name}.nats`, nats),
    squares: sumOf(`${name}.squares`, squares),
  };
  if (text === undefined) return state;
  const { bytes, nats: textNats } = objectOf(`${name}.text`, text);
  return { ...state, text: { bytes: countOf(`${name}.text.bytes`, bytes), nats: sumOf(`${name}.text.nats`, textNats) } };
}

function comparisonState(name: string, value: unknown): ComparisonState {
  const { tokens, sameTop, sums, klValues, changeValues } = objectOf(name, value);
  const given = objectOf(`${name}.sums`, sums);
  const checked = COMPARISON_SUMS.map((sum) => [sum, sumOf(`${name}.sums.${sum}`, given[sum])]);
  return {
    tokens: countOf(`${name}.tokens`, tokens),
    sameTop: countOf(`${name}.sameTop`, sameTop),
    sums: Object.fromEntries(checked) as ComparisonState["sums"],
    klValues: finiteNumbers(`${name}.klValues`, klValues),
    changeValues: finiteNumbers(`${name}.changeValues`, changeValues),
  };
}

function sumOf(name: string, value: unknown): ExactSum {
  const { partials, nan, infinite } = objectOf(name, value);
  return {
    partials: finiteNumbers(`${name}.partials`, partials),
    nan: countOf(`${name}.nan`, nan),
    infinite: countOf(`${name}.infinite`, infinite),
  };
}

function objectOf(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

function countOf(name: string, value: unknown): number {
  if (typeof value !== "number") throw wrongType(name, "a number", value);
  if (!Number.isSafeInteger(value) || value < 0) throw wrongValue(name, "a whole number >= 0", value);
  return value;
}

function finiteNumbers(name: string, value: unknown): number[] {
  if (!Array.isArray(value)) throw wrongType(name, "an array of numbers", value);
  for (const [index, entry] of value.entries()) {
    if (typeof entry !== "number") throw wrongType(`${name}[${index}]`, "a number", entry);
    if (!Number.isFinite(entry)) throw wrongValue(`${name}[${index}]`, "a finite number", entry);
  }
  return value as number[];
}
