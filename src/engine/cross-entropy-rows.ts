/** A cross-entropy job tile by tile: rows in, their losses, and their gradients right after. */
import { type Columns, hasRowWeights, isGrouped } from "./columns.js";
import { CrossEntropyGradient } from "./cross-entropy-gradient.js";
import { Exponentials } from "./exponentials.js";
import type { CrossEntropyJob } from "./job.js";
import { type Operands, operandsOf } from "./operands.js";
import { PolyDistributions } from "./poly-distributions.js";
import { loadRowWeights, loadTargets } from "./row-columns.js";
import type { RowProgram } from "./row-program.js";
import { joinStatistics, segmentStatistics } from "./row-statistics.js";
import type { Views, Workspace } from "./workspace.js";

/** `keeps`: exponentials may stay from the statistics to the gradient; not where another thread has computed the statistics. */
export function crossEntropyRows(
  workspace: Workspace,
  job: CrossEntropyJob,
  columns: Columns,
  firstRow: number,
  keeps = true,
): RowProgram {
  const { kernels, layout: at } = workspace;
  const { targets, weight, temperature, zLoss, poly, ignoreIndex, out } = job;
  const operands = operandsOf(workspace, job, firstRow);
  const { hard, hasDot, logits } = operands;
  const ofDistributions = poly !== 0 && !targets;
  const exponentials = job.gradient || ofDistributions ? new Exponentials(workspace, job, firstRow, keeps) : null;
  const polyPart =
    ofDistributions && exponentials ? new PolyDistributions(workspace, job, operands, exponentials, firstRow) : null;
  const gradient = polyPart ?? gradientOf(workspace, job, operands, exponentials, firstRow);
  const rowWeights = hasRowWeights(job);
  const grouped = isGrouped(job);

  const finishGroups = (rows: number): void => {
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.crossEntropyGroups(
      rows, temperature, at.max, at.rest, at.targetLogit, at.target, ignoreIndex, at.loss, at.z,
    );
    const { loss, z: distance } = workspace.views();
    columns.add("loss", loss, groupEntries(rows));
    columns.add("distance", distance, groupEntries(rows));
  };
  const finishRows = (row: number, rows: number): void => {
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.crossEntropyRows(
      rows, temperature, hard, zLoss, at.max, at.rest, at.targetLogit, rowWeights ? at.rowWeight : 0,
      hasDot ? at.dot : 0, at.mass, operands.targets, ignoreIndex, at.loss, at.z,
    );
    if (polyPart) polyPart.addLosses(row, rows);
    else if (poly !== 0) kernels.polyRows(rows, poly, at.loss, at.upstream);
    const views = workspace.views();
    columns.add("loss", views.loss, rows);
    if (zLoss > 0) columns.add("z", views.z, rows);
    if (rowWeights) columns.add("weight", views.rowWeight, rows);
    if (out) writeLosses(views, out, row, rows, zLoss > 0);
  };

  const program: RowProgram = {
    begin(row, rows) {
      if (targets && !loadTargets(workspace.views(), targets, row, rows, ignoreIndex)) {
        columns.skip("loss", grouped ? groupEntries(rows) : rows);
        if (grouped) columns.skip("distance", groupEntries(rows));
        if (zLoss > 0) columns.skip("z", rows);
        if (rowWeights) columns.skip("weight", rows);
        out?.fill(0, row, row + rows);
        gradient?.clear(row, rows);
        return false;
      }
      if (targets && weight) loadRowWeights(workspace.views(), weight, rows, ignoreIndex);
      gradient?.begin(row, rows);
      return true;
    },
    measure(row, rows, first, classes) {
      // biome-ignore format: the arguments read better in their own order and lines
      segmentStatistics(
        workspace, logits, row, rows, first, classes, temperature, operands.targets, ignoreIndex, exponentials,
      );
      segmentSums(workspace, job, operands, row, rows, first, classes);
    },
    join(rows) {
      if (hasDot) kernels.mergeDots(rows, at.max, at.nextMax, at.dot, at.mass, at.nextDot, at.nextMass);
      joinStatistics(workspace, rows, temperature);
    },
    finish(row, rows) {
      if (grouped) finishGroups(rows);
      else finishRows(row, rows);
    },
  };
  if (!gradient) return program;
  return {
    ...program,
    prepare: (row, rows) => gradient.prepare(row, rows),
    apply: (row, rows, first, classes) => gradient.apply(row, rows, first, classes),
    end: () => gradient.end(),
  };
}

/** Entries that `rows` rows leave, eight at a time. */
export function groupEntries(rows: number): number {
  return 2 * Math.ceil(rows / 8);
}

function gradientOf(
  workspace: Workspace,
  job: CrossEntropyJob,
  operands: Operands,
  exponentials: Exponentials | null,
  firstRow: number,
): CrossEntropyGradient | null {
  return job.gradient && exponentials && new CrossEntropyGradient(workspace, job, job.gradient, operands, exponentials, firstRow);
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
  // biome-ignore format: a kernel's arguments read better in its own order and lines
  kernels.rowDot(
    address, rows, classes, stride, q ? q.address : 0, q ? q.stride : 0, weights.address,
    share, floor, targets, job.ignoreIndex, isFirst ? at.max : at.nextMax, isFirst ? at.dot : at.nextDot,
    isFirst ? at.mass : at.nextMass,
  );
}

function writeLosses({ loss, z }: Views, out: Float32Array, row: number, rows: number, hasPenalty: boolean): void {
  for (let r = 0; r < rows; r++) out[row + r] = (loss[r] as number) + (hasPenalty ? (z[r] as number) : 0);
}
