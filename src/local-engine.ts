/** createLocalEngine: the plain functions on their own memory, with arrays in it. */
import { booleanOption, checkOptions } from "./arguments/options.js";
import { BuildRunner } from "./engine/build-runner.js";
import { onGrowableMemory, unsharedMemory } from "./engine/local.js";
import type { LocalEngine } from "./engine-types.js";
import { wrongType, wrongValue } from "./errors.js";
import { localEngineOn } from "./local-engine-on.js";
import { isMemory } from "./values.js";
import { ALL_KERNELS } from "./wasm/kernel-sets.js";
import { checkPlain, chooseVariant, givenModule, isShared } from "./wasm/module.js";

export interface LocalEngineOptions {
  /** Plain SIMD128, with the same bits on every machine. Default false: the fastest build that the runtime supports. */
  readonly deterministic?: boolean | undefined;
  /**
   * The kernels, compiled elsewhere: `wasm-cross-entropy/kernels-plain.wasm` or `kernels-relaxed.wasm`, for runtimes that compile
   * none themselves. These files are for unshared memory. Default: a build that the package contains.
   */
  readonly module?: WebAssembly.Module | undefined;
  /** A memory to work in: the engine appends 4.2 MiB, and reads arrays on this memory in place. Default: its own memory. */
  readonly memory?: WebAssembly.Memory | undefined;
}

const OPTIONS = { deterministic: true, module: true, memory: true } satisfies Record<keyof LocalEngineOptions, true>;

/**
 * A synchronous engine with its own memory.
 *
 * The plain functions copy arrays through a tile of their memory, at 0.1 to 0.3 ns per element. Arrays of this engine's
 * `allocate` are read in place. By default the memory is shared, because arrays stay valid when a shared memory grows; it starts
 * at 4.2 MiB. An unshared memory (the caller's, or any in a runtime without shared memory) cannot grow while arrays are
 * allocated: `allocate` then throws a RangeError.
 *
 * @throws TypeError for an unknown option or one of a wrong type; RangeError when `memory` has no room or is not of the
 * module's kind, or for a `module` without the kernels of this version; Error that says why, when the runtime does not compile the
 * kernels.
 *
 * @example
 * ```ts
 * import { createLocalEngine } from "wasm-cross-entropy";
 *
 * const engine = createLocalEngine();
 * const logits = engine.allocate("float32", 6);
 * logits.set([2, 1, 0.5, 0.5, 2.5, 1]);
 * engine.crossEntropy(logits, [0, 1]); // => 0.3853622
 * engine.free(logits);
 * ```
 */
export function createLocalEngine(options?: LocalEngineOptions): LocalEngine {
  const given = checkOptions(options, OPTIONS);
  const deterministic = booleanOption("deterministic", given.deterministic);
  if (given.memory !== undefined && !isMemory(given.memory)) {
    throw wrongType("options.memory", "a WebAssembly.Memory", given.memory);
  }
  if (given.module === undefined) {
    const variant = chooseVariant(deterministic);
    const start = (memory: WebAssembly.Memory): BuildRunner => new BuildRunner(ALL_KERNELS, variant, memory);
    const runner = given.memory ? start(given.memory) : onGrowableMemory(start);
    const reason = given.memory
      ? "the memory given is not shared"
      : "this runtime has no shared memory, or too little address space";
    return localEngineOn(runner, variant, reason, () => {});
  }
  const { module, variant, shared } = givenModule("options.module", given.module);
  if (deterministic) checkPlain("options.module", variant);
  if (given.memory && isShared(given.memory) !== shared) {
    const expected = `${shared ? "a shared" : "an unshared"} memory, as options.module imports`;
    throw wrongValue("options.memory", expected, shared ? "an unshared one" : "a shared one");
  }
  const start = (memory: WebAssembly.Memory): BuildRunner => new BuildRunner(ALL_KERNELS, variant, memory, module);
  const runner = given.memory ? start(given.memory) : shared ? onGrowableMemory(start) : start(unsharedMemory());
  return localEngineOn(runner, variant, "the module given is for unshared memory", () => {});
}
