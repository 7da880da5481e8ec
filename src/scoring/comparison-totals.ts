/** Computes the totals of a comparison from its state. */

import { type ComparisonState, canonicalComparison } from "./comparison-state.js";
import { clusteredStderr } from "./document-sums.js";
import { type ExactSum, jointScatter, roundExact, scatter } from "./exact-sum.js";
import { exp } from "./exp.js";
import { type Ordered, type Percentiles, percentilesOf, quantile } from "./percentiles.js";
import { shareStderr } from "./totals.js";

/**
 * Totals of a comparison of two models: the figures that llama.cpp prints with --kl-divergence, with probabilities as fractions
 * instead of per cent. Each `...Stderr` is a standard error. A token with a NaN row is counted, and makes every figure NaN that
 * depends on losses, divergences or probabilities.
 */
export interface ComparisonTotals {
  /** Tokens compared, without ignored ones. */
  tokens: number;
  /** Tokens for which at least one model's row has no distribution. */
  nanTokens: number;
  /** Number of documents that have compared tokens; absent without the option `documents`. */
  documents?: number;
  /** Perplexity of the base model and of the other model. */
  basePerplexity: number;
  basePerplexityStderr: number;
  otherPerplexity: number;
  otherPerplexityStderr: number;
  /** Mean of o - b, the losses of the other model and of the base: ln(perplexityRatio). */
  logPerplexityRatio: number;
  logPerplexityRatioStderr: number;
  /** otherPerplexity / basePerplexity. */
  perplexityRatio: number;
  perplexityRatioStderr: number;
  /**
   * Standard error of the ratio if only documents are independent, from each document's sum of o - b: the ratio times
   * sqrt(D / (D - 1) sum_d (s_d - n_d mean)^2) / tokens, with the sum s_d and the n_d tokens of each of D documents
   * (arXiv:2411.00640). NaN for one document. Absent without the option `documents`.
   */
  perplexityRatioClusteredStderr?: number;
  /** otherPerplexity - basePerplexity. */
  perplexityDifference: number;
  perplexityDifferenceStderr: number;
  /** Correlation of the tokens' log-probabilities under both models. */
  logProbCorrelation: number;
  /** KL divergence from base to other, in nats. */
  meanKl: number;
  meanKlStderr: number;
  /** The same formula for the mean divergence, with each document's sum of divergences. Absent without the option `documents`. */
  meanKlClusteredStderr?: number;
  medianKl: number;
  minKl: number;
  maxKl: number;
  klPercentiles: Percentiles;
  /** Change of the target's probability, other - base, as a fraction. */
  meanProbabilityChange: number;
  meanProbabilityChangeStderr: number;
  /** Root mean square of the change. */
  rmsProbabilityChange: number;
  rmsProbabilityChangeStderr: number;
  medianProbabilityChange: number;
  minProbabilityChange: number;
  maxProbabilityChange: number;
  probabilityChangePercentiles: Percentiles;
  /** Fraction of tokens for which both models have the same top class. */
  sameTop: number;
  sameTopStderr: number;
  /** The state behind the totals, for `mergeComparisons`: plain data that JSON preserves bit for bit. */
  sums: ComparisonState;
}

/** Computes each figure from exact sums. Without tokens every mean is NaN; with one token every standard error is NaN. */
export function comparisonTotals(compared: ComparisonState): ComparisonTotals {
  const state = canonicalComparison(compared);
  const { tokens, sums } = state;
  const { documents } = compared;
  const sameTop = state.sameTop / tokens;
  return {
    tokens,
    nanTokens: sums.kl.nan,
    ...(documents && { documents: documents.kl.length }),
    ...perplexities({ ...state, documents }),
    ...divergences({ ...state, documents }),
    ...changes(state),
    sameTop,
    sameTopStderr: shareStderr(sameTop, tokens),
    sums: state,
  };
}

/** A sample whose percentiles are all NaN. */
const EMPTY: Ordered = { values: [], infinite: 0 };

