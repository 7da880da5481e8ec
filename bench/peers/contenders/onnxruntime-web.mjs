/**
 * onnxruntime-web, execution provider wasm. Every call copies the logits into its memory and the outputs out of it. The number of
 * threads applies to the whole process.
 */

/** Observed row error: 4e-6 at 151936 classes. */
const BOUND = 1e-5;
/** For a nearly certain target only the rounding of p - 1 is left: 4e-4 at 4096 x 10. */
const GRAD_BOUND = 1e-3;
const OPTIONS = { executionProviders: ["wasm"] };

/** @param {number} threads */
async function started(threads) {
  const runtime = await import("onnxruntime-web");
  runtime.env.wasm.numThreads = threads;
  return runtime;
}

/**
 * @param {number} threads
 * @param {keyof typeof import("../onnx/session.mjs").GRAPHS} graph
 * @returns {import("../types.mjs").Entry["open"]}
 */
function loss(threads, graph) {
  return async (problem) => {
    const { openLoss } = await import("../onnx/session.mjs");
    return openLoss(await started(threads), OPTIONS, problem, graph);
  };
}

/** @param {number} threads @returns {import("../types.mjs").Entry["open"]} */
function lossAndGradient(threads) {
  return async (problem) => {
    const { openLossAndGradient } = await import("../onnx/session.mjs");
    return openLossAndGradient(await started(threads), OPTIONS, problem);
  };
}

const COMMON = /** @type {const} */ ({ data: "js", async: true, bound: BOUND });

/** @type {import("../types.mjs").Peer} */
export const peer = {
  packages: ["onnxruntime-web", "protobufjs"],
  load: () => Promise.all([import("onnxruntime-web"), import("../onnx/session.mjs")]),
  forward: [
    { ...COMMON, id: "ort-web-loss", label: "onnxruntime-web, loss operator", open: loss(1, "lossOperator") },
    { ...COMMON, id: "ort-web", label: "onnxruntime-web, LogSoftmax", open: loss(1, "logSoftmax") },
    { ...COMMON, id: "ort-web-2", label: "onnxruntime-web, LogSoftmax, 2 threads", open: loss(2, "logSoftmax") },
  ],
  gradient: [
    { ...COMMON, id: "ort-web", label: "onnxruntime-web", gradBound: GRAD_BOUND, open: lossAndGradient(1) },
    { ...COMMON, id: "ort-web-2", label: "onnxruntime-web, 2 threads", gradBound: GRAD_BOUND, open: lossAndGradient(2) },
  ],
};
