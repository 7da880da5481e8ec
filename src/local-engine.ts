/** createLocalEngine: the plain functions on their own memory, with arrays in it. */
import { booleanOption, checkOptions } from "./arguments/options.js";
import { BuildRunner } from "./engine/build-runner.js";
import { growableMemory } from "./engine/local.js";
import type { LocalEngine } from "./engine-types.js";
import { localEngineOn } from "./local-engine-on.js";
import { ALL_KERNELS } from "./wasm/kernel-sets.js";

export interface LocalEngineOptions {
  /** Plain SIMD128, with the same bits on every machine. Default false: the fastest build that the runtime supports. */
  readonly deterministic?: boolean | undefined;
  /** A memory to work in: the engine appends 4.2 MiB, and reads arrays on this memory in place. Default: its own memory. */
  readonly memory?: WebAssembly.Memory | undefined;
}

const OPTIONS = { deterministic: true, memory: true } satisfies Record<keyof LocalEngineOptions, true>;

/**
 * A synchronous engine with its own memory.
 *
 * The plain functions copy arrays through a tile of their memory, at 0.1 to 0.3 ns per element. Arrays of this engine's
 * `allocate` are read in place. By default the memory is shared, because arrays stay valid when a shared memory grows; it starts
 * at 4.2 MiB. An unshared memory (the caller's, or any in a runtime without shared memory) cannot grow while arrays are
 * allocated: `allocate` then throws a RangeError.
 *
 * @throws TypeError for an unknown option or one of a wrong type; RangeError when `memory` has no room; Error when the runtime
 * has no WebAssembly SIMD.
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
  const memory = given.memory === undefined ? growableMemory() : given.memory;
  const runner = new BuildRunner(ALL_KERNELS, { deterministic, memory });
  const reason = given.memory === undefined ? "this runtime has no shared memory" : "the memory given is not shared";
  return localEngineOn(runner, runner.variant, reason, () => {});
}
