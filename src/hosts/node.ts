/** The host in Node: worker_threads. */
import { availableParallelism } from "node:os";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { Host } from "../engine/pool/host.js";

export const host: Host = {
  threads: availableParallelism,
  mayCompute: true,
  whyUnshared: () => undefined,
  soon: (callback) => void setImmediate(callback),
  start(url, events) {
    const file = url === undefined ? new URL("./node-worker.js", import.meta.url) : new URL(url);
    // without the process's flags: a worker rejects --input-type (used with --eval), and a loader would only cost time
    const worker = started(file);
    let reason: unknown;
    let isAsked = false;
    worker.on("message", events.message);
    worker.on("error", (error) => {
      reason = permitted(error);
    });
    const over = new Promise<void>((resolve) => {
      worker.on("exit", (code) => {
        resolve();
        if (!isAsked) events.gone(reason ?? new Error(`the worker ended with exit code ${code}`));
      });
    });
    worker.unref();
    return {
      post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
      end() {
        isAsked = true;
        // keeps the process alive until the thread has ended, even if nothing else does
        worker.ref();
        void worker.terminate();
        return over;
      },
      hold: (held) => (held ? worker.ref() : worker.unref()),
    };
  },
};

function started(file: URL): Worker {
  try {
    return new Worker(file, { __proto__: null, execArgv: [] } as WorkerOptions);
  } catch (error) {
    throw permitted(error);
  }
}

/** Says which flag is missing if the reason is `node --permission`. */
function permitted(error: unknown): unknown {
  const { code, permission, resource } = error as { code?: unknown; permission?: unknown; resource?: unknown };
  if (code !== "ERR_ACCESS_DENIED") return error;
  const flag = permission === "FileSystemRead" ? `--allow-fs-read=${resource}` : "--allow-worker";
  const remedy = `run node --permission with ${flag}, or use createLocalEngine()`;
  return new Error(`wasm-cross-entropy: this process may not start the engine's workers: ${remedy}`, { cause: error });
}
