/** Runs a cross-entropy job tile by tile: rows in, f64 sums and row losses out. */
import { FEW_CLASSES } from "../memory/layout.js";
import { tileRows } from "../memory/tiles.js";
import { CrossEntropyGradient } from "./cross-entropy-gradient.js";
import { Exponentials } from "./exponentials.js";
import type { CrossEntropyJob, Sums } from "./job.js";
import { type Operands, operandsOf } from "./operands.js";
import { PolyDistributions } from "./poly-distributions.js";
import { RowSum } from "./reduction.js";
import { loadRowWeights, loadTargets } from "./row-columns.js";
import { rowStatistics } from "./row-statistics.js";
import type { Views, Workspace } from "./workspace.js";

export function runCrossEntropy(workspace: Workspace, job: CrossEntropyJob): Sums {
  const { kernels, layout: at } = workspace;
  const { layout, targets, weight, temperature, zLoss, poly, ignoreIndex, out } = job;
  const { classes: allClasses } = layout;
  const operands = operandsOf(workspace, job);
  const { hard, hasDot } = operands;
  const ofDistributions = poly !== 0 && !targets;
  const exponentials = job.gradient || ofDistributions ? new Exponentials(workspace, job) : null;
  const polyPart = ofDistributions && exponentials ? new PolyDistributions(workspace, job, operands, exponentials) : null;
  const gradient = polyPart ?? gradientOf(workspace, job, operands, exponentials);
  const targetAddress = operands.targets;
  const rowWeights = targets !== null && weight !== null;

  const isPlain = targets !== null && !hasDot && !rowWeights && zLoss === 0 && poly === 0 && out === null;
  const grouped = isPlain && layout.inner === 1 && allClasses <= FEW_CLASSES;

  const lossSum = new RowSum();
  const distanceSum = new RowSum();
  const zSum = new RowSum();
  const weightSum = new RowSum();
  let row = 0;
  let rows = 0;
  const eachSegment = (first: number, classes: number): void => {
    segmentSums(workspace, job, operands, row, rows, first, classes);
  };

  for (; row < layout.rows; row += rows) {
    rows = tileRows(layout, row);
    if (targets && !loadTargets(workspace.views(), targets, row, rows, ignoreIndex)) {
      lossSum.skip(rows);
      zSum.skip(rows);
      weightSum.skip(rows);
      out?.fill(0, row, row + rows);
      gradient?.clear(row, rows);
      continue;
    }
    if (targets && weight) loadRowWeights(workspace.views(), weight, rows, ignoreIndex);
    exponentials?.begin(row, rows);
    // biome-ignore format: the arguments read better in their own order and lines
    rowStatistics(
      workspace, operands.logits, row, rows, allClasses, temperature, targetAddress, ignoreIndex,
      eachSegment, exponentials,
    );
    if (grouped) {
      const entries = 2 * Math.ceil(rows / 8);
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.crossEntropyGroups(
        rows, temperature, at.max, at.rest, at.targetLogit, at.target, ignoreIndex, at.loss, at.z,
      );
      const { loss, z: distance } = workspace.views();
      lossSum.add(loss, entries);
      distanceSum.add(distance, entries);
    } else {
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.crossEntropyRows(
        rows, temperature, hard, zLoss, at.max, at.rest, at.targetLogit, rowWeights ? at.rowWeight : 0,
        hasDot ? at.dot : 0, at.mass, targetAddress, ignoreIndex, at.loss, at.z,
      );
      if (polyPart) polyPart.addLosses(row, rows);
      else if (poly !== 0) kernels.polyRows(rows, poly, at.loss, at.upstream);
      const views = workspace.views();
      lossSum.add(views.loss, rows);
      if (zLoss > 0) zSum.add(views.z, rows);
      if (rowWeights) weightSum.add(views.rowWeight, rows);
      if (out) writeLosses(views, out, row, rows, zLoss > 0);
    }
    gradient?.run(row, rows);
  }
  const loss = lossSum.total + (grouped ? distanceSum.total : 0);
  return { loss, weight: rowWeights ? weightSum.total : job.kept, z: zSum.total, kept: job.kept };
}

function gradientOf(
  workspace: Workspace,
  job: CrossEntropyJob,
  operands: Operands,
  exponentials: Exponentials | null,
): CrossEntropyGradient | null {
  return job.gradient && exponentials && new CrossEntropyGradient(workspace, job, job.gradient, operands, exponentials);
}

/** What a loaded segment of rows adds beside its maxima and sums: target logits, and the dot with a distribution. */
function segmentSums(
  workspace: Workspace,
  job: CrossEntropyJob,
  operands: Operands,
  row: number,
  rows: number,
  first: number,
  classes: number,
): void {
  const { kernels, layout: at } = workspace;
  const { q, weights, share, floor, hasDot, targets } = operands;
  const { address, stride } = operands.logits;
  if (targets) kernels.rowTarget(address, rows, classes, stride, targets, job.ignoreIndex, first, at.targetLogit);
  if (!hasDot) return;
  q?.load(row, rows, first, classes);
  weights.load(first, classes);
  const isFirst = first === 0;
  const max = isFirst ? at.max : at.nextMax;
  const dot = isFirst ? at.dot : at.nextDot;
  const mass = isFirst ? at.mass : at.nextMass;
  // biome-ignore format: a kernel's arguments read better in its own order and lines
  kernels.rowDot(
    address, rows, classes, stride, q ? q.address : 0, q ? q.stride : 0, weights.address,
    share, floor, targets, job.ignoreIndex, max, dot, mass,
  );
  if (!isFirst) kernels.mergeDots(rows, at.max, at.nextMax, at.dot, at.mass, at.nextDot, at.nextMass);
}

function writeLosses({ loss, z }: Views, out: Float32Array, row: number, rows: number, hasPenalty: boolean): void {
  for (let r = 0; r < rows; r++) out[row + r] = (loss[r] as number) + (hasPenalty ? (z[r] as number) : 0);
}
