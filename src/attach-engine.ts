/** attachEngine: an engine's memory and kernels in another thread. */
import { AttachedRunner } from "./engine/attached.js";
import type { EngineHandle, LocalEngine } from "./engine-types.js";
import { wrongType, wrongValue } from "./errors.js";
import { localEngineOn } from "./local-engine-on.js";
import { isMemory } from "./values.js";
import { version } from "./version.js";

/**
 * The memory and kernels of another thread's engine, for workers of your own that produce logits.
 *
 * The owner of the engine posts arrays from `allocate` to the worker, together with `engine.handle()`. The memory is shared,
 * so the engine reads in place what the worker writes. Arrays that the worker allocates are in the same memory and can be
 * posted back. The functions here are the plain, synchronous ones: they run on the worker's own thread and read and write such
 * arrays in place.
 *
 * Until `close`, an attachment takes 4.2 MiB of the engine's memory, plus its arrays. `close` leaves all of it to the next
 * attachment. An attachment stays usable after its engine is closed.
 *
 * @param handle - The result of `engine.handle()`, posted to this thread.
 * @returns The functions, on the same build of the kernels as the engine.
 * @throws TypeError for anything but a handle; RangeError for a handle of another version of the package, or when the memory
 * has no room.
 *
 * @example
 * ```ts
 * import { attachEngine, createEngine } from "wasm-cross-entropy";
 *
 * const engine = await createEngine({ threads: 1 });
 * const logits = engine.allocate("float32", 3);
 * const attached = attachEngine(engine.handle()); // in a worker: the handle that was posted there
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
  if (fields.kind !== "wasm-cross-entropy engine") throw wrongType("handle", "the result of engine.handle()", handle);
  if (fields.version !== version) throw wrongValue("handle.version", `${version}, as in this thread`, String(fields.version));
  if (!isMemory(fields.memory)) throw wrongType("handle.memory", "a WebAssembly.Memory", fields.memory);
  return fields as EngineHandle;
}
