/** The poly term for rows whose targets are distributions (assembly/losses/poly.ts). Not used with class targets. */
import { SEGMENT } from "../../../memory/constants.js";
import type { Exponentials } from "../../tiles/exponentials.js";
import { clearIgnored } from "../../tiles/row-columns.js";
import { TileSink } from "../../tiles/tile-sink.js";
import type { RowSource } from "../../tiles/tile-source.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { GradientSteps } from "./gradient-steps.js";
import type { CrossEntropyJob } from "./job.js";
import type { Operands } from "./operands.js";

export class PolyDistributions implements GradientSteps {
  readonly #workspace: Workspace;
  readonly #job: CrossEntropyJob;
  readonly #operands: Operands;
  readonly #exponentials: Exponentials;
  readonly #sink: TileSink | null;

  constructor(workspace: Workspace, job: CrossEntropyJob, operands: Operands, exponentials: Exponentials, firstRow: number) {
    this.#workspace = workspace;
    this.#job = job;
    this.#operands = operands;
    this.#exponentials = exponentials;
    this.#sink = job.gradient && new TileSink(workspace, job.gradient.out, job.layout, "gradient", firstRow);
  }

  /** Adds epsilon sum_c q_c (1 - p_c) to the loss column. */
  addLosses(row: number, rows: number): void {
    const { kernels, layout: at } = this.#workspace;
    const exps = this.#exponentials;
    // factor = 1 / (1 + R) and lost = R / (1 + R)
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.gradientScales(
      rows, 1, 0, 1, 1, at.max, at.rest, 0, at.targetLogit, 0, 0, 0, 0, 0,
      at.factor, at.share, at.targetFactor, at.targetAdd, at.whole, at.lost,
    );
    const { loss, z: lacking } = this.#workspace.views();
    lacking.fill(0, 0, rows);
    const { classes: allClasses } = this.#job.layout;
    for (let first = 0; first < allClasses; first += SEGMENT) {
      const classes = Math.min(SEGMENT, allClasses - first);
      const q = this.#load(row, rows, first, classes);
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.polyLackingRows(
        exps.address, rows, classes, exps.stride, exps.refs, exps.refStride, at.max, at.factor, at.lost,
        q.address, q.stride, at.z,
      );
    }
    const { targets, ignoreIndex } = this.#job;
    for (let r = 0; r < rows; r++) {
      // the probabilities of an ignored row may be anything
      if (targets && targets[row + r] === ignoreIndex) loss[r] = 0;
      else loss[r] += this.#job.poly * lacking[r];
    }
  }

  /** Fills the gradient's columns. Runs after addLosses, because it reads the columns that addLosses fills. */
  prepare(row: number, rows: number): void {
    const { gradient, poly } = this.#job;
    if (!gradient) return;
    const { share, whole, mass, z: lacking } = this.#workspace.views();
    for (let r = 0; r < rows; r++) {
      const g = gradient.lossScale * (gradient.upstream ? gradient.upstream[row + r] : 1);
      const total = mass[r];
      share[r] = g;
      whole[r] = g * (total + poly * (total - lacking[r]));
    }
  }

  apply(row: number, rows: number, first: number, classes: number): void {
    const { layout, poly } = this.#job;
    const sink = this.#sink;
    if (!sink) return;
    const { kernels, layout: at } = this.#workspace;
    const q = this.#load(row, rows, first, classes);
    const exps = this.#exponentials;
    sink.open(row, first, classes, exps.result, exps.resultStays);
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.polyShareRows(
      exps.address, rows, classes, exps.stride, exps.refs, exps.refStride, at.max, at.factor,
      at.share, at.whole, poly, q.address, q.stride, sink.address, sink.stride,
    );
    if (this.#job.targets) clearIgnored(this.#workspace, sink, rows, classes, this.#job.ignoreIndex);
    sink.close(row, rows, first, classes);
    if (first + classes === layout.classes) sink.clearPadding(row, rows);
  }

  begin(row: number, rows: number): void {
    if (this.#exponentials.begin(row, rows)) this.#sink?.flush();
  }

  end(): void {
    this.#sink?.flush();
  }

  clear(row: number, rows: number): void {
    this.#sink?.clear(row, rows);
  }

  /** Loads a segment's probabilities and exponentials; those of the previous segment may have overwritten them. */
  #load(row: number, rows: number, first: number, classes: number): RowSource {
    const { logits, q } = this.#operands;
    if (!q) throw new Error("wasm-cross-entropy: a poly loss of distributions without any");
    if (!this.#exponentials.isKept) logits.load(row, rows, first, classes);
    if (this.#job.layout.classes > SEGMENT) q.load(row, rows, first, classes);
    this.#exponentials.fetch(logits, first, classes);
    this.#exponentials.ungroup(first, classes);
    return q;
  }
}
