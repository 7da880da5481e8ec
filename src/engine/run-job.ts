/** Any job by its kind: for workers of a pool, which get jobs as messages. */
import type { Columns } from "./columns.js";
import { comparisonRoutine } from "./comparison-rows.js";
import { crossEntropyRoutine } from "./cross-entropy-rows.js";
import { detailsRoutine } from "./details-rows.js";
import type { ElementJob, Job, RowJob, Sums } from "./job.js";
import { jsDivRoutine } from "./js-div-rows.js";
import { measureRoutine } from "./measure-rows.js";
import { partialRoutine } from "./partial-rows.js";
import { type RangeRoutine, type Routine, type RowRoutine, runRoutine } from "./routine.js";
import type { RowProgram, RowRange } from "./row-program.js";
import { elementRoutine } from "./run-elements.js";
import { nllRoutine } from "./run-nll.js";
import { scoreRoutine } from "./score-rows.js";
import { logSumExpRoutine, softmaxRoutine } from "./softmax-rows.js";
import type { JobOfKind, Task } from "./task.js";
import type { Workspace } from "./workspace.js";

const ROUTINES: { readonly [Kind in Job["kind"]]: Routine<JobOfKind<Kind>> } = {
  crossEntropy: crossEntropyRoutine,
  crossEntropyDetails: detailsRoutine,
  scoreTokens: scoreRoutine,
  compareLogits: comparisonRoutine,
  logSumExpPartial: partialRoutine,
  nll: nllRoutine,
  logSumExp: logSumExpRoutine,
  softmax: softmaxRoutine,
  logSoftmax: softmaxRoutine,
  entropy: measureRoutine,
  crossEntropyBetween: measureRoutine,
  klDivergence: measureRoutine,
  jsDivergence: measureRoutine,
  jsDivLoss: jsDivRoutine,
  binaryCrossEntropy: elementRoutine,
  binaryCrossEntropyWithLogits: elementRoutine,
  klDivLoss: elementRoutine,
  klDivLossOfLogs: elementRoutine,
  sigmoidFocalLoss: elementRoutine,
};

/** Whether a job has elements in place of rows. */
export function isElementJob(job: Job): job is ElementJob {
  return ROUTINES[job.kind] === elementRoutine;
}

/** A job as a task that gives its sums. */
export function sumsOf(job: Job): Task<Sums> {
  // the table's type says that a routine is one for its kind
  return { job, routine: ROUTINES[job.kind], finish: (sums: Sums) => sums } as Task<Sums>;
}

/** Runs a range of a job; the first element that is no probability is what it returns, if one has to be and is not. */
export function runJob(workspace: Workspace, job: Job, columns: Columns, range: RowRange): Sums["outside"] {
  return runRoutine(ROUTINES[job.kind] as RowRoutine<RowJob> | RangeRoutine<Job>, workspace, job, columns, range);
}

/** The steps of a job on rows; `keeps` as for CrossEntropyRows. */
export function programOf(workspace: Workspace, job: RowJob, columns: Columns, firstRow: number, keeps = true): RowProgram {
  return (ROUTINES[job.kind] as RowRoutine<RowJob>).programOf(workspace, job, columns, firstRow, keeps);
}
