/** softmax, logSoftmax and logSumExp: checks -> job -> result. */

import type { BatchOptions, SoftmaxOptions, VectorOptions } from "../arguments/function-options.js";
import { SOFTMAX_OPTIONS } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { checkApart, outputArray, samePlace } from "../arguments/outputs.js";
import { shapedRows } from "../arguments/rows.js";
import { floatInput, isTensorLike } from "../arguments/tensors.js";
import type { FloatTensor, NumberData, Out, OutputOf, TensorLike } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import type { Kind } from "../engine/kind.js";
import { logSoftmaxKind, logSumExpKind, type SoftmaxJob, softmaxKind } from "../engine/kinds/softmax.js";
import { type Task, taskOf } from "../engine/task.js";

/**
 * Softmax along an axis.
 *
 * ```text
 * p_c = exp(x_c - m) / sum_k exp(x_k - m),   m = max_k x_k
 * ```
 *
 * A row with +inf, with NaN or with only -inf is NaN, as in PyTorch.
 *
 * @param logits - A flat array (one row, unless `shape` is given) or a tensor object.
 * @param options - `shape`, `axis` (default -1), `out` (may be the logits).
 * @returns Probabilities in the logits' layout.
 * @throws TypeError for a wrong type or an unknown option, RangeError for a shape, axis or `out` length that does not fit.
 *
 * Accuracy (test/losses/softmax.test.ts): within 2e-7 absolute, and 1e-5 relative down to 1e-30; a probability below 2^-126 may
 * be 0. Source: PyTorch 2.13 `torch.softmax`.
 *
 * @example
 * ```ts
 * import { softmax } from "wasm-cross-entropy";
 *
 * softmax(new Float32Array([2, 1, 0.5])); // => [0.6285317, 0.2312239, 0.1402444]
 * ```
 */
export function softmax<O extends Out = undefined>(logits: FloatTensor, options?: SoftmaxOptions<O>): OutputOf<O> {
  return runDefault(softmaxTask(logits, options)) as OutputOf<O>;
}

/**
 * Logarithm of the softmax along an axis.
 *
 * ```text
 * y_c = x_c - m - log sum_k exp(x_k - m),   m = max_k x_k
 * ```
 *
 * A row with +inf, with NaN or with only -inf is NaN, as in PyTorch; a logit of -inf among finite ones stays -inf.
 *
 * @param logits - A flat array (one row, unless `shape` is given) or a tensor object.
 * @param options - `shape`, `axis` (default -1), `out` (may be the logits).
 * @returns Log-probabilities (nats) in the logits' layout.
 * @throws TypeError for a wrong type or an unknown option, RangeError for a shape, axis or `out` length that does not fit.
 *
 * Accuracy (test/losses/softmax.test.ts): within 2e-7 max(1, |y|). Source: PyTorch 2.13 `torch.log_softmax`.
 *
 * @example
 * ```ts
 * import { logSoftmax } from "wasm-cross-entropy";
 *
 * logSoftmax(new Float32Array([2, 1, 0.5])); // => [-0.4643688, -1.4643688, -1.9643688]
 * ```
 */
export function logSoftmax<O extends Out = undefined>(logits: FloatTensor, options?: SoftmaxOptions<O>): OutputOf<O> {
  return runDefault(logSoftmaxTask(logits, options)) as OutputOf<O>;
}

/**
 * Log-sum-exp along an axis: the logarithm of the softmax's denominator.
 *
 * ```text
 * lse = m + log sum_c exp(x_c - m),   m = max_c x_c
 * ```
 *
 * A row with NaN is NaN; otherwise a row with +inf is +inf, and a row with only -inf is -inf.
 *
 * @param logits - A flat array (one row, unless `shape` is given) or a tensor object.
 * @param options - `shape`, `axis` (default -1), `out` (one element per row).
 * @returns Nats: a number for a flat array without `shape` and `out`, which is one vector; otherwise a Float32Array of one value
 * per row, even if there is only one.
 * @throws TypeError for a wrong type or an unknown option, RangeError for a shape, axis or `out` length that does not fit.
 *
 * Accuracy: that of the rows of {@link crossEntropy}, rounded to f32. Source: PyTorch 2.13 `torch.logsumexp`.
 *
 * @example
 * ```ts
 * import { logSumExp } from "wasm-cross-entropy";
 *
 * logSumExp(new Float32Array([2, 1, 0.5])); // => 2.4643688
 * logSumExp(new Float32Array([1000, 1000, 0, 0]), { shape: [2, 2] }); // => [1000.6931, 0.6931472]
 * ```
 */
export function logSumExp(logits: NumberData, options?: VectorOptions<SoftmaxOptions>): number;
export function logSumExp<O extends Out = undefined>(logits: TensorLike, options?: SoftmaxOptions<O>): OutputOf<O>;
export function logSumExp<O extends Out = undefined>(logits: FloatTensor, options: BatchOptions<SoftmaxOptions<O>>): OutputOf<O>;
export function logSumExp<O extends Out = undefined>(logits: FloatTensor, options?: SoftmaxOptions<O>): number | OutputOf<O>;
export function logSumExp(logits: FloatTensor, options?: SoftmaxOptions): number | Float32Array {
  return runDefault(logSumExpTask(logits, options));
}

export function softmaxTask(logits: FloatTensor, options?: SoftmaxOptions): Task<Float32Array> {
  return elementTask(softmaxKind, logits, options);
}

export function logSoftmaxTask(logits: FloatTensor, options?: SoftmaxOptions): Task<Float32Array> {
  return elementTask(logSoftmaxKind, logits, options);
}

function elementTask(kind: Kind<SoftmaxJob>, logits: FloatTensor, options?: SoftmaxOptions): Task<Float32Array> {
  const given = checkOptions(options, SOFTMAX_OPTIONS);
  const input = floatInput("logits", logits);
  const { layout } = shapedRows("logits", input.data.length, input.shape, given, undefined);
  const out = outputArray(given.out, input.data.length);
  if (!samePlace(out, input.data)) checkApart(out, [["logits", input.data]]);
  return taskOf(kind, { layout, logits: input.data, out }, () => out);
}

export function logSumExpTask(logits: FloatTensor, options?: SoftmaxOptions): Task<number | Float32Array> {
  const given = checkOptions(options, SOFTMAX_OPTIONS);
  const input = floatInput("logits", logits);
  const { layout } = shapedRows("logits", input.data.length, input.shape, given, undefined);
  const out = outputArray(given.out, layout.rows);
  checkApart(out, [["logits", input.data]]);
  const single = given.shape === undefined && given.out === undefined && !isTensorLike(logits);
  return taskOf(logSumExpKind, { layout, logits: input.data, out }, () => (single ? out[0] : out));
}