/** Mean, and its standard error sqrt(var / (n - 1)) with the population variance. */
function meanOf(count: number, sum: ExactSum, squares: ExactSum): { readonly mean: number; readonly stderr: number } {
  const variance = scatter(count, sum, squares) / count / count;
  return { mean: roundExact(sum) / count, stderr: Math.sqrt(variance / (count - 1)) };
}

function perplexities({ tokens, sums, documents }: ComparisonState) {
  const base = meanOf(tokens, sums.base, sums.baseSquares);
  const other = meanOf(tokens, sums.other, sums.otherSquares);
  const [basePerplexity, otherPerplexity] = [exp(base.mean), exp(other.mean)];
  // var o + var b - 2 cov(o, b), computed as the variance of o - b: no cancellation when the models are close
  const difference = meanOf(tokens, sums.differences, sums.differenceSquares);
  const logPerplexityRatio = other.mean - base.mean;
  const perplexityRatio = exp(logPerplexityRatio);
  const joint = jointScatter(tokens, sums.base, sums.other, sums.products);
  const [baseScatter, otherScatter] = [
    scatter(tokens, sums.base, sums.baseSquares),
    scatter(tokens, sums.other, sums.otherSquares),
  ];
  const [baseError, otherError] = [basePerplexity * base.stderr, otherPerplexity * other.stderr];
  const covariance = (basePerplexity * otherPerplexity * (joint / tokens / tokens)) / (tokens - 1);
  return {
    basePerplexity,
    basePerplexityStderr: baseError,
    otherPerplexity,
    otherPerplexityStderr: otherError,
    logPerplexityRatio,
    logPerplexityRatioStderr: difference.stderr,
    perplexityRatio,
    perplexityRatioStderr: perplexityRatio * difference.stderr,
    ...(documents && { perplexityRatioClusteredStderr: perplexityRatio * clusteredStderr(documents.differences) }),
    perplexityDifference: otherPerplexity - basePerplexity,
    // rounding can make the difference slightly negative
    perplexityDifferenceStderr: Math.sqrt(Math.max(0, baseError ** 2 + otherError ** 2 - 2 * covariance)),
    logProbCorrelation: joint / Math.sqrt(baseScatter * otherScatter),
  };
}

function divergences({ tokens, sums, klValues, documents }: ComparisonState) {
  const { mean, stderr } = meanOf(tokens, sums.kl, sums.klSquares);
  const hasNaN = sums.kl.nan > 0;
  const sample = hasNaN ? EMPTY : { values: klValues, infinite: sums.kl.infinite };
  return {
    meanKl: mean,
    meanKlStderr: stderr,
    ...(documents && { meanKlClusteredStderr: clusteredStderr(documents.kl) }),
    medianKl: quantile(sample, 0.5),
    minKl: quantile(sample, 0),
    maxKl: quantile(sample, 1),
    klPercentiles: percentilesOf(sample),
  };
}

function changes({ tokens, sums, changeValues }: ComparisonState) {
  const { mean, stderr } = meanOf(tokens, sums.changes, sums.changeSquares);
  const square = meanOf(tokens, sums.changeSquares, sums.changeFourths);
  const rms = Math.sqrt(square.mean);
  const sample = sums.changes.nan > 0 ? EMPTY : { values: changeValues, infinite: 0 };
  return {
    meanProbabilityChange: mean,
    meanProbabilityChangeStderr: stderr,
    rmsProbabilityChange: rms,
    // d sqrt(s) = d s / (2 sqrt(s)); 0 for identical models
    rmsProbabilityChangeStderr: rms === 0 ? 0 : square.stderr / (2 * rms),
    medianProbabilityChange: quantile(sample, 0.5),
    minProbabilityChange: quantile(sample, 0),
    maxProbabilityChange: quantile(sample, 1),
    probabilityChangePercentiles: percentilesOf(sample),
  };
}
