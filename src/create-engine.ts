/** createEngine: the functions of the package, run by worker threads. */
import type { Engine, EngineOptions } from "./engine-types.js";

/**
 * An engine of worker threads.
 *
 * Every function of the package is a method that returns a promise: same arguments, and the plain function's result to the bit
 * for any number of threads (with the same build of the kernels, `info().variant`). Workers claim parts of a call's rows; a row
 * is never cut between threads. Calls of less than about a millisecond (with a single worker, in Node, five) run at once on the
 * caller, because waking a worker takes longer. An idle engine uses no processor time and keeps no process alive.
 *
 * Arrays of `allocate`, and arrays on any SharedArrayBuffer, are read and written in place. Other arrays are copied through the
 * shared memory while the workers compute.
 *
 * @param options - See {@link EngineOptions}.
 * @returns A promise that resolves when all workers are ready.
 * @throws TypeError for an unknown option or one of a wrong type; RangeError for `threads` that is not an integer >= 1, a
 * `maximumMemory` out of range, an unshared `memory`, or a memory without room; Error when the runtime has no WebAssembly SIMD;
 * whatever a worker throws while it starts.
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
  // loaded on first use, so that callers who never create an engine do not load its modules
  const { startEngine } = await import("./pool-engine.js");
  return startEngine(options);
}
