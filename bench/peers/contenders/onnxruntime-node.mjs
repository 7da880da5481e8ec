/** onnxruntime-node, execution provider cpu: native code for the processor's widest SIMD. It reads JS arrays in place. */

/** Observed row error: 8e-7 at 151936 classes with AVX-512. With narrower vectors a row has fewer and longer f32 sums. */
const BOUND = 5e-6;
/** For a nearly certain target only the rounding of p - 1 is left: 1.5e-4 at 4096 x 10. */
const GRAD_BOUND = 1e-3;

/** @param {number} threads */
function optionsOf(threads) {
  return { executionProviders: ["cpu"], intraOpNumThreads: threads, interOpNumThreads: 1 };
}

/**
 * @param {number} threads
 * @param {keyof typeof import("../onnx/session.mjs").GRAPHS} graph
 * @returns {import("../types.mjs").Entry["open"]}
 */
function loss(threads, graph) {
  return async (problem) => {
    const { openLoss } = await import("../onnx/session.mjs");
    return openLoss(await import("onnxruntime-node"), optionsOf(threads), problem, graph);
  };
}

/** @param {number} threads @returns {import("../types.mjs").Entry["open"]} */
function lossAndGradient(threads) {
  return async (problem) => {
    const { openLossAndGradient } = await import("../onnx/session.mjs");
    return openLossAndGradient(await import("onnxruntime-node"), optionsOf(threads), problem);
  };
}

const COMMON = /** @type {const} */ ({ data: "js", async: true, bound: BOUND });

/** @type {import("../types.mjs").Peer} */
export const peer = {
  packages: ["onnxruntime-node", "protobufjs"],
  load: () => Promise.all([import("onnxruntime-node"), import("../onnx/session.mjs")]),
  forward: [
    { ...COMMON, id: "ort-node-loss", label: "onnxruntime-node, loss operator", open: loss(1, "lossOperator") },
    { ...COMMON, id: "ort-node", label: "onnxruntime-node, LogSoftmax", open: loss(1, "logSoftmax") },
    { ...COMMON, id: "ort-node-2", label: "onnxruntime-node, LogSoftmax, 2 threads", open: loss(2, "logSoftmax") },
  ],
  gradient: [
    { ...COMMON, id: "ort-node", label: "onnxruntime-node", gradBound: GRAD_BOUND, open: lossAndGradient(1) },
    { ...COMMON, id: "ort-node-2", label: "onnxruntime-node, 2 threads", gradBound: GRAD_BOUND, open: lossAndGradient(2) },
  ],
};
