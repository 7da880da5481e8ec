/** The host in a browser: Web Workers. */
import type { Host } from "../engine/pool/host.js";

/** Milliseconds after which a terminated worker has stopped. Browsers do not report it; a part of a job takes less than 1 ms. */
const STOPPING = 250;

const HEADERS = "Cross-Origin-Opener-Policy: same-origin, Cross-Origin-Embedder-Policy: require-corp";

export const host: Host = {
  threads: () => globalThis.navigator?.hardwareConcurrency || 1,
  mayCompute: false,
  whyUnshared() {
    if (globalThis.crossOriginIsolated) return undefined;
    return `the page is not cross-origin isolated (it needs the headers ${HEADERS})`;
  },
  soon(callback) {
    // nested timers wait 4 ms; messages do not, and let the page handle events and draw frames in between
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(null);
  },
  start(url, events) {
    if (typeof Worker === "undefined") {
      throw new Error("wasm-cross-entropy: this runtime has no workers, which createEngine needs: use createLocalEngine()");
    }
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

/** Browsers do not say why a worker failed to load. The usual reason is a bundler that did not copy the file. */
function whyMissing(url: URL | string | undefined): string {
  if (url !== undefined) return `is options.workerUrl, ${url}, the package's web-worker.js?`;
  return "is the package's web-worker.js beside the script? Otherwise pass its URL as options.workerUrl (docs/browser.md)";
}
