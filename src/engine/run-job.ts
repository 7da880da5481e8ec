/** A range of any job, in one workspace: what the local engine does with all of it, and a worker of a pool with a part. */
import type { Columns } from "./columns.js";
import { comparisonRows } from "./comparison-rows.js";
import { CrossEntropyRows } from "./cross-entropy-rows.js";
import { detailsRows } from "./details-rows.js";
import type {
  ComparisonJob,
  CrossEntropyJob,
  DetailsJob,
  ElementJob,
  Job,
  JsDivJob,
  LogSumExpJob,
  MeasureJob,
  PartialJob,
  ScoreJob,
  SoftmaxJob,
  Sums,
} from "./job.js";
import { jsDivRows } from "./js-div-rows.js";
import { measureRows } from "./measure-rows.js";
import { partialRows } from "./partial-rows.js";
import { type RowProgram, type RowRange, runRows } from "./row-program.js";
import { runElements } from "./run-elements.js";
import { runNll } from "./run-nll.js";
import { scoreRows } from "./score-rows.js";
import { logSumExpRows, softmaxRows } from "./softmax-rows.js";
import type { Workspace } from "./workspace.js";

/** Jobs that walk over rows tile by tile. */
export type RowJob =
  | CrossEntropyJob
  | DetailsJob
  | ScoreJob
  | ComparisonJob
  | PartialJob
  | LogSumExpJob
  | SoftmaxJob
  | MeasureJob
  | JsDivJob;

/** Whether a job has elements in place of rows. */
export function isElementJob(job: Job): job is ElementJob {
  switch (job.kind) {
    case "binaryCrossEntropy":
    case "binaryCrossEntropyWithLogits":
    case "klDivLoss":
    case "klDivLossOfLogs":
    case "sigmoidFocalLoss":
      return true;
    default:
      return false;
  }
}

/** All rows or elements of a job. */
export function allOf(job: Job): RowRange {
  return { from: 0, to: isElementJob(job) ? job.length : job.layout.rows, origin: 0 };
}

/** Runs a range of a job; the first element that is no probability is what it returns, if one has to be and is not. */
export function runJob(workspace: Workspace, job: Job, columns: Columns, range: RowRange): Sums["outside"] {
  if (job.kind === "nll") runNll(job, columns);
  else if (isElementJob(job)) return runElements(workspace, job, columns, range);
  else runRows(programOf(workspace, job, columns, range.origin), job.layout, range);
  return undefined;
}

/** The steps of a job on rows; `keeps` as for CrossEntropyRows. */
export function programOf(workspace: Workspace, job: RowJob, columns: Columns, firstRow: number, keeps = true): RowProgram {
  switch (job.kind) {
    case "crossEntropy":
      return new CrossEntropyRows(workspace, job, columns, firstRow, keeps);
    case "crossEntropyDetails":
      return detailsRows(workspace, job, firstRow);
    case "scoreTokens":
      return scoreRows(workspace, job, firstRow);
    case "compareLogits":
      return comparisonRows(workspace, job, firstRow);
    case "logSumExpPartial":
      return partialRows(workspace, job, firstRow);
    case "logSumExp":
      return logSumExpRows(workspace, job, firstRow);
    case "softmax":
    case "logSoftmax":
      return softmaxRows(workspace, job, firstRow);
    case "jsDivLoss":
      return jsDivRows(workspace, job, columns, firstRow);
    default:
      return measureRows(workspace, job, firstRow);
  }
}
