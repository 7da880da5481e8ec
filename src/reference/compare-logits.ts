/** Compares the predictions of two models. */
import { keptClass, type Row, settingsOf } from "./cross-entropy-rows.js";
import { negativeLogProbability } from "./log-sum-exp.js";
import { type ScoredRowsOptions, scoredRows } from "./scored-rows.js";
import { covariance, mean, meanError, quantile, shareError } from "./statistics.js";
import {
  dataOf,
  type FloatTensor,
  type IndexTargets,
  type NewFloat64Array,
  type NewUint8Array,
  readRow,
  rowsAlong,
  shapeOf,
} from "./tensor.js";

export interface CompareLogitsOptions extends ScoredRowsOptions {
  /** `rowStride` of the other model; that option itself is the base's. */
  readonly otherRowStride?: number | undefined;
}

const PERCENTAGES = [99.9, 99, 95, 90, 75, 25, 10, 5, 1, 0.1] as const;

/** Columns with one entry per row. */
export interface ComparedRows {
  readonly klDivergences: NewFloat64Array;
  readonly baseLogProbs: NewFloat64Array;
  readonly otherLogProbs: NewFloat64Array;
  readonly sameTop: NewUint8Array;
}

export interface LogitsComparison extends ComparedRows {
  readonly totals: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
}

/**
 * Per row the KL divergence of its softmax from the other model's, the target's log-probability under both models, and
 * whether both have the same greatest logit (of equal ones the first); totals with their standard errors, as llama.cpp prints
 * them with --kl-divergence.
 *
 *     KL = sum_c p_c log(p_c / q_c) = sum_c p_c (d_c - 1 + e^-d_c),   d_c = log p_c - log q_c
 *
 * The second form has no term below 0, so nothing cancels where the models are near. An ignored row is NaN, and so is a row where
 * either model has no distribution; sameTop is 0 there.
 *
 * Sources: Kullback and Leibler, 1951; llama.cpp, tools/perplexity/perplexity.cpp.
 *
 * @throws RangeError for a class or an axis out of range.
 *
 * @example
 * compareLogits([0, 0, 1, 2], [1, 1, 2, 1], [0, 1]).sameTop; // => [1, 0]
 */
export function compareLogits(
  base: FloatTensor,
  other: FloatTensor,
  targets: IndexTargets,
  options: CompareLogitsOptions = {},
): LogitsComparison {
  const { rows, indices } = scoredRows(base, targets, options);
  const shape = options.shape ?? shapeOf(base) ?? shapeOf(other) ?? [rows.count, rows.classes];
  const otherRows = rowsAlong(dataOf(other), shape, options.axis, options.otherRowStride);
  const settings = settingsOf(rows, options);
  const otherSettings = settingsOf(otherRows, options);
  const floats = (): NewFloat64Array => new Float64Array(rows.count).fill(Number.NaN);
  const columns = {
    klDivergences: floats(),
    baseLogProbs: floats(),
    otherLogProbs: floats(),
    sameTop: new Uint8Array(rows.count),
  };
  const kept: number[] = [];
  for (let index = 0; index < rows.count; index++) {
    const target = keptClass(indices, index, rows.classes, settings);
    if (target === undefined) continue;
    kept.push(index);
    const [p, q] = [settings.read(index), otherSettings.read(index)];
    columns.klDivergences[index] = divergence(p, q);
    columns.baseLogProbs[index] = 0 - negativeLogProbability(p, p.x[target]);
    columns.otherLogProbs[index] = 0 - negativeLogProbability(q, q.x[target]);
    const hasDivergence = !Number.isNaN(columns.klDivergences[index]);
    columns.sameTop[index] = hasDivergence && topOf(readRow(rows, index)) === topOf(readRow(otherRows, index)) ? 1 : 0;
  }
  return { ...columns, totals: totalsOf(columns, kept) };
}

function divergence(p: Row, q: Row): number {
  return p.x.reduce((sum, value, c) => {
    const nats = negativeLogProbability(p, value);
    const otherNats = negativeLogProbability(q, q.x[c]);
    const [own, theirs] = [Math.exp(-nats), Math.exp(-otherNats)];
    if (own === 0) return sum + theirs;
    const d = otherNats - nats;
    return sum + (Math.abs(d) < 1 ? own * (Math.expm1(-d) + d) : own * (d - 1) + theirs);
  }, 0);
}

function topOf(row: Float64Array): number {
  return row.indexOf(row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
}

function totalsOf(columns: ComparedRows, kept: readonly number[]): LogitsComparison["totals"] {
  const of = (column: Float64Array): number[] => kept.map((row) => column[row]);
  const kl = of(columns.klDivergences);
  const [base, other] = [of(columns.baseLogProbs), of(columns.otherLogProbs)];
  const [baseLoss, otherLoss] = [-mean(base), -mean(other)];
  const [basePerplexity, otherPerplexity] = [Math.exp(baseLoss), Math.exp(otherLoss)];
  const [baseError, otherError] = [basePerplexity * meanError(base), otherPerplexity * meanError(other)];
  const ratioError = meanError(other.map((value, index) => value - base[index]));
  const joint = covariance(base, other) / (kept.length - 1);
  const changes = other.map((value, index) => Math.exp(value) - Math.exp(base[index]));
  const squares = changes.map((change) => change ** 2);
  const rms = Math.sqrt(mean(squares));
  const sameTop = mean(kept.map((row) => columns.sameTop[row]));
  return {
    tokens: kept.length,
    nanTokens: kl.filter(Number.isNaN).length,
    basePerplexity,
    basePerplexityStderr: baseError,
    otherPerplexity,
    otherPerplexityStderr: otherError,
    logPerplexityRatio: otherLoss - baseLoss,
    logPerplexityRatioStderr: ratioError,
    perplexityRatio: Math.exp(otherLoss - baseLoss),
    perplexityRatioStderr: Math.exp(otherLoss - baseLoss) * ratioError,
    perplexityDifference: otherPerplexity - basePerplexity,
    perplexityDifferenceStderr: Math.sqrt(baseError ** 2 + otherError ** 2 - 2 * basePerplexity * otherPerplexity * joint),
    logProbCorrelation: joint / (meanError(base) * meanError(other)),
    meanKl: mean(kl),
    meanKlStderr: meanError(kl),
    medianKl: quantile(kl, 0.5),
    minKl: quantile(kl, 0),
    maxKl: quantile(kl, 1),
    klPercentiles: percentiles(kl),
    meanProbabilityChange: mean(changes),
    meanProbabilityChangeStderr: meanError(changes),
    rmsProbabilityChange: rms,
    rmsProbabilityChangeStderr: rms === 0 ? 0 : meanError(squares) / (2 * rms),
    medianProbabilityChange: quantile(changes, 0.5),
    minProbabilityChange: quantile(changes, 0),
    maxProbabilityChange: quantile(changes, 1),
    probabilityChangePercentiles: percentiles(changes),
    sameTop,
    sameTopStderr: shareError(sameTop, kept.length),
  };
}

function percentiles(values: readonly number[]): Record<string, number> {
  return Object.fromEntries(PERCENTAGES.map((percentage) => [percentage, quantile(values, percentage / 100)]));
}
