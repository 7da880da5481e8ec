/**
 * Cross-entropy of hidden states through a linear layer, whose logits never exist as a whole. A block of rows takes the steps of
 * cross-entropy, whose logits are computed segment by segment instead of copied; the gradients of a segment's logits are turned
 * into those of the hidden states, the weight and the bias before the next segment's.
 */
import { LINEAR_ROWS, LINEAR_SEGMENT } from "../../memory/constants.js";
import type { Columns } from "../columns.js";
import type { Kind } from "../kind.js";
import { type RowRange, runRows } from "../tiles/run-rows.js";
import type { Workspace } from "../tiles/workspace.js";
import { CrossEntropyGradient } from "./cross-entropy/gradient.js";
import { operandsFrom } from "./cross-entropy/operands.js";
import { crossEntropyReduction } from "./cross-entropy/reduction.js";
import { CrossEntropySteps } from "./cross-entropy/steps.js";
import { type GradientRoom, gradientElements, LinearGradientSink, NO_GRADIENT_ROOM } from "./linear/gradient-sink.js";
import { blockElements, HiddenRows } from "./linear/hidden-rows.js";
import { IndexedRows } from "./linear/indexed-rows.js";
import { type LinearCrossEntropyJob, linearArrays } from "./linear/job.js";
import { keptElements, LinearLogits } from "./linear/logits.js";
import { RecomputedExponentials } from "./linear/recomputed-exponentials.js";
import { withRoom } from "./linear/room.js";
import { type PanelRoom, panelElements, WeightPanels } from "./linear/weight-panels.js";

export const linearCrossEntropyKind: Kind<LinearCrossEntropyJob> = {
  name: "linearCrossEntropy",
  tileRows: LINEAR_ROWS,
  run(workspace, job, columns, range) {
    const elements = {
      block: blockElements(workspace, job),
      ...panelElements(workspace, job.linearWeight),
      bias: job.bias ? LINEAR_SEGMENT : 0,
      kept: job.gradient ? keptElements(job.layout, job.gradient.maxBytes) : 0,
      ...(job.gradient ? gradientElements(workspace, job, job.gradient) : NO_GRADIENT_ROOM),
    };
    withRoom(workspace, elements, (room) => runBlocks(workspace, job, columns, range, room));
    return undefined;
  },
  arrays: linearArrays,
  nanoseconds: () => 0,
  reduction: crossEntropyReduction,
};

/** Addresses of the parts of the room. */
interface LinearRoom extends GradientRoom, PanelRoom {
  readonly block: number;
  readonly bias: number;
  readonly kept: number;
}

function runBlocks(workspace: Workspace, job: LinearCrossEntropyJob, columns: Columns, range: RowRange, room: LinearRoom): void {
  const { gradient: plan, probabilities } = job;
  const hidden = new HiddenRows(workspace, job, room.block);
  const panels = new WeightPanels(workspace, job.linearWeight, room);
  const logits = new LinearLogits(workspace, job, hidden, panels, room.bias, room.kept);
  const q = probabilities && new IndexedRows(workspace, job, probabilities);
  const operands = operandsFrom(workspace, job, logits, null, q);
  let gradient: CrossEntropyGradient | null = null;
  if (plan) {
    const exponentials = new RecomputedExponentials(workspace, job);
    const sink = new LinearGradientSink(workspace, job, plan, hidden, panels, room);
    gradient = new CrossEntropyGradient(workspace, job, plan, operands, exponentials, sink, null);
  }
  const steps = new CrossEntropySteps(workspace, job, columns, operands, null, null, gradient);
  runRows(steps, job.layout, range, LINEAR_ROWS, LINEAR_SEGMENT);
}
