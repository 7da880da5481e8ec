/**
 * Runs a partial job tile by tile. The exponentials are in f64 and the pieces of long rows are joined in f64, so that a row cut
 * into shards anywhere gives, joined again, what it gives in one piece (see assembly/rows/log-sum-exp-double.ts).
 */
import { SEGMENT } from "../memory/layout.js";
import { tileRows } from "../memory/tiles.js";
import type { PartialJob, Sums } from "./job.js";
import { loadTargets } from "./row-columns.js";
import { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

const NO_SUMS: Sums = { loss: 0, weight: 0, z: 0, kept: 0 };

export function runPartial(workspace: Workspace, job: PartialJob): Sums {
  const { kernels, layout: at } = workspace;
  const { layout, targets, temperature, ignoreIndex, firstClass, out } = job;
  const { classes: allClasses } = layout;
  const logits = new TileSource(workspace, job.logits, layout, "tileA", job.softcap);
  const targetAddress = targets ? at.target : 0;
  let rows = 0;
  for (let row = 0; row < layout.rows; row += rows) {
    rows = tileRows(layout, row);
    if (targets && !loadTargets(workspace.views(), targets, row, rows, ignoreIndex)) {
      out.max.fill(Number.NaN, row, row + rows);
      out.rest.fill(Number.NaN, row, row + rows);
      out.targetLogit?.fill(Number.NaN, row, row + rows);
      continue;
    }
    workspace.views().targetLogit.fill(Number.NaN, 0, rows);
    for (let first = 0; first < allClasses; first += SEGMENT) {
      const classes = Math.min(SEGMENT, allClasses - first);
      logits.load(row, rows, first, classes);
      const { address, stride } = logits;
      const max = first === 0 ? at.max : at.nextMax;
      const rest = first === 0 ? at.rest : at.nextRest;
      kernels.logSumExpDoubleRows(address, rows, classes, stride, targetAddress, ignoreIndex, temperature, max, rest);
      if (targets) kernels.rowTarget(address, rows, classes, stride, at.target, ignoreIndex, firstClass + first, at.targetLogit);
      if (first > 0) kernels.mergeRows(rows, temperature, at.max, at.rest, at.nextMax, at.nextRest);
    }
    writeRows(workspace, job, row, rows);
  }
  return NO_SUMS;
}

/** The columns as f64, in units of x' = x / temperature. */
function writeRows(
  workspace: Workspace,
  { layout, targets, ignoreIndex, temperature, out }: PartialJob,
  row: number,
  rows: number,
): void {
  const { max, rest, target, targetLogit } = workspace.views();
  for (let r = 0; r < rows; r++) {
    const isIgnored = targets !== null && target[r] === ignoreIndex;
    const isEmpty = layout.classes === 0;
    const R = isEmpty ? 0 : isIgnored ? Number.NaN : (rest[r] as number);
    // NaN in one is NaN in both: the kernel's maximum passes over NaN
    out.rest[row + r] = R;
    out.max[row + r] = Number.isNaN(R) ? R : isEmpty ? Number.NEGATIVE_INFINITY : (max[r] as number) / temperature;
    if (out.targetLogit) out.targetLogit[row + r] = isIgnored ? Number.NaN : (targetLogit[r] as number) / temperature;
  }
}
