/**
 * Logits that are computed instead of copied: a segment of a block's rows, hidden x linearWeight^T + bias, softcapped. They are in
 * tile A until the next segment, or kept in the room for all segments of the block if there is space for them.
 */
import { LINEAR_ROWS, LINEAR_SEGMENT, LINEAR_STRIDE } from "../../../memory/constants.js";
import type { Rows } from "../../../memory/tiles.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { ScoredSource } from "../score/steps.js";
import type { HiddenRows } from "./hidden-rows.js";
import type { LinearRowsJob } from "./job.js";
import { floatsAt } from "./load-rows.js";
import type { WeightPanels } from "./weight-panels.js";

export class LinearLogits implements ScoredSource {
  address = 0;
  readonly stride = LINEAR_STRIDE;
  readonly #workspace: Workspace;
  readonly #job: LinearRowsJob;
  readonly #hidden: HiddenRows;
  readonly #panels: WeightPanels;
  readonly #biasAt: number;
  /** Address of room for all segments of a block, or 0. */
  readonly #keptAt: number;
  /** The block whose logits are kept, and its classes that are. */
  #row = -1;
  #end = 0;

  /** `biasAt` is the address of room for a segment of the bias. */
  constructor(
    workspace: Workspace,
    job: LinearRowsJob,
    hidden: HiddenRows,
    panels: WeightPanels,
    biasAt: number,
    keptAt: number,
  ) {
    this.#workspace = workspace;
    this.#job = job;
    this.#hidden = hidden;
    this.#panels = panels;
    this.#biasAt = biasAt;
    this.#keptAt = keptAt;
  }

  load(row: number, rows: number, first: number, classes: number): void {
    if (this.#keptAt === 0) {
      this.loadRaw(row, rows, first, classes);
      this.cap(rows, classes);
      return;
    }
    this.address = this.#keptAt + (first / LINEAR_SEGMENT) * LINEAR_ROWS * LINEAR_STRIDE * 4;
    if (row !== this.#row) this.#end = 0;
    this.#row = row;
    if (first < this.#end) return;
    this.#compute(row, rows, first, classes);
    this.cap(rows, classes);
    this.#end = first + classes;
  }

  loadRaw(row: number, rows: number, first: number, classes: number): void {
    this.address = this.#workspace.layout.tileA;
    this.#compute(row, rows, first, classes);
  }

  cap(rows: number, classes: number): void {
    const { softcap } = this.#job;
    const { address, stride } = this;
    if (softcap > 0) this.#workspace.kernels.softcap(address, (rows - 1) * stride + classes, softcap, address);
  }

  loadTargetLogits(row: number, rows: number): void {
    const { kernels, layout } = this.#workspace;
    const { ignoreIndex, bias } = this.#job;
    const { target, targetLogit } = this.#workspace.views();
    const panels = this.#panels;
    const hidden = this.#hidden.load(row, rows);
    for (let r = 0; r < rows; r++) {
      const c = target[r];
      if (c === ignoreIndex) continue;
      const at = hidden + r * panels.width * 4;
      // it writes past its only logit, where the next rows' go
      kernels.linearLogits(at, 1, panels.load(c, 1), 1, panels.width, layout.targetLogit + r * 4, 1);
      if (bias) targetLogit[r] += bias[c];
    }
  }

  #compute(row: number, rows: number, first: number, classes: number): void {
    const { kernels } = this.#workspace;
    const { bias } = this.#job;
    const { stride, address } = this;
    const panels = this.#panels;
    const hidden = this.#hidden.load(row, rows);
    for (let c = 0; c < classes; c += panels.most) {
      const count = Math.min(panels.most, classes - c);
      kernels.linearLogits(hidden, rows, panels.load(first + c, count), count, panels.width, address + c * 4, stride);
    }
    if (bias) {
      floatsAt(this.#workspace, this.#biasAt, classes).set(bias.subarray(first, first + classes));
      kernels.addBias(address, rows, classes, stride, this.#biasAt);
    }
  }
}

/** Elements of room for all segments of a block's logits; 0 where they would take more than `maxBytes`. */
export function keptElements({ rows, classes }: Rows, maxBytes: number): number {
  const blocks = Math.ceil(classes / LINEAR_SEGMENT) * LINEAR_ROWS * LINEAR_STRIDE;
  return rows > 0 && blocks * 4 <= maxBytes ? blocks : 0;
}
