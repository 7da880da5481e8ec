/**
 * The gradient of a block's hidden states: the sum of g[r, c] times the weight's row c, panel by panel of the weight.
 *
 * The class of a row's target has by far the greatest g, about -1. The other classes are added first, and the target last, because
 * their sum is much smaller: added to it one by one, they would lose most of their digits (docs/math.md).
 */
import { LINEAR_PANEL } from "../../../memory/constants.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { LinearCrossEntropyJob } from "./job.js";
import { floatsAt, paddedWidth } from "./load-rows.js";
import type { WeightPanels } from "./weight-panels.js";

/** Addresses of parts of the room. */
export interface HiddenGradientRoom {
  /** A block's gradient. */
  readonly hiddenGradient: number;
  /** Strips of a panel of the weight; at other times a panel of the weight's gradient. */
  readonly workPanel: number;
}

export class HiddenGradient {
  readonly #workspace: Workspace;
  readonly #job: LinearCrossEntropyJob;
  readonly #panels: WeightPanels;
  readonly #out: Float32Array;
  readonly #room: HiddenGradientRoom;

  constructor(
    workspace: Workspace,
    job: LinearCrossEntropyJob,
    panels: WeightPanels,
    out: Float32Array,
    room: HiddenGradientRoom,
  ) {
    this.#workspace = workspace;
    this.#job = job;
    this.#panels = panels;
    this.#out = out;
    this.#room = room;
  }

  /** Starts a block. */
  begin(rows: number): void {
    floatsAt(this.#workspace, this.#room.hiddenGradient, rows * this.#panels.width).fill(0);
  }

  /** Adds the classes of a segment, whose g is at `address`. */
  add(address: number, stride: number, rows: number, first: number, classes: number): void {
    const { kernels } = this.#workspace;
    const { workPanel, hiddenGradient } = this.#room;
    const panels = this.#panels;
    const { width } = panels;
    for (let c = 0; c < classes; c += LINEAR_PANEL) {
      const count = Math.min(LINEAR_PANEL, classes - c);
      kernels.packStrips(panels.load(first + c, count), count, width, workPanel);
      kernels.hiddenGradient(address + c * 4, rows, count, stride, workPanel, width, hiddenGradient, width);
    }
  }

  /** Multiplies the rows by the f32 factors at an address. */
  scale(rows: number, factors: number): void {
    this.#workspace.kernels.scaleRows(this.#room.hiddenGradient, rows, this.#panels.width, factors);
  }

  /** Adds the targets' classes, whose g is given. */
  addTargets(row: number, rows: number, gradients: Float32Array): void {
    const { targets } = this.#job;
    if (!targets) return;
    const { kernels } = this.#workspace;
    const { width } = this.#panels;
    for (let r = 0; r < rows; r++) {
      const to = this.#room.hiddenGradient + r * width * 4;
      kernels.addTimes(this.#panels.load(targets[row + r], 1), width, gradients[r], to);
    }
  }

  /** Writes the block's gradient to the caller's rows, or adds it to them. */
  store(row: number, rows: number): void {
    const { linearWeight, rowIndex, gradient } = this.#job;
    const { width } = linearWeight;
    const padded = paddedWidth(width);
    const out = this.#out;
    const block = floatsAt(this.#workspace, this.#room.hiddenGradient, rows * padded);
    if (padded === width && !rowIndex && !gradient?.accumulate) {
      this.#workspace.copy(out, row * width, block);
      return;
    }
    for (let r = 0; r < rows; r++) {
      const start = (rowIndex ? rowIndex[row + r] : row + r) * width;
      const own = block.subarray(r * padded, r * padded + width);
      if (gradient?.accumulate) for (let k = 0; k < width; k++) out[start + k] += own[k];
      else this.#workspace.copy(out, start, own);
    }
  }
}
