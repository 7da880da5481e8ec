/** A producer: writes logits into the engine's memory and checks them with the engine's kernels. */
import { parentPort, workerData } from "node:worker_threads";
import { attachEngine } from "wasm-cross-entropy";

/**
 * @typedef {{ logits: Float32Array, targets: Int32Array }} Slot arrays in the engine's memory
 * @type {{ handle: import("wasm-cross-entropy").EngineHandle, slots: Slot[], seed: number, classes: number }}
 */
const { handle, slots, seed, classes } = workerData;
const attached = attachEngine(handle);
let state = seed + 1;

/** Stands in for a model: fast pseudo-random numbers. @param {Slot} slot */
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
  // read in place, on this thread: a bad batch is detected before the engine gets it
  const first = attached.logSumExp(slot.logits.subarray(0, classes));
  if (!Number.isFinite(first)) throw new Error(`logits: expected a finite log-sum-exp, got ${first}`);
  parentPort?.postMessage(index);
});
