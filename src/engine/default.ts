/** The engines behind the plain functions: made at the first call, never before. */
import type { Task } from "./job.js";
import { LocalRunner } from "./local.js";

let fastest: LocalRunner | undefined;
let deterministic: LocalRunner | undefined;

/** The engine of the package's plain functions: the fastest build that the runtime takes. */
export function defaultRunner(): LocalRunner {
  fastest ??= new LocalRunner();
  return fastest;
}

/** The engine of `wasm-cross-entropy/deterministic`: the plain build. */
export function deterministicRunner(): LocalRunner {
  deterministic ??= new LocalRunner({ deterministic: true });
  return deterministic;
}

/** Runs a task on the default engine. */
export function runDefault<Result>(task: Task<Result>): Result {
  return defaultRunner().run(task);
}
