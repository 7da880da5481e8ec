/** What a job will take, to tell whether it is worth waking anybody. */
import type { Job } from "../job.js";
import { isElementJob } from "../run-job.js";

/** Nanoseconds an element on one thread, roughly (docs/performance.md; Zen 4). */
const PER_ELEMENT: Readonly<Record<Job["kind"], number>> = {
  crossEntropy: 0.9,
  scoreTokens: 1.2,
  compareLogits: 8,
  logSumExpPartial: 2.2,
  nll: 0,
  logSumExp: 0.8,
  softmax: 1.4,
  logSoftmax: 1.1,
  entropy: 2.5,
  crossEntropyBetween: 2.5,
  klDivergence: 4,
  jsDivergence: 6,
  binaryCrossEntropy: 1.6,
  binaryCrossEntropyWithLogits: 1.6,
  klDivLoss: 1.1,
  klDivLossOfLogs: 1.5,
  sigmoidFocalLoss: 2.2,
  jsDivLoss: 3.5,
};

/**
 * Nanoseconds below which the caller runs a job itself. A worker takes 60 to 100 us to wake, and so does the caller, on a virtual
 * machine 300 to 600 together: with one worker that must not be felt, with several there must be something to gain (bench: engine).
 */
const LEAST_FOR_ONE = 9_000_000;
/** The same in a page, which has frames to draw. */
const LEAST_IN_PAGE = 2_000_000;
const LEAST_FOR_SEVERAL = 1_500_000;

/** Nanoseconds below which it is not worth asking where a job's arrays are, which takes 60. */
export const SHORT = 2000;

/** Nanoseconds of work that workers are woken for; `mayCompute` as a Host's. */
export function leastTime(threads: number, mayCompute: boolean): number {
  if (threads > 1) return LEAST_FOR_SEVERAL;
  return mayCompute ? LEAST_FOR_ONE : LEAST_IN_PAGE;
}

/** What a job will take, in nanoseconds. nllLoss reads one element a row, which is nothing. */
export function timeOf(job: Job): number {
  const elements = isElementJob(job) ? job.length : job.layout.rows * job.layout.classes;
  const isDifferentiated = "gradient" in job && job.gradient !== null;
  return elements * PER_ELEMENT[job.kind] * (isDifferentiated ? 1.3 : 1);
}

/** Whether workers should run a job of so many nanoseconds or more. */
export function isWorthWaking(time: number, least: number): boolean {
  return time > 0 && time >= least;
}
