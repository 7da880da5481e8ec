/** The Jensen-Shannon divergence of each row: one term per element, summed over the row in f64; with gradients. */

import { ELEMENT_PARTS } from "../../memory/gradient-parts.js";
import type { Rows } from "../../memory/tiles.js";
import { JS_DIV_LOSS, KL_DIV_LOSS_OF_LOGS } from "../../wasm/generated/kernels.js";
import type { Columns } from "../columns.js";
import type { FloatArray, GradientRequest, Job } from "../job.js";
import { type Kind, timeOfElements } from "../kind.js";
import { clearIgnored, loadTargets } from "../tiles/row-columns.js";
import { runRows, type TileSteps } from "../tiles/run-rows.js";
import { TileSink } from "../tiles/tile-sink.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

/** The layout of an array with one value per row: a single row with a class for each. */
function columnOf(rows: number): Rows {
  return { rows: 1, classes: rows, inner: 1, stride: rows };
}

/** Repeats each row's upstream gradient for all of its classes. Uses the panel, which is free between load and write-back. */
function spreadOverRows(workspace: Workspace, values: number, rows: number, classes: number): number {
  const ofRows = new Float32Array(workspace.memory.buffer, values, rows);
  const { panel } = workspace.views();
  for (let r = 0; r < rows; r++) panel.fill(ofRows[r], r * classes, (r + 1) * classes);
  return workspace.layout.panel;
}

/** Rows of log-probabilities against rows of log-targets. */
export interface JsDivJob extends Job {
  readonly input: FloatArray;
  readonly targets: FloatArray;
  /** Row i has the targets of row i + shift; rows without any are ignored. */
  readonly targetShift: number;
  /** Per row, `ignoreIndex` where it is ignored; null if none is. */
  readonly kept: Int32Array | null;
  readonly ignoreIndex: number;
  /** One weight per row, or null for 1. The gradient's upstream includes it. */
  readonly sampleWeight: Float32Array | Float64Array | null;
  readonly beta: number;
  /** One upstream gradient per row. */
  readonly gradient: GradientRequest | null;
  readonly out: Float32Array | null;
}

export const jsDivKind: Kind<JsDivJob> = {
  name: "jsDivLoss",
  run: (workspace, job, columns, range) => runRows(jsDivSteps(workspace, job, columns, range.origin), job.layout, range),
  arrays(job, read, write) {
    const { layout, gradient } = job;
    return {
      ...job,
      input: read(job.input, layout),
      targets: read(job.targets, job.targetShift === 0 ? layout : null),
      kept: read(job.kept),
      sampleWeight: read(job.sampleWeight),
      gradient: gradient && { ...gradient, upstream: read(gradient.upstream), grad: write(gradient.grad, layout) },
      out: write(job.out),
    };
  },
  nanoseconds: (job) => timeOfElements(job, 3.5, job.gradient),
  reduction: {
    columns: (job) => (job.out ? [] : ["loss"]),
    entries: (_, rows) => rows,
    sums: (_, totals) => ({ loss: totals.total("loss"), weight: 0, z: 0, kept: 0, keptWeight: 0 }),
  },
};

function jsDivSteps(workspace: Workspace, job: JsDivJob, columns: Columns, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const { layout, beta, gradient, kept, ignoreIndex, sampleWeight, targetShift, out } = job;
  const input = new TileSource(workspace, job.input, layout, "tileA", 0, firstRow);
  const targets = new TileSource(workspace, job.targets, layout, "tileB", 0, targetShift === 0 ? firstRow : 0, targetShift);
  const grad = gradient ? new TileSink(workspace, gradient.grad, layout, "tileA", firstRow) : null;
  const terms = at.gradient + ELEMENT_PARTS.values * 4;
  const scratch = at.gradient + ELEMENT_PARTS.scratch * 4;
  const upstream = gradient?.upstream ? new TileSource(workspace, gradient.upstream, columnOf(layout.rows), "weight") : null;
  const scale = gradient ? gradient.scale : 0;
  return {
    applies: false,
    begin(row, rows) {
      const views = workspace.views();
      if (kept && !loadTargets(views, kept, row, rows, ignoreIndex)) {
        columns.skip("loss", rows);
        out?.fill(0, row, row + rows);
        grad?.clear(row, rows);
        return false;
      }
      views.loss.fill(0, 0, rows);
      upstream?.load(0, 1, row, rows);
      return true;
    },
    // Adds each segment to the losses and writes its gradients, which do not depend on the rest of the row.
    measure(row, rows, first, classes) {
      input.load(row, rows, first, classes);
      targets.load(row, rows, first, classes);
      grad?.open(row, first, classes);
      const upstreamAddress = upstream ? spreadOverRows(workspace, upstream.address, rows, classes) : 0;
      const gradAddress = grad ? grad.address : 0;
      const [x, y] = [input.address, targets.address];
      // There is no gap between rows, so the kernel takes the tile as one array of elements.
      const run = (kind: number, a: number, b: number, ofA: number, ofB: number): void =>
        kernels.elementLoss(kind, a, b, rows * classes, 0, 0, upstreamAddress, scale, beta, 0, terms, ofA, ofB, 0, scratch);
      // beta 0 is KL(p || q) and beta 1 is KL(q || p); for the latter input and targets swap roles
      if (beta === 0) run(KL_DIV_LOSS_OF_LOGS, x, y, gradAddress, 0);
      else if (beta === 1) run(KL_DIV_LOSS_OF_LOGS, y, x, 0, gradAddress);
      else run(JS_DIV_LOSS, x, y, gradAddress, 0);
      kernels.rowSum(terms, rows, classes, classes, at.loss);
      if (grad && kept) clearIgnored(workspace, grad, rows, classes, ignoreIndex);
      grad?.close(row, rows, first, classes);
    },
    join: () => {},
    finish(row, rows) {
      const { loss, target } = workspace.views();
      for (let r = 0; kept && r < rows; r++) if (target[r] === ignoreIndex) loss[r] = 0;
      for (let r = 0; sampleWeight && r < rows; r++) loss[r] *= sampleWeight[row + r];
      columns.add("loss", loss, rows);
      if (out) for (let r = 0; r < rows; r++) out[row + r] = loss[r];
    },
  };
}
