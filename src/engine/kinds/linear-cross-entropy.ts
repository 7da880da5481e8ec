/**
 * Cross-entropy of hidden states through a linear layer, whose logits never exist as a whole. A block of rows takes the steps of
 * cross-entropy, whose logits are computed segment by segment instead of copied; the gradients of a segment's logits are turned
 * into those of the hidden states, the weight and the bias before the next segment's.
 */
import { LINEAR_ROWS, LINEAR_SEGMENT } from "../../memory/constants.js";
import type { Columns } from "../columns.js";
import type { Kind } from "../kind.js";
import { type RowRange, runRows, type TileSteps } from "../tiles/run-rows.js";
import type { Workspace } from "../tiles/workspace.js";
import { CrossEntropyGradient } from "./cross-entropy/gradient.js";
import { type Operands, operandsFrom } from "./cross-entropy/operands.js";
import { crossEntropyReduction } from "./cross-entropy/reduction.js";
import { CrossEntropySteps } from "./cross-entropy/steps.js";
import { type GradientRoom, gradientElements, LinearGradientSink, NO_GRADIENT_ROOM } from "./linear/gradient-sink.js";
import { HiddenGradient } from "./linear/hidden-gradient.js";
import { blockElements, HiddenRows } from "./linear/hidden-rows.js";
import { IndexedRows } from "./linear/indexed-rows.js";
import { type LinearCrossEntropyJob, type LinearGradientPlan, linearArrays, workerTime } from "./linear/job.js";
import { keptElements, LinearLogits } from "./linear/logits.js";
import { isOnePass, ONE_PASS_COLUMNS, OnePassSteps } from "./linear/one-pass.js";
import { RecomputedExponentials } from "./linear/recomputed-exponentials.js";
import { withRoom } from "./linear/room.js";
import { type PanelRoom, panelElements, WeightPanels } from "./linear/weight-panels.js";

export const linearCrossEntropyKind: Kind<LinearCrossEntropyJob> = {
  name: "linearCrossEntropy",
  tileRows: LINEAR_ROWS,
  run(workspace, job, columns, range) {
    const inOnePass = job.gradient !== null && isOnePass(job, job.gradient);
    const elements = {
      block: blockElements(workspace, job),
      ...panelElements(workspace, job.linearWeight),
      bias: job.bias ? LINEAR_SEGMENT : 0,
      kept: job.gradient && !inOnePass ? keptElements(job.layout, job.gradient.maxBytes) : 0,
      columns: inOnePass ? ONE_PASS_COLUMNS : 0,
      ...(job.gradient ? gradientElements(workspace, job, job.gradient) : NO_GRADIENT_ROOM),
    };
    withRoom(workspace, elements, (room) => runBlocks(workspace, job, columns, range, room));
    return undefined;
  },
  arrays: linearArrays,
  nanoseconds(job) {
    const { gradient } = job;
    if (!gradient) return workerTime(job, 1);
    // sums over all rows, and what is there to be added to, are the caller's
    return gradient.linearWeight || gradient.bias || gradient.accumulate ? 0 : workerTime(job, isOnePass(job, gradient) ? 2 : 3);
  },
  reduction: crossEntropyReduction,
};

/** Addresses of the parts of the room. */
interface LinearRoom extends GradientRoom, PanelRoom {
  readonly block: number;
  readonly bias: number;
  readonly kept: number;
  /** Columns of a gradient in one pass. */
  readonly columns: number;
}

function runBlocks(workspace: Workspace, job: LinearCrossEntropyJob, columns: Columns, range: RowRange, room: LinearRoom): void {
  const { gradient: plan, probabilities } = job;
  const hidden = new HiddenRows(workspace, job, room.block);
  const panels = new WeightPanels(workspace, job.linearWeight, room);
  const logits = new LinearLogits(workspace, job, hidden, panels, room.bias, room.kept);
  const q = probabilities && new IndexedRows(workspace, job, probabilities);
  const operands = operandsFrom(workspace, job, logits, null, q);
  const steps = plan
    ? withGradient(workspace, job, plan, columns, operands, hidden, panels, room)
    : new CrossEntropySteps(workspace, job, columns, operands, null, null, null);
  runRows(steps, job.layout, range, LINEAR_ROWS, LINEAR_SEGMENT);
}

function withGradient(
  workspace: Workspace,
  job: LinearCrossEntropyJob,
  plan: LinearGradientPlan,
  columns: Columns,
  operands: Operands,
  hidden: HiddenRows,
  panels: WeightPanels,
  room: LinearRoom,
): TileSteps {
  const exponentials = new RecomputedExponentials(workspace, job);
  const sink = new LinearGradientSink(workspace, job, plan, hidden, panels, room);
  const gradient = new CrossEntropyGradient(workspace, job, plan, operands, exponentials, sink, null);
  if (!plan.hidden || !isOnePass(job, plan)) {
    return new CrossEntropySteps(workspace, job, columns, operands, null, null, gradient);
  }
  const losses = new CrossEntropySteps(workspace, job, columns, operands, exponentials, null, gradient);
  const ofHidden = new HiddenGradient(workspace, job, panels, plan.hidden, room);
  return new OnePassSteps(workspace, job, losses, gradient, exponentials, ofHidden, room.columns);
}
