import { expSum, rowMax } from "../../xent/build/bench/cross-entropy-loop.js";

/** The default of polyLoss. */
const EPSILON = 1;

/**
 *     loss   = -log p_target + epsilon (1 - p_target)                     p = softmax(x)
 *     grad_c = (1 + epsilon p_target) (p_c - [c = target]) / rows
 *
 * Takes the same passes as the cross-entropy loop.
 *
 * @param {Float32Array} logits
 * @param {number} start of the row
 * @param {number} classes
 * @param {number} target
 * @returns {number} in nats
 */
function rowLoss(logits, start, classes, target) {
  const end = start + classes;
  const max = rowMax(logits, start, end);
  const sum = expSum(logits, start, end, max);
  const x = logits[start + target] - max;
  return Math.log(sum) - x + EPSILON * (1 - Math.exp(x) / sum);
}

/**
 * @param {Float32Array} logits
 * @param {number} start of the row
 * @param {number} classes
 * @param {number} target
 * @param {Float32Array} grad
 * @param {number} rows
 * @returns {number} the loss
 */
function rowLossAndGrad(logits, start, classes, target, grad, rows) {
  const end = start + classes;
  const max = rowMax(logits, start, end);
  let sum = 0;
  for (let i = start; i < end; i++) {
    const exp = Math.exp(logits[i] - max);
    grad[i] = exp;
    sum += exp;
  }
  const x = logits[start + target] - max;
  const exp = Math.exp(x);
  const scale = (1 + (EPSILON * exp) / sum) / (sum * rows);
  for (let i = start; i < end; i++) grad[i] *= scale;
  grad[start + target] = (exp - sum) * scale;
  return Math.log(sum) - x + EPSILON * (1 - exp / sum);
}

/** @type {import("../../xent/build/bench/js-loop.js").Loop} */
export const polyLossLoop = {
  mean: ({ logits, targets, rows, classes }) => {
    let total = 0;
    for (let row = 0, start = 0; row < rows; row++, start += classes) total += rowLoss(logits, start, classes, targets[row]);
    return total / rows;
  },
  meanAndGrad: ({ logits, targets, rows, classes }, grad) => {
    let total = 0;
    for (let row = 0, start = 0; row < rows; row++, start += classes) {
      total += rowLossAndGrad(logits, start, classes, targets[row], grad, rows);
    }
    return total / rows;
  },
  losses: ({ logits, targets, rows, classes }) =>
    Float64Array.from({ length: rows }, (_, row) => rowLoss(logits, row * classes, classes, targets[row])),
};
