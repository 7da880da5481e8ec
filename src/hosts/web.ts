/** Web Workers. */
import type { Host } from "../engine/pool/host.js";

/**
 * Milliseconds after which a terminated worker has stopped: the browser does not say when; a part of a job takes less than one.
 */
const STOPPING = 250;

const HEADERS = "Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp";

export const host: Host = {
  threads: () => navigator.hardwareConcurrency || 1,
  mayCompute: false,
  whyUnshared() {
    if (globalThis.crossOriginIsolated) return undefined;
    return `the page is not cross-origin isolated (it needs the headers ${HEADERS})`;
  },
  soon(callback) {
    // a timer in a timer waits 4 ms; messages take their turn with the page's events and frames
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(null);
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
      const reason = event.error ?? new Error(event.message || `the worker could not be started: ${whyMissing(url)}`);
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

/** A browser does not say what was wrong with the file: most often a bundler has not taken it along. */
function whyMissing(url: URL | string | undefined): string {
  if (url !== undefined) return `is options.workerUrl, ${url}, the package's web-worker.js?`;
  return "is the package's web-worker.js beside the script? If it is elsewhere, options.workerUrl says where (docs/browser.md)";
}
