/** scoreHidden: checks -> job -> scores. */
import type { LinearWeightTensor } from "../arguments/linear-weight.js";
import { checkOptions } from "../arguments/options.js";
import type { FloatTensor, IndexTargets } from "../arguments/types.js";
import { runLinear } from "../engine/default.js";
import { jobWeight } from "../engine/kinds/linear/job.js";
import { type ScoreHiddenJob, scoreHiddenKind } from "../engine/kinds/score-hidden.js";
import { type Task, taskOf } from "../engine/task.js";
import { hiddenRows, SCORE_HIDDEN_OPTIONS, type ScoreHiddenOptions } from "./hidden-rows.js";
import { bytesOfTargets, newColumns, type TokenScores, tokenScores, topOption } from "./score-tokens.js";

/**
 * {@link scoreTokens} from hidden states: the logits of a linear layer, hidden linearWeight^T + bias, are computed and used up in
 * small blocks, as in {@link linearCrossEntropy}. So a long text's logits need no memory.
 *
 * ```text
 * x_rc   = sum_d hidden_rd linearWeight_cd + bias_c
 * scores = scoreTokens(x, targets, options)
 * ```
 *
 * Scores, sequences, `shift` and totals are those of {@link scoreTokens}. Ranks and top classes compare the f32 logits: classes
 * whose exact logits differ by less than the rounding of an f32 sum may change places.
 *
 * @param hidden - As for {@link linearCrossEntropy}. Of three axes or more, [batch, length, D], it needs `shift`.
 * @param linearWeight - As for {@link linearCrossEntropy}.
 * @param targets - One token id per row.
 * @param options - See {@link ScoreHiddenOptions}.
 * @returns {@link TokenScores}, in nats, with {@link ScoreTotals} as `totals`.
 * @throws TypeError and RangeError as {@link scoreTokens} and {@link linearCrossEntropy}.
 *
 * Accuracy (test/scoring/score-hidden.test.ts): log-probabilities are within 2e-6 of the f64 result for logits of N(0, 1), and the
 * losses of {@link linearCrossEntropy} in f64. Source: as {@link scoreTokens}.
 *
 * @example
 * ```ts
 * import { scoreHidden } from "wasm-cross-entropy";
 *
 * const hidden = new Float32Array([1, 2, 0.5, -1]); // 2 rows of 2
 * const linearWeight = new Float32Array([1, 0.5, 0, 1, -1, 0]); // 3 classes
 * const { logProbs, ranks, totals } = scoreHidden(hidden, linearWeight, [1, 0]);
 * logProbs; // => [-0.7177359, -0.6802697]
 * ranks; // => [2, 1]
 * totals.perplexity; // => 2.0117456
 * ```
 */
export function scoreHidden(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: IndexTargets,
  options?: ScoreHiddenOptions,
): TokenScores {
  return runLinear(scoreHiddenTask(hidden, linearWeight, targets, options));
}

/** The checked job of a scoreHidden call. */
export function scoreHiddenTask(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: IndexTargets,
  options?: ScoreHiddenOptions,
): Task<TokenScores> {
  const given = checkOptions(options, SCORE_HIDDEN_OPTIONS);
  const rows = hiddenRows(hidden, linearWeight, targets, given);
  const topK = topOption(given.topK, rows.layout.classes);
  const bytes = bytesOfTargets(rows, given.tokenBytes);
  const out = newColumns(rows.layout.rows, topK);
  const job: ScoreHiddenJob = {
    layout: rows.layout,
    hidden: rows.hidden,
    linearWeight: jobWeight(rows.weight),
    bias: rows.bias,
    rowIndex: null,
    targets: rows.targets,
    ignoreIndex: rows.ignoreIndex,
    softcap: rows.softcap,
    temperature: rows.temperature,
    topK,
    out,
  };
  return taskOf(scoreHiddenKind, job, () => tokenScores(rows, out, bytes));
}
