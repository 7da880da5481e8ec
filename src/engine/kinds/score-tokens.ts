/**
 * Scores tokens in one pass over the logits: loss, rank, entropy, log-sum-exp and top-k of each row. Ranks and top-k compare the
 * logits before the softcap: it keeps their order, but its f32 rounding makes some of them equal.
 */
import { elementsBefore } from "../../memory/tiles.js";
import type { LogitsJob } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import { loadTargetLogits } from "../tiles/row-columns.js";
import { runRows } from "../tiles/run-rows.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";
import { type ScoredRowsJob, type ScoredSource, scoreSteps } from "./score/steps.js";

export interface ScoreJob extends ScoredRowsJob, LogitsJob {}

export const scoreKind: Kind<ScoreJob> = {
  name: "scoreTokens",
  run: (workspace, job, _, range) => {
    const source = new ScoredTiles(workspace, job, range.origin);
    return runRows(scoreSteps(workspace, job, source, range.origin), job.layout, range);
  },
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

class ScoredTiles extends TileSource implements ScoredSource {
  readonly #workspace: Workspace;
  readonly #job: ScoreJob;
  readonly #firstRow: number;

  constructor(workspace: Workspace, job: ScoreJob, firstRow: number) {
    super(workspace, job.logits, job.layout, "tileA", job.softcap, firstRow);
    this.#workspace = workspace;
    this.#job = job;
    this.#firstRow = firstRow;
  }

  loadTargetLogits(row: number, rows: number): void {
    const { logits, layout, ignoreIndex } = this.#job;
    const before = elementsBefore(layout, this.#firstRow);
    loadTargetLogits(this.#workspace.views(), logits, layout, row, rows, ignoreIndex, before);
  }
}
