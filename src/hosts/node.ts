/** worker_threads. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Host } from "../engine/pool/host.js";

export const host: Host = {
  threads: availableParallelism,
  mayCompute: true,
  whyUnshared: () => undefined,
  soon: (callback) => void setImmediate(callback),
  start(url, events) {
    const file = url === undefined ? new URL("./node-worker.js", import.meta.url) : new URL(url);
    // not the process's own flags: --input-type, which goes with --eval, would be an error here, and a loader a waste
    const worker = new Worker(file, { execArgv: [] });
    let reason: unknown;
    let isAsked = false;
    worker.on("message", events.message);
    worker.on("error", (error) => {
      reason = error;
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
        // an ended thread is waited for even where nothing else keeps the process alive
        worker.ref();
        void worker.terminate();
        return over;
      },
      hold: (held) => (held ? worker.ref() : worker.unref()),
    };
  },
};
