import { expSum, rowMax } from "../../xent/build/bench/cross-entropy-loop.js";

/** @typedef {import("../../xent/build/bench/types.js").Problem} Problem */

/**
 *     softmax(x)_c = exp(x_c - max) / sum_k exp(x_k - max)
 *
 * @param {Problem} problem
 * @param {Float32Array} out
 */
export function softmaxLoop({ logits, elements, classes }, out) {
  for (let start = 0; start < elements; start += classes) {
    const end = start + classes;
    const max = rowMax(logits, start, end);
    let sum = 0;
    for (let i = start; i < end; i++) {
      const exp = Math.exp(logits[i] - max);
      out[i] = exp;
      sum += exp;
    }
    const scale = 1 / sum;
    for (let i = start; i < end; i++) out[i] *= scale;
  }
}

/**
 *     logSoftmax(x)_c = x_c - (max + log(sum_k exp(x_k - max)))
 *
 * @param {Problem} problem
 * @param {Float32Array} out
 */
export function logSoftmaxLoop({ logits, elements, classes }, out) {
  for (let start = 0; start < elements; start += classes) {
    const end = start + classes;
    const max = rowMax(logits, start, end);
    const lse = max + Math.log(expSum(logits, start, end, max));
    for (let i = start; i < end; i++) out[i] = logits[i] - lse;
  }
}
