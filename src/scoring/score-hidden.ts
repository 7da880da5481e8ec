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
 * Scores tokens by the hidden states that predict them: {@link scoreTokens} of hidden linearWeight^T + bias, whose logits never
 * exist as a whole.
 *
 * @param hidden - As for {@link linearCrossEntropy}.
 * @param linearWeight - As for {@link linearCrossEntropy}.
 * @param targets - One token id per row.
 * @param options - See {@link ScoreHiddenOptions}.
 * @returns {@link TokenScores}, in nats.
 * @throws TypeError and RangeError as {@link scoreTokens} and {@link linearCrossEntropy}.
 *
 * @example
 * ```ts
 * import { scoreHidden } from "wasm-cross-entropy";
 *
 * const hidden = new Float32Array([1, 2, 0.5, -1]);
 * const linearWeight = new Float32Array([1, 0.5, 0, 1, -1, 0]);
 * scoreHidden(hidden, linearWeight, [0, 1]).ranks; // => [2, 3]
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
