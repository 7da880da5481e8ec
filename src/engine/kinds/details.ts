/** A details job tile by tile: every number that one reading of a row tells. */

import type { DetailsJob, DetailsOutputs } from "../job.js";
import type { RowRoutine } from "../routine.js";
import { ClassWeights } from "../tiles/class-weights.js";
import { loadRowWeights, loadTargets } from "../tiles/row-columns.js";
import { RowEntropies } from "../tiles/row-entropies.js";
import type { RowProgram } from "../tiles/row-program.js";
import { joinStatistics, segmentStatistics } from "../tiles/row-statistics.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

export const detailsKind: RowRoutine<DetailsJob> = {
  programOf: (workspace, job, _columns, firstRow) => detailsRows(workspace, job, firstRow),
};

function detailsRows(workspace: Workspace, job: DetailsJob, firstRow: number): RowProgram {
  const { kernels, layout: at } = workspace;
  const { targets, weight, labelSmoothing, temperature, zLoss, ignoreIndex, out } = job;
  const { classes: allClasses } = job.layout;
  const logits = new TileSource(workspace, job.logits, job.layout, "tileA", job.softcap, firstRow);
  const weights = new ClassWeights(workspace, weight);
  const floor = allClasses > 0 ? labelSmoothing / allClasses : 0;
  const entropies = out.entropies ? new RowEntropies(workspace, temperature, ignoreIndex) : null;
  const wantsArgmax = out.argmax !== null || out.isGreedy !== null;

  return {
    applies: false,
    begin(row, rows) {
      if (!loadTargets(workspace.views(), targets, row, rows, ignoreIndex)) {
        for (let r = row; r < row + rows; r++) writeIgnored(out, r);
        return false;
      }
      if (weight) loadRowWeights(workspace.views(), weight, rows, ignoreIndex);
      return true;
    },
    measure(row, rows, first, classes) {
      const isFirst = first === 0;
      if (entropies) {
        logits.load(row, rows, first, classes);
        entropies.measure([logits.address, rows, classes, logits.stride], isFirst);
      } else {
        segmentStatistics(workspace, logits, row, rows, first, classes, temperature, at.target, ignoreIndex, null);
      }
      const { address, stride } = logits;
      const max = isFirst ? at.max : at.nextMax;
      const rest = isFirst ? at.rest : at.nextRest;
      const [earlierMax, earlierRest] = isFirst ? [0, 0] : [at.max, at.rest];
      const rowsOfClasses = [address, rows, classes, stride] as const;
      const kept = [at.target, ignoreIndex] as const;
      kernels.rowTarget(...rowsOfClasses, ...kept, first, at.targetLogit);
      if (wantsArgmax) {
        kernels.rowArgmax(...rowsOfClasses, ...kept, first, max, rest, earlierMax, earlierRest, at.argmax);
      }
      if (labelSmoothing === 0) return;
      weights.load(first, classes);
      const dot = isFirst ? at.dot : at.nextDot;
      const mass = isFirst ? at.mass : at.nextMass;
      kernels.rowDot(...rowsOfClasses, 0, 0, weights.address, 1 - labelSmoothing, floor, ...kept, max, dot, mass);
    },
    join(rows) {
      if (labelSmoothing > 0) {
        kernels.mergeDots(rows, at.max, at.nextMax, at.dot, at.mass, at.nextDot, at.nextMass);
      }
      joinStatistics(workspace, rows, temperature);
    },
    finish(row, rows) {
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.crossEntropyRows(
        rows, temperature, 1 - labelSmoothing, zLoss, at.max, at.rest, at.targetLogit, weight ? at.rowWeight : 0,
        labelSmoothing > 0 ? at.dot : 0, at.mass, at.target, ignoreIndex, at.loss, at.z,
      );
      writeLosses(workspace, job, row, rows);
      // the loss column is free again
      kernels.log1pRows(at.rest, rows, at.loss);
      writeLogs(workspace, job, row, rows);
      if (entropies && out.entropies) {
        entropies.finish(rows, at.loss);
        const { loss } = workspace.views();
        for (let r = 0; r < rows; r++) out.entropies[row + r] = loss[r] as number;
      }
      const { target } = workspace.views();
      for (let r = 0; r < rows; r++) if (target[r] === ignoreIndex) writeIgnored(out, row + r);
    },
  };
}

/** Row losses and z-losses, as the columns have them. */
function writeLosses(workspace: Workspace, { out, zLoss }: DetailsJob, row: number, rows: number): void {
  const { loss, z } = workspace.views();
  const { losses, zLosses } = out;
  if (losses) for (let r = 0; r < rows; r++) losses[row + r] = loss[r] as number;
  if (zLosses) for (let r = 0; r < rows; r++) zLosses[row + r] = zLoss === 0 ? 0 : (z[r] as number);
}

/** lse = m / T + L, log p_t = -(L + (m - x_t) / T) with L = log(1 + R) in the loss column; argmax and hits. */
function writeLogs(workspace: Workspace, { out, temperature }: DetailsJob, row: number, rows: number): void {
  const { max, loss, targetLogit, target, argmax } = workspace.views();
  for (let r = 0; r < rows; r++) {
    const m = max[r] as number;
    const l = loss[r] as number;
    if (out.logSumExp) out.logSumExp[row + r] = m / temperature + l;
    // m - m: NaN where m is infinite; 0 - ...: a certain class has the log-probability 0, not -0
    if (out.logProbs) out.logProbs[row + r] = 0 - (l + (m - (targetLogit[r] as number)) / temperature + (m - m));
    if (out.argmax) out.argmax[row + r] = argmax[r] as number;
    if (out.isGreedy) out.isGreedy[row + r] = argmax[r] === target[r] ? 1 : 0;
  }
}

function writeIgnored(out: DetailsOutputs, row: number): void {
  const { losses, logProbs, logSumExp, entropies, zLosses } = out;
  for (const floats of [losses, logProbs, logSumExp, entropies, zLosses]) if (floats) floats[row] = Number.NaN;
  if (out.argmax) out.argmax[row] = -1;
  if (out.isGreedy) out.isGreedy[row] = 0;
}
