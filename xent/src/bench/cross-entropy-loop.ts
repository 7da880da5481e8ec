import type { Loop } from "./js-loop.js";

/**
 *     loss   = max + log(sum) - x_target                sum = sum_c exp(x_c - max)
 *     grad_c = (exp(x_c - max) / sum - [c = target]) / rows
 *
 * One pass for the maximum, one for the sum. The time goes into Math.exp: V8 calls a scalar f64 function per element. Tuning the
 * loop by hand wins at most 10 % (docs/performance.md).
 *
 * The gradient stores the exponentials in its output and scales them in a third pass. The target's entry is (exp - sum) / sum in
 * f64. Subtracting 1 / rows after the third pass would save one exponential per row, but for a nearly certain target only
 * rounding error would remain.
 */

/** @param start index of the row's first logit */
export function rowMax(logits: Float32Array, start: number, end: number): number {
  let max = logits[start];
  for (let i = start + 1; i < end; i++) {
    const x = logits[i];
    if (x > max) max = x;
  }
  return max;
}

/** @param start index of the row's first logit */
export function expSum(logits: Float32Array, start: number, end: number, max: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.exp(logits[i] - max);
  return sum;
}

/**
 * @param start index of the row's first logit
 * @returns the loss in nats
 */
function rowLoss(logits: Float32Array, start: number, classes: number, target: number): number {
  const end = start + classes;
  const max = rowMax(logits, start, end);
  return max + Math.log(expSum(logits, start, end, max)) - logits[start + target];
}

/**
 * Writes the row's gradient of the mean loss.
 * @param start index of the row's first logit
 * @returns the loss in nats
 */
function rowLossAndGrad(
  logits: Float32Array,
  start: number,
  classes: number,
  target: number,
  grad: Float32Array,
  rows: number,
): number {
  const end = start + classes;
  const max = rowMax(logits, start, end);
  let sum = 0;
  for (let i = start; i < end; i++) {
    const exp = Math.exp(logits[i] - max);
    grad[i] = exp;
    sum += exp;
  }
  const scale = 1 / (sum * rows);
  for (let i = start; i < end; i++) grad[i] *= scale;
  const x = logits[start + target];
  grad[start + target] = (Math.exp(x - max) - sum) * scale;
  return max + Math.log(sum) - x;
}

export const crossEntropyLoop: Loop = {
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
