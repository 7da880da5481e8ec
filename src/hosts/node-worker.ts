/**
 * A pool's worker in Node. The build makes it one file without imports and exports, which runs beside a bundle of either kind,
 * ES module or CommonJS.
 */
import { serve } from "../engine/pool/worker.js";

const { parentPort } = process.getBuiltinModule("node:worker_threads");
if (!parentPort) throw new Error("wasm-cross-entropy: this file runs in a worker");
const port = parentPort;
serve({
  post: (message, transfer = []) => port.postMessage(message, [...transfer]),
  listen: (handler) => port.on("message", handler),
});
