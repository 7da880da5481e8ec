/** createLocalEngine: the plain functions on a memory of one's own, with arrays that live in it. */
import { booleanOption, checkOptions } from "./arguments/options.js";
import { BuildRunner } from "./engine/build-runner.js";
import { growableMemory } from "./engine/local.js";
import type { LocalEngine } from "./engine-types.js";
import { localEngineOn } from "./local-engine-on.js";
import { ALL_KERNELS } from "./wasm/kernel-sets.js";

export interface LocalEngineOptions {
  /** Plain SIMD128: the same bits on every machine. Default false: the fastest build that the runtime takes. */
  readonly deterministic?: boolean;
  /**
   * The memory to work in; the engine adds about 4.3 MiB to its end, and reads arrays on it in place. Default: one of its own.
   */
  readonly memory?: WebAssembly.Memory;
}

const OPTIONS = { deterministic: true, memory: true } satisfies Record<keyof LocalEngineOptions, true>;

/**
 * A synchronous engine with its own memory.
 *
 * The plain functions copy arrays tile by tile through their engine's memory, at .1 to .3 ns an element; logits written to
 * an array of `allocate` are read where they are. The default memory is a shared one, which can grow without making the
 * arrays handed out before invalid; it starts at about 4.3 MiB. Where the runtime has no shared memory, or in an unshared
 * memory of the caller's, `allocate` cannot grow it while arrays are in use, and says so.
 *
 * @throws TypeError for an unknown option or a memory that is none.
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
