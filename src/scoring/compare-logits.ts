/** compareLogits: checks -> job -> result. */
import { BESIDE, type Readers } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets, NewFloat64Array, NewUint8Array } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import { type ComparisonJob, comparisonKind } from "../engine/kinds/compare-logits.js";
import { type Task, taskOf } from "../engine/task.js";
import { addComparisons, type ComparedRows, emptyComparison } from "./comparison-state.js";
import { type ComparisonTotals, comparisonTotals } from "./comparison-totals.js";
import { jobRows, keptRows, matchingRows, TOKEN_ROWS_OPTIONS, type TokenRowsOptions, tokenRows } from "./token-rows.js";

/** Options of `compareLogits`. Only the row strides are each model's own: their vocabularies may be padded differently. */
export interface CompareLogitsOptions extends TokenRowsOptions {
  /** As `rowStride`, which is the base's, for the other model's logits. Default: the number of classes. */
  readonly otherRowStride?: number | undefined;
}

const COMPARE_OPTIONS = { otherRowStride: BESIDE } satisfies Readers<Omit<CompareLogitsOptions, keyof TokenRowsOptions>>;

/** Arrays with one entry per row, in the order of the shape without its class axis, and the totals. */
export interface LogitsComparison extends ComparedRows {
  /**
   * KL divergence from the base model's distribution to the other's, in nats. NaN for an ignored row, and where the row of either
   * model has no distribution (NaN, +inf, or only -inf).
   */
  readonly klDivergences: NewFloat64Array;
  /** Log-probability of the target under the base model, in nats. */
  readonly baseLogProbs: NewFloat64Array;
  /** Log-probability of the target under the other model, in nats. */
  readonly otherLogProbs: NewFloat64Array;
  /** 1 where both models have the same top class (of equal logits the lowest class), else 0; also 0 where the KL is NaN. */
  readonly sameTop: NewUint8Array;
  readonly totals: ComparisonTotals;
}

/**
 * Compares the predictions of two models over the same tokens, such as a model and its quantised version. Reads each row of both
 * once.
 *
 * ```text
 * p, q          = softmax of the base's and of the other's logits     (softcap and temperature as in scoreTokens)
 * klDivergences = sum_c p_c log(p_c / q_c)
 * baseLogProbs  = log p_t            otherLogProbs = log q_t          change of probability = q_t - p_t
 * ```
 *
 * `totals` has the figures of llama.cpp's `--kl-divergence`, with their standard errors: {@link ComparisonTotals}. A KL is
 * infinite where the other model masks (-inf) a class that the base does not. Merge the totals of parts with
 * {@link mergeComparisons}.
 *
 * @param base - Logits of the base model: a flat array, row-major, or a tensor object. Never changed.
 * @param other - Logits of the other model: as many rows and classes; the element type may differ. Never changed. Vocabularies
 * that are padded differently need `shape` with the classes in use, `rowStride` and `otherRowStride`.
 * @param targets - One token id per row.
 * @param options - See {@link CompareLogitsOptions}; `shift` and `ignoreIndex` as in {@link scoreTokens}.
 * @returns {@link LogitsComparison}.
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for a target that is neither a
 * class nor `ignoreIndex`, lengths or shapes that do not match, or an option out of its range.
 *
 * Accuracy: exponentials and sums are in f64. A KL is within 4e-15 of the f64 result for the same f32 logits, or within a
 * relative error of 1e-12, which distinguishes models whose logits differ by 1e-4 (test/scoring/compare-logits.test.ts). It takes
 * two to three times as long as scoring both models. A softcap adds the error of its f32 tanh.
 * Source: llama.cpp, tools/perplexity/perplexity.cpp (`kl_divergence`); Kullback and Leibler, 1951.
 *
 * @example
 * ```ts
 * import { compareLogits } from "wasm-cross-entropy";
 *
 * const base = new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]);
 * const other = new Float32Array([2, 1, 0.25, 0.5, 2.5, 2.75]);
 * const { klDivergences, sameTop, totals } = compareLogits(base, other, [0, 1]);
 * klDivergences; // => [0.0035478, 0.2897073]
 * sameTop; // => [1, 0]
 * totals.meanKl; // => 0.1466275
 * totals.perplexityRatio; // => 1.31366
 * ```
 */
export function compareLogits(
  base: FloatTensor,
  other: FloatTensor,
  targets: IndexTargets,
  options?: CompareLogitsOptions,
): LogitsComparison {
  return runDefault(compareLogitsTask(base, other, targets, options));
}

/** The checked job of a compareLogits call. */
export function compareLogitsTask(
  base: FloatTensor,
  other: FloatTensor,
  targets: IndexTargets,
  options?: CompareLogitsOptions,
): Task<LogitsComparison> {
  const given: Partial<CompareLogitsOptions> = checkOptions<TokenRowsOptions, Omit<CompareLogitsOptions, keyof TokenRowsOptions>>(
    options,
    TOKEN_ROWS_OPTIONS,
    COMPARE_OPTIONS,
  );
  const { shape, axis, otherRowStride } = given;
  const otherInput = floatInput("other", other);
  const rows = tokenRows("base", base, targets, given, otherInput.shape);
  const otherLayout = matchingRows("other", otherInput, { shape, axis, rowStride: otherRowStride }, rows);
  const out = newColumns(rows.layout.rows);
  const job: ComparisonJob = { ...jobRows(rows), other: otherInput.data, otherLayout, out };
  return taskOf(comparisonKind, job, () => result(job, out));
}

function newColumns(count: number) {
  return {
    divergences: new Float64Array(count),
    logProbs: new Float64Array(count),
    otherLogProbs: new Float64Array(count),
    sameTop: new Uint8Array(count),
  };
}

function result({ targets, ignoreIndex }: ComparisonJob, out: ReturnType<typeof newColumns>): LogitsComparison {
  const { divergences: klDivergences, logProbs: baseLogProbs, otherLogProbs, sameTop } = out;
  const rows = { klDivergences, baseLogProbs, otherLogProbs, sameTop };
  const state = emptyComparison();
  addComparisons(state, rows, keptRows({ targets, ignoreIndex }));
  return { ...rows, totals: comparisonTotals(state) };
}
