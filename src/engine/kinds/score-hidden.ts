/** Scores tokens from hidden states: the steps of scoreTokens on logits that are computed segment by segment. */
import { LINEAR_ROWS, LINEAR_SEGMENT } from "../../memory/constants.js";
import { type Kind, NO_REDUCTION } from "../kind.js";
import { runRows } from "../tiles/run-rows.js";
import { blockElements, HiddenRows } from "./linear/hidden-rows.js";
import { type LinearRowsJob, layerArrays, workerTime } from "./linear/job.js";
import { LinearLogits } from "./linear/logits.js";
import { withRoom } from "./linear/room.js";
import { panelElements, WeightPanels } from "./linear/weight-panels.js";
import { type ScoredRowsJob, scoreSteps } from "./score/steps.js";

export interface ScoreHiddenJob extends LinearRowsJob, ScoredRowsJob {}

export const scoreHiddenKind: Kind<ScoreHiddenJob> = {
  name: "scoreHidden",
  tileRows: LINEAR_ROWS,
  run(workspace, job, _, range) {
    const elements = {
      block: blockElements(workspace, job),
      ...panelElements(workspace, job.linearWeight),
      bias: job.bias ? LINEAR_SEGMENT : 0,
    };
    withRoom(workspace, elements, (room) => {
      const hidden = new HiddenRows(workspace, job, room.block);
      const panels = new WeightPanels(workspace, job.linearWeight, room);
      const logits = new LinearLogits(workspace, job, hidden, panels, room.bias, 0);
      runRows(scoreSteps(workspace, job, logits, 0), job.layout, range, LINEAR_ROWS, LINEAR_SEGMENT);
    });
    return undefined;
  },
  arrays(job, read, write) {
    const { out } = job;
    return {
      ...job,
      ...layerArrays(job, read),
      targets: read(job.targets),
      out: {
        losses: write(out.losses),
        ranks: write(out.ranks),
        entropies: write(out.entropies),
        logSumExps: write(out.logSumExps),
        topIds: write(out.topIds),
        topLogProbs: write(out.topLogProbs),
      },
    };
  },
  nanoseconds: (job) => workerTime(job, 1),
  reduction: NO_REDUCTION,
};
