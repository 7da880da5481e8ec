/** Shared by both onnxruntimes: sessions of the graphs with JS arrays as inputs and outputs. */
import { logSoftmax, logSoftmaxAndGradient, lossOperator } from "./graphs.mjs";

/**
 * @typedef {OnnxRuntime.SessionOptions} SessionOptions
 * @typedef {OnnxRuntime.Tensor} Tensor
 * @typedef {Pick<typeof OnnxRuntime, "InferenceSession" | "Tensor">} Runtime
 * @typedef {import("../types.mjs").Problem} Problem
 */

/** The forward graphs. */
export const GRAPHS = { lossOperator, logSoftmax };

/**
 * The tensors wrap the arrays without copying; the targets are converted to int64 before the clock starts.
 *
 * @param {Runtime} runtime
 * @param {Problem} problem
 */
function feedsOf({ Tensor }, { logits, targets, rows, classes }) {
  return {
    logits: new Tensor("float32", logits, [rows, classes]),
    targets: new Tensor("int64", BigInt64Array.from(targets, BigInt), [rows]),
  };
}

/**
 * @param {Runtime} runtime
 * @param {SessionOptions} options
 * @param {Problem} problem
 * @param {keyof typeof GRAPHS} graph
 * @returns {Promise<import("../types.mjs").Held>}
 */
export async function openLoss(runtime, options, problem, graph) {
  const feeds = feedsOf(runtime, problem);
  const mean = await runtime.InferenceSession.create(GRAPHS[graph](problem, "mean"), options);
  const none = await runtime.InferenceSession.create(GRAPHS[graph](problem, "none"), options);
  return {
    run: async () => (await mean.run(feeds)).loss.data[0],
    rowLosses: async () => (await none.run(feeds)).loss.data,
  };
}

/**
 * @param {Runtime} runtime
 * @param {SessionOptions} options
 * @param {Problem} problem
 * @returns {Promise<import("../types.mjs").Held>}
 */
export async function openLossAndGradient(runtime, options, problem) {
  const feeds = feedsOf(runtime, problem);
  const both = await runtime.InferenceSession.create(logSoftmaxAndGradient(problem), options);
  const none = await runtime.InferenceSession.create(logSoftmax(problem, "none"), options);
  /** @type {Tensor | undefined} */
  let last;
  return {
    run: async () => {
      const { loss, grad } = await both.run(feeds);
      last = grad;
      return loss.data[0];
    },
    rowLosses: async () => (await none.run(feeds)).loss.data,
    gradient: () => {
      if (!last) throw new Error("no gradient since it was read");
      const { data } = last;
      last = undefined;
      return data;
    },
  };
}
