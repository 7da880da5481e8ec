/** Runs the Jensen-Shannon divergence tile by tile: a term an element, added row by row in f64, and gradients. */
import { ELEMENT_PARTS, SEGMENT } from "../memory/layout.js";
import { type Rows, tileRows } from "../memory/tiles.js";
import type { JsDivJob, Sums } from "./job.js";
import { RowSum } from "./reduction.js";
import { ELEMENT_KINDS } from "./run-elements.js";
import { TileSink } from "./tile-sink.js";
import { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** One value a row, as one row of a flat array. */
function columnOf(rows: number): Rows {
  return { rows: 1, classes: rows, inner: 1, stride: rows };
}

/** Repeats each row's upstream gradient for all its classes, in the panel, which is free between loading and writing back. */
function spreadOverRows(workspace: Workspace, values: number, rows: number, classes: number): number {
  const ofRows = new Float32Array(workspace.memory.buffer, values, rows);
  const { panel } = workspace.views();
  for (let r = 0; r < rows; r++) panel.fill(ofRows[r] as number, r * classes, (r + 1) * classes);
  return workspace.layout.panel;
}

export function runJsDiv(workspace: Workspace, job: JsDivJob): Sums {
  const { kernels, layout: at } = workspace;
  const { layout, beta, gradient, out } = job;
  const { classes: allClasses } = layout;
  const input = new TileSource(workspace, job.input, layout, "tileA");
  const targets = new TileSource(workspace, job.targets, layout, "tileB");
  const grad = gradient ? new TileSink(workspace, gradient.grad, layout, "tileA") : null;
  const terms = at.gradient + ELEMENT_PARTS.values * 4;
  const scratch = at.gradient + ELEMENT_PARTS.scratch * 4;
  const upstream = gradient?.upstream ? new TileSource(workspace, gradient.upstream, columnOf(layout.rows), "weight") : null;
  const scale = gradient ? gradient.scale : 0;
  const sum = new RowSum();

  for (let row = 0, rows = 0; row < layout.rows; row += rows) {
    rows = tileRows(layout, row);
    const { loss } = workspace.views();
    loss.fill(0, 0, rows);
    upstream?.load(0, 1, row, rows);
    for (let first = 0; first < allClasses; first += SEGMENT) {
      const classes = Math.min(SEGMENT, allClasses - first);
      input.load(row, rows, first, classes);
      targets.load(row, rows, first, classes);
      grad?.open(row, first, classes);
      const upstreamAddress = upstream ? spreadOverRows(workspace, upstream.address, rows, classes) : 0;
      const gradAddress = grad ? grad.address : 0;
      const [x, y] = [input.address, targets.address];
      // rows follow each other without a gap: to the kernel a tile is one array of elements
      const run = (kind: number, a: number, b: number, ofA: number, ofB: number): void =>
        kernels.elementLoss(kind, a, b, rows * classes, 0, 0, upstreamAddress, scale, beta, 0, terms, ofA, ofB, scratch);
      // KL(p || q), whose gradient is the input's, and KL(q || p), where the input takes the place of the targets
      if (beta === 0) run(ELEMENT_KINDS.klDivLossOfLogs, x, y, gradAddress, 0);
      else if (beta === 1) run(ELEMENT_KINDS.klDivLossOfLogs, y, x, 0, gradAddress);
      else run(ELEMENT_KINDS.jsDivLoss, x, y, gradAddress, 0);
      kernels.rowSum(terms, rows, classes, classes, at.loss);
      grad?.close(row, rows, first, classes);
    }
    sum.add(loss, rows);
    if (out) for (let r = 0; r < rows; r++) out[row + r] = loss[r] as number;
  }
  return { loss: sum.total, weight: 0, z: 0, kept: 0 };
}
