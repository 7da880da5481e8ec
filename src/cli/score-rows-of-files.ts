import type { ScoreReport } from "../report/score-table.js";
import { addScores, emptyScores, totalsOf } from "../scoring/totals.js";
import { type BatchOptions, type ScoredBatch, scoreBatches } from "./score-batches.js";
import type { ScoreInputs } from "./score-inputs.js";
import type { ScoreRows } from "./seams.js";

/** Everything that was found but the time it took. */
export interface ScoredFiles {
  readonly report: Omit<ScoreReport, "seconds">;
  /** The first row whose loss is NaN, if any. */
  readonly firstNanRow: number | undefined;
}

/**
 * Scores all rows and sums up.
 * @param onBatch called after each batch: progress, and whoever keeps the losses
 * @throws InputError as `scoreBatches` does
 */
export function scoreFiles(
  inputs: ScoreInputs,
  options: BatchOptions,
  scoreRows: ScoreRows,
  onBatch: (batch: ScoredBatch) => void = () => {},
): ScoredFiles {
  const state = emptyScores({ bytes: inputs.tokenBytes !== undefined });
  let firstNanRow: number | undefined;
  for (const batch of scoreBatches(inputs, options, scoreRows)) {
    const { firstRow, losses, greedy, kept, bytes } = batch;
    addScores(state, { nats: losses, greedy, kept, ...(bytes !== undefined && { bytes }) });
    const nan = firstNanRow === undefined ? losses.findIndex(Number.isNaN) : -1;
    if (nan >= 0) firstNanRow = firstRow + nan;
    onBatch(batch);
  }
  const { sums: _sums, nanTokens: nanRows, infiniteTokens: infiniteRows, ...totals } = totalsOf(state);
  const { rows, columns: classes } = inputs.logits;
  const meanLoss = totals.nats / totals.tokens;
  return { report: { ...totals, rows, classes, meanLoss, nanRows, infiniteRows }, firstNanRow };
}
