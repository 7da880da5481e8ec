/**
 * How jobs of a kind are run. A task carries its routine instead of naming it, so that a bundle holds the routines of the
 * functions that it calls and no others; only who gets jobs by message looks them up by name (run-job.ts).
 */
import type { Columns } from "./columns.js";
import type { Job, RowJob, Sums } from "./job.js";
import { type RowProgram, type RowRange, runRows } from "./tiles/row-program.js";
import type { Workspace } from "./tiles/workspace.js";

/** Of a job on rows: its steps on a tile. */
export interface RowRoutine<J extends RowJob> {
  readonly programOf: (workspace: Workspace, job: J, columns: Columns, firstRow: number) => RowProgram;
}

/** Of a job that has a loop of its own; gives the first element that is no probability, if one has to be and is not. */
export interface RangeRoutine<J extends Job> {
  readonly run: (workspace: Workspace, job: J, columns: Columns, range: RowRange) => Sums["outside"];
}

export type Routine<J extends Job> = J extends RowJob ? RowRoutine<J> : RangeRoutine<J>;

/** Runs a range of a job, and gives what RangeRoutine's `run` does. */
export function runKind(
  routine: RowRoutine<RowJob> | RangeRoutine<Job>,
  workspace: Workspace,
  job: Job,
  columns: Columns,
  range: RowRange,
): Sums["outside"] {
  if ("run" in routine) return routine.run(workspace, job, columns, range);
  const rowJob = job as RowJob;
  runRows(routine.programOf(workspace, rowJob, columns, range.origin), rowJob.layout, range);
  return undefined;
}

/** All rows or elements of a job. */
export function allOf(job: Job): RowRange {
  return { from: 0, to: "layout" in job ? job.layout.rows : job.length, origin: 0 };
}
