/** The engines behind the plain functions: made at the first call, never before. */
import { BuildRunner } from "./build-runner.js";
import type { Task } from "./task.js";

let fastest: BuildRunner | undefined;
let deterministic: BuildRunner | undefined;

/** The engine of the package's plain functions: the fastest build that the runtime takes. */
export function defaultRunner(): BuildRunner {
  fastest ??= new BuildRunner();
  return fastest;
}

/** The engine of `wasm-cross-entropy/deterministic`: the plain build. */
export function deterministicRunner(): BuildRunner {
  deterministic ??= new BuildRunner({ deterministic: true });
  return deterministic;
}

/** Runs a task on the default engine. */
export function runDefault<Result>(task: Task<Result>): Result {
  return defaultRunner().run(task);
}
