/** createEngine: the functions of the package run by workers. What it is made of is loaded at the first call. */
import type { Engine, EngineOptions } from "./engine-types.js";

/**
 * An engine of worker threads.
 *
 * Every function of the package as a method that gives a promise: same arguments, and for any number of threads the plain
 * function's result to the bit (with the same build: `info().variant`). Rows are dealt to the workers as they come, rows longer
 * than 65536 classes are cut where there are fewer of them than threads. Calls smaller than about a millisecond (with a single
 * worker five) run at once on the caller: waking a worker takes longer. An engine that has nothing to do uses no processor and
 * keeps no process alive.
 *
 * Arrays of `allocate` and arrays on any SharedArrayBuffer are read and written where they are, others are copied through the
 * shared memory while the workers compute.
 *
 * @param options - See {@link EngineOptions}.
 * @returns When all workers are ready.
 * @throws TypeError for an option of a wrong type or an unknown option; RangeError for threads that are no integer >= 1, an
 * unshared memory, a memory without room; Error where the runtime has no WebAssembly SIMD; what a worker throws as it starts.
 *
 * @example
 * ```ts
 * import { createEngine } from "wasm-cross-entropy";
 *
 * const engine = await createEngine({ threads: 2 });
 * const logits = engine.allocate("float32", 6);
 * logits.set([2, 1, 0.5, 0.5, 2.5, 1]);
 * const loss = await engine.crossEntropy(logits, [0, 1]);
 * await engine.close();
 * loss; // => 0.3853622
 * ```
 */
export async function createEngine(options?: EngineOptions): Promise<Engine> {
  // thirty files, which who never makes an engine need not wait for
  const { startEngine } = await import("./pool-engine.js");
  return startEngine(options);
}
