/** attachEngine: an engine's memory and kernels in another thread. */
import { AttachedRunner, checkWords } from "./engine/attached.js";
import type { EngineHandle, LocalEngine } from "./engine-types.js";
import { describe, wrongType, wrongValue } from "./errors.js";
import { localEngineOn } from "./local-engine-on.js";
import { fieldOf, isMemory, isSharedBuffer } from "./values.js";
import { version } from "./version.js";
import { givenModule } from "./wasm/module.js";

/**
 * The memory and kernels of another thread's engine, for workers of your own that produce logits.
 *
 * The owner of the engine posts arrays from `allocate` to the worker, together with `engine.handle()`. The memory is shared,
 * so the engine reads in place what the worker writes. Arrays that the worker allocates are in the same memory and can be
 * posted back. The functions here are the plain, synchronous ones: they run on the worker's own thread and read and write such
 * arrays in place.
 *
 * Until `close`, an attachment takes 4.2 MiB of the engine's memory, plus its arrays. `close` leaves all of it to the next
 * attachment. If a thread ends without it, the next attachment takes the 4.2 MiB (in runtimes with `Atomics.waitAsync`), and the
 * arrays stay. An attachment stays usable after its engine is closed.
 *
 * @param handle - The result of `engine.handle()`, posted to this thread.
 * @returns The functions, on the same build of the kernels as the engine.
 * @throws TypeError or RangeError, naming the member, for anything but a handle of this version of the package; RangeError when
 * the memory has no room.
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
  const members = checked(handle);
  const runner = new AttachedRunner(members);
  return localEngineOn(runner, members.variant, "the memory given is not shared", () => runner.release());
}

/** @throws TypeError or RangeError that names the member which is not as `engine.handle()` gave it. */
function checked(given: unknown): EngineHandle {
  const handle = (typeof given === "object" && given !== null ? given : {}) as EngineHandle;
  const field = (name: keyof EngineHandle): unknown => fieldOf(handle, name);
  if (field("kind") !== "wasm-cross-entropy engine") throw wrongType("handle", "the result of engine.handle()", given);
  const of = field("version");
  if (of !== version)
    throw wrongValue("handle.version", `${version}, as in this thread`, typeof of === "string" ? of : describe(of));
  const memory = field("memory");
  if (!isMemory(memory)) throw wrongType("handle.memory", "a WebAssembly.Memory", memory);
  if (!isSharedBuffer(memory.buffer)) throw wrongValue("handle.memory", "a shared memory", "an unshared one");
  const module = field("module");
  const { variant, shared } = givenModule("handle.module", module);
  if (!shared) throw wrongValue("handle.module", "a module for shared memory", "one for unshared memory");
  const named = field("variant");
  if (named !== variant) throw wrongValue("handle.variant", `"${variant}", as handle.module is`, describe(named));
  const control = wholeNumber("control", field("control"));
  const threads = wholeNumber("threads", field("threads"));
  checkWords(memory, control, threads);
  return { kind: handle.kind, version, memory, module: module as WebAssembly.Module, variant, control, threads };
}

function wholeNumber(name: keyof EngineHandle, value: unknown): number {
  if (typeof value !== "number") throw wrongType(`handle.${name}`, "a whole number", value);
  if (!Number.isSafeInteger(value) || value < 0) throw wrongValue(`handle.${name}`, "a whole number >= 0", value);
  return value;
}
