/** A producer: writes logits where the engine reads them, and looks at what it wrote with the engine's own kernels. */
import { parentPort, workerData } from "node:worker_threads";
import { attachEngine } from "wasm-cross-entropy";

/** @type {{ handle: import("wasm-cross-entropy").EngineHandle, slots: { logits: Float32Array, targets: Int32Array }[], seed: number, classes: number }} */
const { handle, slots, seed, classes } = workerData;
const attached = attachEngine(handle);
let state = seed + 1;

/** Stands for a model: numbers that are quickly made. @param {{ logits: Float32Array, targets: Int32Array }} slot */
function write({ logits, targets }) {
  for (let i = 0; i < logits.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    logits[i] = state / 2 ** 29;
  }
  for (let row = 0; row < targets.length; row++) targets[row] = (row * 7919 + seed) % classes;
}

parentPort?.on("message", (/** @type {number} */ index) => {
  const slot = slots[index];
  write(slot);
  // read in place, on this thread: a batch that went wrong is seen before it is handed on
  const first = attached.logSumExp(slot.logits.subarray(0, classes));
  if (!Number.isFinite(first)) throw new Error(`logits that are no numbers: log-sum-exp ${first}`);
  parentPort?.postMessage(index);
});
