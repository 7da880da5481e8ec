/** Runs the jobs that give something per row or per element: log-sum-exp, softmax, log-softmax, measures, target gather. */
import { elementAt, elementsOf, setElement } from "../half.js";
import { SEGMENT } from "../memory/layout.js";
import { type Rows, tileRows } from "../memory/tiles.js";
import type { GradientPlan, LogSumExpJob, MeasureJob, NllJob, SoftmaxJob, Sums } from "./job.js";
import { RowSum } from "./reduction.js";
import { plainStatistics } from "./row-statistics.js";
import { TileSink } from "./tile-sink.js";
import { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

const NO_SUMS: Sums = { loss: 0, weight: 0, z: 0, kept: 0 };

export function runLogSumExp(workspace: Workspace, job: LogSumExpJob): Sums {
  const { kernels, layout: at } = workspace;
  const source = new TileSource(workspace, job.logits, job.layout, "tileA");
  if (job.layout.classes === 0) job.out.fill(Number.NEGATIVE_INFINITY);
  for (let row = 0; row < job.layout.rows && job.layout.classes > 0; ) {
    const rows = tileRows(job.layout, row);
    plainStatistics(workspace, source, row, rows, job.layout.classes);
    // the target column is free here, and of the right size for f32 results
    kernels.logSumExpFinish(rows, at.max, at.rest, at.targetLogit);
    const { targetLogit } = workspace.views();
    for (let r = 0; r < rows; r++) job.out[row + r] = targetLogit[r] as number;
    row += rows;
  }
  return NO_SUMS;
}

export function runSoftmax(workspace: Workspace, job: SoftmaxJob): Sums {
  const { kernels, layout: at } = workspace;
  const { classes: allClasses } = job.layout;
  const source = new TileSource(workspace, job.logits, job.layout, "tileA");
  const sink = new TileSink(workspace, job.out, job.layout);
  for (let row = 0; row < job.layout.rows && allClasses > 0; ) {
    const rows = tileRows(job.layout, row);
    plainStatistics(workspace, source, row, rows, allClasses);
    if (job.kind === "logSoftmax") kernels.log1pRows(at.rest, rows, at.rest);
    for (let first = 0; first < allClasses; first += SEGMENT) {
      const classes = Math.min(SEGMENT, allClasses - first);
      // a row of several segments comes by a second time; of a single one the tile is still there
      if (allClasses > SEGMENT) source.load(row, rows, first, classes);
      sink.open(row, first, classes);
      const { address, stride } = source;
      if (job.kind === "logSoftmax") {
        kernels.logSoftmaxRows(address, rows, classes, stride, at.max, at.rest, sink.address, sink.stride);
      } else kernels.softmaxRows(address, rows, classes, stride, at.max, at.rest, sink.address, sink.stride, at.expScratch);
      sink.close(row, rows, first, classes);
    }
    row += rows;
  }
  return NO_SUMS;
}

export function runMeasure(workspace: Workspace, job: MeasureJob): Sums {
  const { kernels, layout: at } = workspace;
  const { classes: allClasses } = job.layout;
  const p = new TileSource(workspace, job.p, job.layout, "tileA");
  const q = new TileSource(workspace, job.q, job.layout, "tileB");
  for (let row = 0; row < job.layout.rows; ) {
    const rows = tileRows(job.layout, row);
    const { loss } = workspace.views();
    loss.fill(0, 0, rows);
    for (let first = 0; first < allClasses; first += SEGMENT) {
      const classes = Math.min(SEGMENT, allClasses - first);
      p.load(row, rows, first, classes);
      if (job.kind === "entropy") {
        kernels.entropyRows(p.address, rows, classes, p.stride, at.loss);
        continue;
      }
      q.load(row, rows, first, classes);
      const kernel = kernels[`${job.kind}Rows`];
      kernel(p.address, q.address, rows, classes, p.stride, q.stride, at.loss);
    }
    for (let r = 0; r < rows; r++) job.out[row + r] = loss[r] as number;
    row += rows;
  }
  return NO_SUMS;
}

/** The negative log-likelihood reads one element a row: no tile, no kernel. */
export function runNll(job: NllJob): Sums {
  const { layout, logits, targets, ignoreIndex, weight, out } = job;
  const { rows, inner } = layout;
  const CHUNK = 1024;
  const losses = new Float64Array(Math.min(rows, CHUNK));
  const weights = new Float64Array(losses.length);
  const lossSum = new RowSum();
  const weightSum = new RowSum();
  for (let start = 0; start < rows; start += CHUNK) {
    const count = Math.min(CHUNK, rows - start);
    for (let r = 0; r < count; r++) {
      const row = start + r;
      const target = targets[row] as number;
      let loss = 0;
      let w = 0;
      if (target !== ignoreIndex) {
        const base = rowStart(layout, row);
        w = weight ? (weight[target] as number) : 1;
        loss = 0 - w * elementAt(logits, base + target * inner); // not -w: a certain row costs 0, not -0
      }
      losses[r] = loss;
      weights[r] = w;
      if (out) out[row] = loss;
    }
    lossSum.add(losses, count);
    weightSum.add(weights, count);
  }
  if (job.gradient) writeNllGradient(job, job.gradient);
  return { loss: lossSum.total, weight: weightSum.total, z: 0, kept: job.kept };
}

/** -g w_t at each kept row's target, 0 elsewhere; after the values, because it may be written over the input. */
function writeNllGradient({ layout, targets, ignoreIndex, weight }: NllJob, { out, upstream, lossScale }: GradientPlan): void {
  elementsOf(out).fill(0);
  for (let row = 0; row < layout.rows; row++) {
    const target = targets[row] as number;
    if (target === ignoreIndex) continue;
    const w = weight ? (weight[target] as number) : 1;
    const g = upstream ? (upstream[row] as number) * lossScale : lossScale;
    setElement(out, rowStart(layout, row) + target * layout.inner, -g * w);
  }
}

/** Index of a row's first element. */
function rowStart({ inner, stride }: Rows, row: number): number {
  return inner === 1 ? row * stride : Math.floor(row / inner) * stride + (row % inner);
}
