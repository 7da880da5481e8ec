/**
 * Scores tokens in one pass over the logits: loss, rank, entropy, log-sum-exp and top-k of each row. Ranks and top-k compare the
 * logits before the softcap: it keeps their order, but its f32 rounding makes some of them equal.
 */
import { SCORE_PARTS } from "../../memory/gradient-parts.js";
import { elementsBefore } from "../../memory/tiles.js";
import type { LogitsJob } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import { loadTargetLogits, loadTargets } from "../tiles/row-columns.js";
import { RowEntropies } from "../tiles/row-entropies.js";
import { joinStatistics } from "../tiles/row-statistics.js";
import { runRows, type TileSteps } from "../tiles/run-rows.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

/** Ignored rows and rows with NaN get NaN for loss, entropy and log-sum-exp, rank 0, and NaN and -1 in the top-k lists. */
export interface ScoreJob extends LogitsJob {
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

export const scoreKind: Kind<ScoreJob> = {
  name: "scoreTokens",
  run: (workspace, job, _, range) => runRows(scoreSteps(workspace, job, range.origin), job.layout, range),
  arrays(job, read, write) {
    const { layout, topK, out } = job;
    const lists = { rows: layout.rows, classes: topK, inner: 1, stride: topK };
    return {
      ...job,
      logits: read(job.logits, layout),
      targets: read(job.targets),
      out: {
        losses: write(out.losses),
        ranks: write(out.ranks),
        entropies: write(out.entropies),
        logSumExps: write(out.logSumExps),
        topIds: write(out.topIds, lists),
        topLogProbs: write(out.topLogProbs, lists),
      },
    };
  },
  nanoseconds: (job) => timeOfElements(job, 1.2),
  reduction: NO_REDUCTION,
};

function scoreSteps(workspace: Workspace, job: ScoreJob, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const { layout, targets, temperature, softcap, ignoreIndex, topK, out } = job;
  const logits = new TileSource(workspace, job.logits, layout, "tileA", softcap, firstRow);
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
      loadTargetLogits(views, job.logits, layout, row, rows, ignoreIndex, elementsBefore(layout, firstRow));
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
  { topK, temperature, out }: ScoreJob,
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
function writeVoid({ topK, out }: ScoreJob, firstRow: number, row: number): void {
  const list = (row - firstRow) * topK;
  out.losses[row] = Number.NaN;
  out.entropies[row] = Number.NaN;
  out.logSumExps[row] = Number.NaN;
  out.ranks[row] = 0;
  out.topIds?.fill(-1, list, list + topK);
  out.topLogProbs?.fill(Number.NaN, list, list + topK);
}
