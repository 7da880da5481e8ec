/** Web Workers. */
import type { Host } from "./host.js";

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
      events.gone(event.error ?? new Error(event.message || "the worker could not be started"));
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
