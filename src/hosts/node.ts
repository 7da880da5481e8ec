/** The host in Node: worker_threads. */
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
    // without the process's flags: a worker rejects --input-type (used with --eval), and a loader would only cost time
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
        // keeps the process alive until the thread has ended, even if nothing else does
        worker.ref();
        void worker.terminate();
        return over;
      },
      hold: (held) => (held ? worker.ref() : worker.unref()),
    };
  },
};
