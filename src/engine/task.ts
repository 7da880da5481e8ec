/** What a function asks of an engine. */
import type { Job, Sums } from "./job.js";
import type { Routine } from "./routine.js";

/** A job, how it is run, and what makes the caller's result of its sums. */
interface TaskOf<J extends Job, Result> {
  readonly job: J;
  readonly kind: Routine<J>;
  finish(sums: Sums): Result;
}

/** Of a job of any kind, with a routine for that kind. */
export type Task<Result> = { [Kind in Job["kind"]]: TaskOf<JobOfKind<Kind>, Result> }[Job["kind"]];

/** Some interfaces are of several kinds. */
export type JobOfKind<Kind extends Job["kind"], J = Job> = J extends { kind: infer Own } ? (Kind extends Own ? J : never) : never;

/** Whoever runs tasks at once. */
export interface Runner {
  run<Result>(task: Task<Result>): Result;
}
