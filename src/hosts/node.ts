/** The host in Node: worker_threads. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import type { Host } from "../engine/pool/host.js";

export const host: Host = {
  threads: availableParallelism,
  mayCompute: true,
  whyUnshared: () => undefined,
  soon: (callback) => void setImmediate(callback),
  start(url, events) {
    const file = url === undefined ? ownFile() : urlOf(url);
    // without the process's flags: a worker rejects --input-type (used with --eval), and a loader would only cost time
    const worker = started(file);
    let reason: unknown;
    let isAsked = false;
    worker.on("message", events.message);
    worker.on("error", (error) => {
      reason = file.protocol === "file:" && !existsSync(file) ? notFound(file, url === undefined, error) : permitted(error);
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

/** The worker's file beside this one or, if this one is part of a bundle, beside the bundle. */
function ownFile(): URL {
  try {
    return new URL("./node-worker.js", import.meta.url);
  } catch {
    // esbuild leaves import.meta empty in a CommonJS bundle
    return pathToFileURL(join(__dirname, "node-worker.js"));
  }
}

/** A URL, or a path as some bundlers give it. A scheme has two letters at least, a drive has one. */
function urlOf(url: URL | string): URL {
  return typeof url === "string" && !/^[a-z][a-z\d+.-]+:/i.test(url) ? pathToFileURL(url) : new URL(url);
}

function notFound(file: URL, isDefault: boolean, cause: unknown): Error {
  const remedy = isDefault
    ? 'copy wasm-cross-entropy/node-worker.js beside the bundle and pass workerUrl: new URL("./node-worker.js", import.meta.url), or mark the package external'
    : "is options.workerUrl the place of a copy of wasm-cross-entropy/node-worker.js?";
  // at the end of a long path is what matters
  const where = file.href.length > 80 ? `...${file.href.slice(-77)}` : file.href;
  return new Error(`wasm-cross-entropy: there is no worker file ${where}: ${remedy}`, { cause });
}
