/**
 * From the gradients of the logits, segment by segment, to those of the hidden states, the weight and the bias.
 */
import { LINEAR_PANEL, LINEAR_ROWS, LINEAR_SEGMENT } from "../../../memory/constants.js";
import type { RowSink } from "../../tiles/tile-sink.js";
import type { Workspace } from "../../tiles/workspace.js";
import { HiddenGradient, type HiddenGradientRoom } from "./hidden-gradient.js";
import type { HiddenRows } from "./hidden-rows.js";
import type { LinearCrossEntropyJob, LinearGradientPlan } from "./job.js";
import { floatsAt, loadRows, paddedWidth, rowsInPlace, storeRows } from "./load-rows.js";
import type { WeightPanels } from "./weight-panels.js";

/** Addresses of a sink's parts of the room. */
export interface GradientRoom extends HiddenGradientRoom {
  /** Strips of a block of hidden rows. */
  readonly hiddenStrips: number;
  /** A segment of the bias's gradient. */
  readonly biasGradient: number;
}

export const NO_GRADIENT_ROOM: GradientRoom = {
  hiddenStrips: 0,
  workPanel: 0,
  hiddenGradient: 0,
  biasGradient: 0,
};

/** Elements of these parts. */
export function gradientElements(
  workspace: Workspace,
  { linearWeight: { width, classes } }: LinearCrossEntropyJob,
  { hidden, linearWeight, bias }: LinearGradientPlan,
): GradientRoom {
  const block = LINEAR_ROWS * paddedWidth(width);
  const panel = Math.min(LINEAR_PANEL, classes) * paddedWidth(width);
  const isCopied = linearWeight !== null && rowsInPlace(workspace, linearWeight, width) < 0;
  return {
    hiddenStrips: linearWeight ? block : 0,
    workPanel: hidden || isCopied ? panel : 0,
    hiddenGradient: hidden ? block : 0,
    biasGradient: bias ? LINEAR_SEGMENT : 0,
  };
}

export class LinearGradientSink implements RowSink {
  address = 0;
  stride = 0;
  readonly #workspace: Workspace;
  readonly #job: LinearCrossEntropyJob;
  readonly #plan: LinearGradientPlan;
  readonly #hidden: HiddenRows;
  readonly #panels: WeightPanels;
  readonly #room: GradientRoom;
  readonly #ofHidden: HiddenGradient | null;
  readonly #weightResident: number;
  /** The gradient of each row's target. */
  readonly #atTarget = new Float32Array(LINEAR_ROWS);
  #packed = -1;

  constructor(
    workspace: Workspace,
    job: LinearCrossEntropyJob,
    plan: LinearGradientPlan,
    hidden: HiddenRows,
    panels: WeightPanels,
    room: GradientRoom,
  ) {
    this.#workspace = workspace;
    this.#job = job;
    this.#plan = plan;
    this.#hidden = hidden;
    this.#panels = panels;
    this.#room = room;
    this.#ofHidden = plan.hidden && new HiddenGradient(workspace, job, panels, plan.hidden, room);
    this.#weightResident = plan.linearWeight ? rowsInPlace(workspace, plan.linearWeight, job.linearWeight.width) : -1;
    if (plan.accumulate) return;
    plan.linearWeight?.fill(0);
    plan.bias?.fill(0);
  }

  open(_row: number, _firstClass: number, classes: number, offset: number): void {
    this.stride = classes;
    this.address = this.#workspace.layout.gradient + offset * 4;
  }

  close(row: number, rows: number, first: number, classes: number): void {
    const { linearWeight, bias } = this.#plan;
    if (bias) this.#addBias(bias, rows, first, classes);
    if (linearWeight) this.#addWeight(linearWeight, row, rows, first, classes);
    const ofHidden = this.#ofHidden;
    if (!ofHidden) return;
    if (first === 0) {
      ofHidden.begin(rows);
      this.#atTarget.fill(0);
    }
    this.#takeTargets(row, rows, first, classes);
    ofHidden.add(this.address, this.stride, rows, first, classes);
    if (first + classes < this.#job.layout.classes) return;
    ofHidden.addTargets(row, rows, this.#atTarget);
    ofHidden.store(row, rows);
  }

  flush(): void {}

  clear(): void {}

  clearPadding(): void {}

  #addBias(bias: Float32Array, rows: number, first: number, classes: number): void {
    const { biasGradient } = this.#room;
    const sums = floatsAt(this.#workspace, biasGradient, classes);
    const out = bias.subarray(first, first + classes);
    sums.set(out);
    this.#workspace.kernels.biasGradient(this.address, rows, classes, this.stride, biasGradient);
    out.set(sums);
  }

  #addWeight(out: Float32Array, row: number, rows: number, first: number, classes: number): void {
    const { kernels } = this.#workspace;
    const { hiddenStrips, workPanel } = this.#room;
    const { width: padded } = this.#panels;
    const { width } = this.#job.linearWeight;
    if (this.#packed !== row) kernels.packStrips(this.#hidden.load(row, rows), rows, padded, hiddenStrips);
    this.#packed = row;
    for (let c = 0; c < classes; c += LINEAR_PANEL) {
      const count = Math.min(LINEAR_PANEL, classes - c);
      const start = (first + c) * width;
      const resident = this.#weightResident;
      const to = resident >= 0 ? resident + start * 4 : workPanel;
      if (resident < 0) loadRows(this.#workspace, out, start, count, width, to);
      kernels.linearWeightGradient(this.address + c * 4, rows, count, this.stride, hiddenStrips, padded, to, padded);
      if (resident < 0) storeRows(this.#workspace, to, count, width, out, start);
    }
  }

  /** Takes the gradients of the targets in this segment out of it. */
  #takeTargets(row: number, rows: number, first: number, classes: number): void {
    const { targets } = this.#job;
    if (!targets) return;
    const gradients = floatsAt(this.#workspace, this.address, (rows - 1) * this.stride + classes);
    for (let r = 0; r < rows; r++) {
      const column = targets[row + r] - first;
      if (column < 0 || column >= classes) continue;
      const at = r * this.stride + column;
      this.#atTarget[r] = gradients[at];
      gradients[at] = 0;
    }
  }
}
