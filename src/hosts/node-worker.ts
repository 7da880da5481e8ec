/** A pool's worker in Node. */
import { parentPort } from "node:worker_threads";
import { serve } from "../engine/pool/worker.js";

if (!parentPort) throw new Error("wasm-cross-entropy: this file runs in a worker");
const port = parentPort;
serve({
  post: (message, transfer = []) => port.postMessage(message, [...transfer]),
  listen: (handler) => port.on("message", handler),
});
