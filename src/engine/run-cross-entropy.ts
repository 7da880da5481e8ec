/** Runs a cross-entropy job tile by tile: rows in, f64 sums and row losses out. */
import { SEGMENT } from "../memory/layout.js";
import { tileRows } from "../memory/tiles.js";
import type { CrossEntropyJob, Sums } from "./job.js";
import { RowSum } from "./reduction.js";
import { rowStatistics } from "./row-statistics.js";
import { TileSource } from "./tile-source.js";
import type { Views, Workspace } from "./workspace.js";

/** Tiles of up to this many rows are long rows, worth a look at whether they are all ignored. */
const FEW_ROWS = 8;

/** Rows of up to this many classes are summed eight at a time where only their sum is asked for. */
const GROUPED_CLASSES = 128;

export function runCrossEntropy(workspace: Workspace, job: CrossEntropyJob): Sums {
  const { kernels, layout: at } = workspace;
  const { layout, targets, probabilities, weight, labelSmoothing, temperature, zLoss, ignoreIndex, out, scores } = job;
  const { classes: allClasses } = layout;
  const logits = new TileSource(workspace, job.logits, layout, "tileA", job.softcap);
  const q = probabilities ? new TileSource(workspace, probabilities, job.probabilityLayout, "tileB") : null;

  // loss = hard w_t (lse - x_t) + sum_c a_c (lse - x_c),  a_c = (q_c share + floor) w_c
  const hard = targets ? 1 - labelSmoothing : 0;
  const share = 1 - labelSmoothing;
  const floor = allClasses > 0 ? labelSmoothing / allClasses : 0;
  const hasDot = q !== null || labelSmoothing > 0;
  const targetAddress = targets ? at.target : 0;
  const rowWeights = targets !== null && weight !== null;

  const isPlain = targets !== null && !hasDot && !rowWeights && zLoss === 0 && out === null && scores === null;
  const grouped = isPlain && layout.inner === 1 && allClasses <= GROUPED_CLASSES;

  const lossSum = new RowSum();
  const distanceSum = new RowSum();
  const zSum = new RowSum();
  const weightSum = new RowSum();
  let row = 0;
  let rows = 0;
  let weightLoaded = false;

  const eachSegment = (first: number, classes: number): void => {
    const { address, stride } = logits;
    if (targets) kernels.rowTarget(address, rows, classes, stride, at.target, ignoreIndex, first, at.targetLogit);
    if (!hasDot) return;
    if (q) q.load(row, rows, first, classes);
    if (weight && !weightLoaded) {
      workspace.views().weight.set(weight.subarray(first, first + classes));
      weightLoaded = allClasses <= SEGMENT;
    }
    const isFirst = first === 0;
    const max = isFirst ? at.max : at.nextMax;
    const dot = isFirst ? at.dot : at.nextDot;
    const mass = isFirst ? at.mass : at.nextMass;
    const [qAddress, qStride] = q ? [q.address, q.stride] : [0, 0];
    const weightAddress = weight ? at.weight : 0;
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.rowDot(
      address, rows, classes, stride, qAddress, qStride, weightAddress,
      share, floor, targetAddress, ignoreIndex, max, dot, mass,
    );
    if (!isFirst) kernels.mergeDots(rows, at.max, at.nextMax, at.dot, at.mass, at.nextDot, at.nextMass);
  };

  for (; row < layout.rows; row += rows) {
    rows = tileRows(layout, row);
    if (targets && !loadTargets(workspace.views(), targets, row, rows, ignoreIndex)) {
      lossSum.skip(rows);
      zSum.skip(rows);
      weightSum.skip(rows);
      out?.fill(0, row, row + rows);
      continue;
    }
    if (targets && weight) loadRowWeights(workspace.views(), weight, rows, ignoreIndex);
    rowStatistics(workspace, logits, row, rows, allClasses, temperature, targetAddress, ignoreIndex, eachSegment);
    if (grouped) {
      const entries = 2 * Math.ceil(rows / 8);
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.crossEntropyGroups(
        rows, temperature, at.max, at.rest, at.targetLogit, at.target, ignoreIndex, at.loss, at.z,
      );
      const { loss, z: distance } = workspace.views();
      lossSum.add(loss, entries);
      distanceSum.add(distance, entries);
      continue;
    }
    kernels.crossEntropyRows(
      rows,
      temperature,
      hard,
      zLoss,
      at.max,
      at.rest,
      at.targetLogit,
      rowWeights ? at.rowWeight : 0,
      hasDot ? at.dot : 0,
      at.mass,
      targetAddress,
      ignoreIndex,
      at.loss,
      at.z,
    );

    const views = workspace.views();
    lossSum.add(views.loss, rows);
    if (zLoss > 0) zSum.add(views.z, rows);
    if (rowWeights) weightSum.add(views.rowWeight, rows);
    if (out) {
      for (let r = 0; r < rows; r++) {
        out[row + r] = (views.loss[r] as number) + (zLoss > 0 ? (views.z[r] as number) : 0);
      }
    }
    if (scores) {
      for (let r = 0; r < rows; r++) {
        scores.losses[row + r] = views.loss[r] as number;
        const isKept = targets ? views.target[r] !== ignoreIndex : false;
        scores.greedy[row + r] = isKept && views.targetLogit[r] === views.max[r] ? 1 : 0;
      }
    }
  }
  const loss = lossSum.total + (grouped ? distanceSum.total : 0);
  return { loss, weight: rowWeights ? weightSum.total : job.kept, z: zSum.total, kept: job.kept };
}

/** Copies a tile's classes into their column; false when there is none to keep and the rows need not even be read. */
export function loadTargets(views: Views, targets: Int32Array, row: number, rows: number, ignoreIndex: number): boolean {
  if (rows > FEW_ROWS) {
    views.target.set(rows === targets.length ? targets : targets.subarray(row, row + rows));
    return true;
  }
  let anyKept = false;
  for (let r = 0; r < rows; r++) {
    const target = targets[row + r] as number;
    views.target[r] = target;
    if (target !== ignoreIndex) anyKept = true;
  }
  return anyKept;
}

/** Class weight of each row's target, 0 for ignored rows. */
export function loadRowWeights(views: Views, weight: Float32Array, rows: number, ignoreIndex: number): void {
  for (let r = 0; r < rows; r++) {
    const target = views.target[r] as number;
    views.rowWeight[r] = target === ignoreIndex ? 0 : (weight[target] as number);
  }
}
