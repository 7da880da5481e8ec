/** A function's request to an engine. */
import type { Job, Sums } from "./job.js";
import type { Kind } from "./kind.js";

/** A job, its kind, and `finish`, which turns the sums into the caller's result. */
export interface Task<Result> {
  readonly kind: Kind;
  readonly job: Job;
  finish(sums: Sums): Result;
}

/** Creates a task; the types ensure that the kind matches the job. */
export function taskOf<J extends Job, Result>(kind: Kind<J>, job: J, finish: (sums: Sums) => Result): Task<Result> {
  return { kind, job, finish };
}

/** Runs tasks synchronously. */
export interface Runner {
  run<Result>(task: Task<Result>): Result;
}
