/** The engines behind the plain functions, created at the first call. */
import { ALL_KERNELS, CROSS_ENTROPY_KERNELS, type KernelSet } from "../wasm/kernel-sets.js";
import { BuildRunner } from "./build-runner.js";
import type { Task } from "./task.js";

let fastest: BuildRunner | undefined;
let deterministic: BuildRunner | undefined;

/** The engine of the package's plain functions: the fastest build that the runtime supports, with at least these kernels. */
export function defaultRunner(kernels: KernelSet = CROSS_ENTROPY_KERNELS): BuildRunner {
  fastest ??= new BuildRunner(kernels);
  fastest.bring(kernels);
  return fastest;
}

/** The engine of `wasm-cross-entropy/deterministic`: the plain build. */
export function deterministicRunner(): BuildRunner {
  deterministic ??= new BuildRunner(ALL_KERNELS, { deterministic: true });
  return deterministic;
}

/** Runs a task on the default engine. */
export function runDefault<Result>(task: Task<Result>): Result {
  return defaultRunner(ALL_KERNELS).run(task);
}

/** Runs a task of crossEntropyKind or nllKind. Needs only their kernels, which keeps the bundle small and the start fast. */
export function runCrossEntropy<Result>(task: Task<Result>): Result {
  return defaultRunner(CROSS_ENTROPY_KERNELS).run(task);
}
