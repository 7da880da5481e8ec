/** Two implementations of the training loss: this package's kernels, and its reference in plain JavaScript and f64. */
import * as fast from "wasm-cross-entropy";
import * as reference from "wasm-cross-entropy/reference";

/**
 * @typedef {object} Loss
 * @property {string} name
 * @property {(logits: Float32Array, targets: Int32Array, grad: Float32Array) => number} meanAndGrad returns the mean over the
 * rows, in nats, and writes its gradient with respect to the logits to grad
 * @property {(logits: Float32Array, targets: Int32Array) => number} sum returns the sum over the rows whose target is not -100,
 * in nats
 */

/** @type {Loss} */
export const FAST = {
  name: "wasm-cross-entropy",
  meanAndGrad: (logits, targets, grad) => fast.crossEntropyValueAndGrad(logits, targets, { gradOut: grad }).value,
  sum: (logits, targets) => fast.crossEntropy(logits, targets, { reduction: "sum" }),
};

/** @type {Loss} */
export const REFERENCE = {
  name: "wasm-cross-entropy/reference",
  meanAndGrad: (logits, targets, grad) => {
    const result = reference.crossEntropyValueAndGrad(logits, targets);
    grad.set(result.grad);
    return result.value;
  },
  sum: (logits, targets) => reference.crossEntropy(logits, targets, { reduction: "sum" }),
};
