/**
 * Whether a job's rows, and what it writes for them, are on memory of JavaScript's own. Such a job that is too small for workers runs
 * where the plain functions run: copying to their unshared memory takes half of what copying to a shared one takes.
 */
import type { Job } from "../job.js";
import type { JobArray } from "./job-arrays.js";
import { viewOf } from "./places.js";

export function isOutside(job: Job): boolean {
  const read = "logits" in job ? job.logits : "input" in job ? job.input : job.p;
  if (!isUnshared(read)) return false;
  const gradient = "gradient" in job ? job.gradient : null;
  if (gradient && !isUnshared("grad" in gradient ? gradient.grad : gradient.out)) return false;
  return (job.kind !== "softmax" && job.kind !== "logSoftmax") || isUnshared(job.out);
}

function isUnshared(array: JobArray): boolean {
  return viewOf(array).buffer instanceof ArrayBuffer;
}
