/** attachEngine: an engine's memory and kernels in another thread. */
import { AttachedRunner } from "./engine/attached.js";
import type { EngineHandle, LocalEngine } from "./engine-types.js";
import { wrongType, wrongValue } from "./errors.js";
import { localEngineOn } from "./local-engine-on.js";
import { version } from "./version.js";

/**
 * The memory and kernels of an engine of another thread, for a producer in a worker of the user's own.
 *
 * The engine's owner allocates arrays and posts them, with `engine.handle()`, to the worker, where they are the same memory: what
 * the worker writes is read by the engine where it is. Arrays that the worker allocates itself are in that memory too, and can be
 * posted back. The functions here are the plain ones, synchronous, on the worker's own thread, reading and writing such arrays in
 * place. Takes 4.3 MiB of the engine's memory until `close`, and what is allocated: `close` gives all of it back, to be used by
 * the next attachment. Stays usable when the engine is closed.
 *
 * @param handle - What `engine.handle()` gave, posted to this thread.
 * @returns The functions, with the same build of the kernels as the engine.
 * @throws TypeError for something else than a handle; RangeError for a handle of another version of the package, or a memory
 * without room.
 *
 * @example
 * ```ts
 * import { attachEngine, createEngine } from "wasm-cross-entropy";
 *
 * const engine = await createEngine({ threads: 1 });
 * const logits = engine.allocate("float32", 3);
 * const attached = attachEngine(engine.handle()); // in a worker, of a handle that was posted there
 * attached.softmax([2, 1, 0.5], { out: logits });
 * attached.close();
 * const sum = await engine.logSumExp(logits);
 * await engine.close();
 * sum; // => 1.455249
 * ```
 */
export function attachEngine(handle: EngineHandle): LocalEngine {
  const runner = new AttachedRunner(checked(handle));
  return localEngineOn(runner, handle.variant, "the memory given is not shared", () => runner.release());
}

function checked(handle: unknown): EngineHandle {
  const fields = typeof handle === "object" && handle !== null ? (handle as Partial<EngineHandle>) : {};
  if (fields.kind !== "wasm-cross-entropy engine") throw wrongType("handle", "what engine.handle() gives", handle);
  if (fields.version !== version) throw wrongValue("handle", `one of version ${version} of the package`, String(fields.version));
  if (!(fields.memory instanceof WebAssembly.Memory)) throw wrongType("handle.memory", "a WebAssembly.Memory", fields.memory);
  return fields as EngineHandle;
}
