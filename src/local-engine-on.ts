/// <reference lib="esnext.disposable" preserve="true" />
/** The engine that createLocalEngine and attachEngine return. */
import { type ArraySource, ArrayStore } from "./engine/allocated-arrays.js";
import type { Runner } from "./engine/task.js";
import type { EngineInfo, LocalEngine } from "./engine-types.js";
import { EngineClosedError } from "./errors.js";
import { functionsOn } from "./functions.js";
import type { Arena } from "./memory/arena.js";
import { version } from "./version.js";
import { isShared } from "./wasm/module.js";

/** Runs tasks in a memory that has room for arrays. */
interface Host extends Runner, ArraySource {
  readonly memory: WebAssembly.Memory;
  readonly arena: Arena;
}

/** An engine on `host`. `unshared` is the reason to report if its memory is not shared. `close` calls `release`, once. */
export function localEngineOn(host: Host, variant: EngineInfo["variant"], unshared: string, release: () => void): LocalEngine {
  const { memory, arena } = host;
  const arrays = new ArrayStore(host);
  const shared = isShared(memory);
  let isClosed = false;
  const checkOpen = (): void => {
    if (isClosed) throw new EngineClosedError();
  };
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    release();
  };
  return {
    ...functionsOn(() => {
      checkOpen();
      return host;
    }),
    memory,
    allocate(type, length) {
      checkOpen();
      return arrays.allocate(type, length);
    },
    free(array) {
      checkOpen();
      arrays.free(array);
    },
    info: () => ({
      version,
      variant,
      threads: 0,
      shared,
      reason: shared ? undefined : unshared,
      memoryBytes: memory.buffer.byteLength,
      takenBytes: arena.takenBytes,
      pending: 0,
    }),
    close,
    [Symbol.dispose]: close,
  };
}
