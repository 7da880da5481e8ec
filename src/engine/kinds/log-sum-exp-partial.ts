/**
 * log-sum-exp partials of rows whose classes are split into shards. Exponentials and the joins of long rows are in f64, so that
 * merged shards give the result of the whole row wherever it was cut (see assembly/rows/log-sum-exp-double.ts).
 */
import type { LogitsJob } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import { loadTargets } from "../tiles/row-columns.js";
import { joinStatistics } from "../tiles/row-statistics.js";
import { runRows, type TileSteps } from "../tiles/run-rows.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

/** Rows of a shard: a range of the vocabulary's classes. */
export interface PartialJob extends LogitsJob {
  /** Class indices in the whole vocabulary, or null. */
  readonly targets: Int32Array | null;
  /** Index of the shard's first class in the whole vocabulary. */
  readonly firstClass: number;
  /** NaN for ignored rows; `targetLogit` is NaN also for targets outside the shard. */
  readonly out: { readonly max: Float64Array; readonly rest: Float64Array; readonly targetLogit: Float64Array | null };
}

export const partialKind: Kind<PartialJob> = {
  name: "logSumExpPartial",
  run: (workspace, job, _, range) => runRows(partialSteps(workspace, job, range.origin), job.layout, range),
  arrays(job, read, write) {
    const { out } = job;
    return {
      ...job,
      logits: read(job.logits, job.layout),
      targets: read(job.targets),
      out: { max: write(out.max), rest: write(out.rest), targetLogit: write(out.targetLogit) },
    };
  },
  nanoseconds: (job) => timeOfElements(job, 2.2),
  reduction: NO_REDUCTION,
};

function partialSteps(workspace: Workspace, job: PartialJob, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const { layout, targets, temperature, ignoreIndex, firstClass, out } = job;
  const logits = new TileSource(workspace, job.logits, layout, "tileA", job.softcap, firstRow);
  const targetAddress = targets ? at.target : 0;
  return {
    applies: false,
    begin(row, rows) {
      if (targets && !loadTargets(workspace.views(), targets, row, rows, ignoreIndex)) {
        out.max.fill(Number.NaN, row, row + rows);
        out.rest.fill(Number.NaN, row, row + rows);
        out.targetLogit?.fill(Number.NaN, row, row + rows);
        return false;
      }
      workspace.views().targetLogit.fill(Number.NaN, 0, rows);
      return true;
    },
    measure(row, rows, first, classes) {
      logits.load(row, rows, first, classes);
      const { address, stride } = logits;
      const max = first === 0 ? at.max : at.nextMax;
      const rest = first === 0 ? at.rest : at.nextRest;
      kernels.logSumExpDoubleRows(address, rows, classes, stride, targetAddress, ignoreIndex, temperature, max, rest);
      if (targets) kernels.rowTarget(address, rows, classes, stride, at.target, ignoreIndex, firstClass + first, at.targetLogit);
    },
    join: (rows) => joinStatistics(workspace, rows, temperature),
    finish: (row, rows) => writeRows(workspace, job, row, rows),
  };
}

/** Writes the columns to the outputs as f64, divided by the temperature. */
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
    const R = isEmpty ? 0 : isIgnored ? Number.NaN : rest[r];
    // the kernel's maximum skips NaN, so a NaN rest makes the max NaN too
    out.rest[row + r] = R;
    out.max[row + r] = Number.isNaN(R) ? R : isEmpty ? Number.NEGATIVE_INFINITY : max[r] / temperature;
    if (out.targetLogit) out.targetLogit[row + r] = isIgnored ? Number.NaN : targetLogit[r] / temperature;
  }
}
