/** What a function asks of an engine. */
import type { Job, Sums } from "./job.js";
import type { Kind } from "./kind.js";

/** A job, its kind, and what makes the caller's result of the sums. */
export interface Task<Result> {
  readonly kind: Kind;
  readonly job: Job;
  finish(sums: Sums): Result;
}

/** A task whose kind is one for its job. */
export function taskOf<J extends Job, Result>(kind: Kind<J>, job: J, finish: (sums: Sums) => Result): Task<Result> {
  return { kind, job, finish };
}

/** Runs tasks at once. */
export interface Runner {
  run<Result>(task: Task<Result>): Result;
}
