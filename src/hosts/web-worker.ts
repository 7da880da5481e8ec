/** A pool's worker in a browser. */
import type { WorkerPort } from "../engine/pool/messages.js";
import { serve } from "../engine/pool/worker.js";

/** The part of a worker's global scope that is used here. The DOM types declare the window's scope instead. */
interface Scope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

const scope = globalThis as unknown as Scope;
const port: WorkerPort = {
  post: (message, transfer = []) => scope.postMessage(message, [...transfer]),
  listen(handler) {
    scope.onmessage = ({ data }) => handler(data);
  },
};
serve(port);
