/** One of the two threads of apart.mjs. */
import { parentPort } from "node:worker_threads";
import { createLocalEngine } from "wasm-cross-entropy";

const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
const engine = createLocalEngine();
/** @type {{ logits: ReturnType<typeof allocated>, targets: Int32Array } | undefined} */
let held;

/** @param {Float32Array} values */
function allocated(values) {
  const array = engine.allocate("float32", values.length);
  array.set(values);
  return array;
}

port.on("message", (message) => {
  if (message.kind === "take") {
    held = { logits: allocated(message.logits), targets: message.targets };
    port.postMessage("taken");
  } else if (held && message.kind === "call") {
    port.postMessage(engine.crossEntropy(held.logits, held.targets, { reduction: message.reduction }));
  } else if (held) {
    engine.free(held.logits);
    held = undefined;
  }
});
