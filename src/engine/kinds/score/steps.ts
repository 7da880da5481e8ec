/** The steps of scores on a tile: loss, rank, entropy, log-sum-exp and top-k of each row. */
import { SCORE_PARTS } from "../../../memory/gradient-parts.js";
import type { RowsJob } from "../../job.js";
import { loadTargets } from "../../tiles/row-columns.js";
import { RowEntropies } from "../../tiles/row-entropies.js";
import { joinStatistics } from "../../tiles/row-statistics.js";
import type { TileSteps } from "../../tiles/run-rows.js";
import type { RowSource } from "../../tiles/tile-source.js";
import type { Workspace } from "../../tiles/workspace.js";

/** Ignored rows and rows with NaN get NaN for loss, entropy and log-sum-exp, rank 0, and NaN and -1 in the top-k lists. */
export interface ScoredRowsJob extends RowsJob {
  readonly targets: Int32Array;
  /** Entries per row in the top-k lists. */
  readonly topK: number;
  readonly out: {
    /** Nats. */
    readonly losses: Float64Array;
    /** Rank of the target among the row's logits: 1 for the greatest; of equal logits the lower class comes first. */
    readonly ranks: Int32Array;
    readonly entropies: Float32Array;
    readonly logSumExps: Float32Array;
    readonly topIds: Int32Array | null;
    readonly topLogProbs: Float32Array | null;
  };
}

/** Rows of logits before the softcap, and the logits of their targets. */
export interface ScoredSource extends RowSource {
  /** Loads without the softcap, which `cap` applies afterwards. */
  loadRaw(row: number, rows: number, firstClass: number, classes: number): void;
  cap(rows: number, classes: number): void;
  /** Fills the column of the targets' logits, without the softcap, from the targets' column. */
  loadTargetLogits(row: number, rows: number): void;
}

/** The steps of a job whose arrays of lists begin with the row `firstRow`. */
export function scoreSteps(workspace: Workspace, job: ScoredRowsJob, logits: ScoredSource, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const { targets, temperature, softcap, ignoreIndex, topK, out } = job;
  const entropies = new RowEntropies(workspace, temperature, ignoreIndex);
  const values = at.gradient + SCORE_PARTS.values * 4;
  const ids = at.gradient + SCORE_PARTS.ids * 4;
  return {
    applies: false,
    begin(row, rows) {
      const views = workspace.views();
      if (!loadTargets(views, targets, row, rows, ignoreIndex)) {
        for (let r = row; r < row + rows; r++) writeVoid(job, firstRow, r);
        return false;
      }
      // The rank counts over all segments, so the target's logit is needed before the first one.
      logits.loadTargetLogits(row, rows);
      views.rank.fill(1, 0, rows);
      return true;
    },
    measure(row, rows, first, classes) {
      logits.loadRaw(row, rows, first, classes);
      const raw = [logits.address, rows, classes, logits.stride, at.target, ignoreIndex] as const;
      kernels.rowRank(...raw, first, at.targetLogit, at.rank);
      if (topK > 0) kernels.rowTop(...raw, first, topK, values, ids);
      logits.cap(rows, classes);
      entropies.measure([logits.address, rows, classes, logits.stride], first === 0);
    },
    join: (rows) => joinStatistics(workspace, rows, temperature),
    finish(row, rows) {
      if (softcap > 0) {
        kernels.softcap(at.targetLogit, rows, softcap, at.targetLogit);
        if (topK > 0) kernels.softcap(values, rows * topK, softcap, values);
      }
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.crossEntropyRows(
        rows, temperature, 1, 0, at.max, at.rest, at.targetLogit, 0, 0, at.mass, at.target, ignoreIndex, at.loss, at.z,
      );
      entropies.finish(rows, at.z);
      const { target, max, rest, rank, loss, z } = workspace.views();
      for (let r = 0; r < rows; r++) {
        out.losses[row + r] = loss[r];
        out.entropies[row + r] = z[r];
        out.ranks[row + r] = rank[r];
      }
      // the losses are copied: the loss column now holds L = log(1 + R)
      kernels.log1pRows(at.rest, rows, at.loss);
      for (let r = 0; r < rows; r++) out.logSumExps[row + r] = max[r] / temperature + loss[r];
      if (topK > 0) writeLists(workspace, job, row, rows, firstRow);
      for (let r = 0; r < rows; r++) {
        // the rest is NaN exactly when the row has NaN
        if (target[r] === ignoreIndex || Number.isNaN(rest[r])) writeVoid(job, firstRow, row + r);
      }
    },
  };
}

/** Writes the top-k classes and log p_c = -(L + (m - x_c) / T), with L = log(1 + R) from the loss column. */
function writeLists(
  workspace: Workspace,
  { topK, temperature, out }: ScoredRowsJob,
  row: number,
  rows: number,
  firstRow: number,
): void {
  const { topIds, topLogProbs } = out;
  if (!topIds || !topLogProbs) return;
  const { max, loss, gradient } = workspace.views();
  // Multiplies by the inverse, as the loss does, so that the target's entry has the same bits.
  const inverse = 1 / temperature;
  const ids = new Int32Array(gradient.buffer, gradient.byteOffset + SCORE_PARTS.ids * 4, rows * topK);
  const start = (row - firstRow) * topK;
  topIds.set(ids, start);
  for (let r = 0; r < rows; r++) {
    const m = max[r];
    // m - m is NaN where m is infinite
    const l = loss[r] + (m - m);
    for (let j = r * topK; j < (r + 1) * topK; j++) {
      topLogProbs[start + j] = 0 - (l + (m - gradient[SCORE_PARTS.values + j]) * inverse);
    }
  }
}

/** Marks a row as having no scores. */
function writeVoid({ topK, out }: ScoredRowsJob, firstRow: number, row: number): void {
  const list = (row - firstRow) * topK;
  out.losses[row] = Number.NaN;
  out.entropies[row] = Number.NaN;
  out.logSumExps[row] = Number.NaN;
  out.ranks[row] = 0;
  out.topIds?.fill(-1, list, list + topK);
  out.topLogProbs?.fill(Number.NaN, list, list + topK);
}
