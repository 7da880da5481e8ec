/** The engines behind the plain functions, created at the first call. */

import { wrongValue } from "../errors.js";
import { ALL_KERNELS, CROSS_ENTROPY_KERNELS, type KernelSet, LOSS_KERNELS } from "../wasm/kernel-sets.js";
import { checkPlain, chooseVariant, givenModule } from "../wasm/module.js";
import { BuildRunner } from "./build-runner.js";
import { unsharedMemory } from "./local.js";
import type { Task } from "./task.js";

let fastest: BuildRunner | undefined;
let deterministic: BuildRunner | undefined;

/** The engine of the package's plain functions: the fastest build that the runtime supports, with at least these kernels. */
export function defaultRunner(kernels: KernelSet = CROSS_ENTROPY_KERNELS): BuildRunner {
  fastest ??= new BuildRunner(kernels, chooseVariant(false));
  fastest.bring(kernels);
  return fastest;
}

/** The engine of `wasm-cross-entropy/deterministic`: the plain build. */
export function deterministicRunner(): BuildRunner {
  deterministic ??= new BuildRunner(ALL_KERNELS, chooseVariant(true));
  return deterministic;
}

/** A runner on a module that was compiled elsewhere. */
function runnerOn(module: unknown): BuildRunner {
  const { variant, shared, module: given } = givenModule("module", module);
  if (shared) throw wrongValue("module", "a module for unshared memory", "one for shared memory");
  return new BuildRunner(ALL_KERNELS, variant, unsharedMemory(), given);
}

/**
 * Gives the plain functions a compiled module, for runtimes that compile none themselves (Cloudflare Workers, a page whose content
 * security policy lacks `'wasm-unsafe-eval'`). Call it once, before the first call of a function. Everywhere else it is not needed:
 * the kernels are in the JavaScript.
 *
 * @param module - `wasm-cross-entropy/kernels-plain.wasm` or `kernels-relaxed.wasm`, compiled.
 * @throws TypeError for anything but a module; RangeError for a module that does not have the kernels of this version.
 *
 * @example
 * ```ts
 * import { crossEntropy, setModule } from "wasm-cross-entropy";
 * import { moduleBytes } from "wasm-cross-entropy/kernels";
 *
 * // in Cloudflare Workers: import module from "wasm-cross-entropy/kernels-plain.wasm";
 * const module = new WebAssembly.Module(moduleBytes("plain"));
 * setModule(module);
 * crossEntropy([2, 1, 0.5], 0); // => 0.464369
 * ```
 */
export function setModule(module: WebAssembly.Module): void {
  fastest = runnerOn(module);
}

/** The same for `wasm-cross-entropy/deterministic`, which takes `kernels-plain.wasm` only. */
export function setDeterministicModule(module: WebAssembly.Module): void {
  const runner = runnerOn(module);
  checkPlain("module", runner.variant);
  deterministic = runner;
}

/** Runs a task on the default engine. */
export function runDefault<Result>(task: Task<Result>): Result {
  return defaultRunner(LOSS_KERNELS).run(task);
}

/** Runs a task of crossEntropyKind or nllKind. Needs only their kernels, which keeps the bundle small and the start fast. */
export function runCrossEntropy<Result>(task: Task<Result>): Result {
  return defaultRunner(CROSS_ENTROPY_KERNELS).run(task);
}

/** Runs a task of linear cross-entropy, whose kernels no other function needs. */
export function runLinear<Result>(task: Task<Result>): Result {
  return defaultRunner(ALL_KERNELS).run(task);
}
