/** Any job by its kind: for workers of a pool, which get jobs as messages. */
import type { Columns } from "./columns.js";
import type { ElementJob, Job, RowJob, Sums } from "./job.js";
import { comparisonKind } from "./kinds/compare-logits.js";
import { crossEntropyKind } from "./kinds/cross-entropy.js";
import { elementKind } from "./kinds/elements.js";
import { jsDivKind } from "./kinds/js-div-loss.js";
import { partialKind } from "./kinds/log-sum-exp-partial.js";
import { measureKind } from "./kinds/measures.js";
import { nllKind } from "./kinds/nll-loss.js";
import { scoreKind } from "./kinds/score-tokens.js";
import { logSumExpKind, softmaxKind } from "./kinds/softmax.js";
import { type RangeRoutine, type Routine, type RowRoutine, runKind } from "./routine.js";
import type { JobOfKind, Task } from "./task.js";
import type { RowRange } from "./tiles/row-program.js";
import type { Workspace } from "./tiles/workspace.js";

const ROUTINES: { readonly [Kind in Job["kind"]]: Routine<JobOfKind<Kind>> } = {
  crossEntropy: crossEntropyKind,
  scoreTokens: scoreKind,
  compareLogits: comparisonKind,
  logSumExpPartial: partialKind,
  nll: nllKind,
  logSumExp: logSumExpKind,
  softmax: softmaxKind,
  logSoftmax: softmaxKind,
  entropy: measureKind,
  crossEntropyBetween: measureKind,
  klDivergence: measureKind,
  jsDivergence: measureKind,
  jsDivLoss: jsDivKind,
  binaryCrossEntropy: elementKind,
  binaryCrossEntropyWithLogits: elementKind,
  klDivLoss: elementKind,
  klDivLossOfLogs: elementKind,
  sigmoidFocalLoss: elementKind,
};

/** Whether a job has elements in place of rows. */
export function isElementJob(job: Job): job is ElementJob {
  return ROUTINES[job.kind] === elementKind;
}

/** A job as a task that gives its sums. */
export function sumsOf(job: Job): Task<Sums> {
  // the table's type says that a routine is one for its kind
  return { job, kind: ROUTINES[job.kind], finish: (sums: Sums) => sums } as Task<Sums>;
}

/** Runs a range of a job; the first element that is no probability is what it returns, if one has to be and is not. */
export function runJob(workspace: Workspace, job: Job, columns: Columns, range: RowRange): Sums["outside"] {
  return runKind(ROUTINES[job.kind] as RowRoutine<RowJob> | RangeRoutine<Job>, workspace, job, columns, range);
}
