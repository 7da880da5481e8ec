/** Web Workers. */
import type { Host } from "../engine/pool/host.js";

/** Milliseconds after which a terminated worker has stopped: the browser does not say when; a part of a job takes less than one. */
const STOPPING = 250;

export const host: Host = {
  threads: () => navigator.hardwareConcurrency || 1,
  whyUnshared() {
    if (globalThis.crossOriginIsolated) return undefined;
    return "the page is not cross-origin isolated (headers Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp)";
  },
  start(url, events) {
    const worker =
      url === undefined
        ? new Worker(new URL("./web-worker.js", import.meta.url), { type: "module" })
        : new Worker(url, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<unknown>) => events.message(data);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      const reason = event.error ?? new Error(event.message || "the worker could not be started");
      setTimeout(() => events.gone(reason), STOPPING);
    };
    return {
      post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
      async end() {
        worker.terminate();
      },
      hold: () => {},
    };
  },
};
