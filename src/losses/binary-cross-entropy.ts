/** binaryCrossEntropy and binaryCrossEntropyWithLogits, with their gradients: checks -> job -> result. */

import type {
  BinaryCrossEntropyOptions,
  BinaryCrossEntropyWithLogitsOptions,
  TargetGradientOptions,
} from "../arguments/function-options.js";
import { BINARY_LOGITS_OPTIONS, BINARY_OPTIONS, reduction, TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import type {
  AnyValueAndGrad,
  ByDefault,
  FloatTensor,
  GradOut,
  LossValue,
  Out,
  Reduction,
  ValueAndGrad,
} from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import { binaryCrossEntropyKind, binaryCrossEntropyWithLogitsKind } from "../engine/kinds/binary-cross-entropy.js";
import type { Task } from "../engine/task.js";
import { type ElementLossForm, elementGradientTask, elementTask } from "./elements.js";

const OF_PROBABILITIES: ElementLossForm = { kind: binaryCrossEntropyKind, input: "probs", reduction };
const OF_LOGITS: ElementLossForm = {
  kind: binaryCrossEntropyWithLogitsKind,
  input: "logits",
  reduction,
};

/**
 * Binary cross-entropy of probabilities.
 *
 * ```text
 * loss = -w (y max(log p, -100) + (1 - y) max(log(1 - p), -100))
 * ```
 *
 * `"mean"` divides by the number of elements, whatever the weights; `"sum"` adds up; `"none"` returns one loss per element.
 *
 * @param probs - Probabilities p: a flat array or a tensor object. Read once, through a tile of the WASM memory; an engine reads
 * arrays of its `allocate` in place. Float64 is rounded to f32.
 * @param targets - Targets y in [0, 1], floats of the same shape. Integer typed arrays are refused, as in PyTorch.
 * @param options - `shape`, `reduction`, `weight` (broadcast), `out` with `reduction: "none"`.
 * @returns Nats: a number for "mean" and "sum" (groups of four losses added in f32, the groups in f64), a Float32Array of one
 * loss per element for "none".
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for a probability or target outside
 * [0, 1], targets of another length or shape, a weight that does not broadcast, or an option out of its range. None of the
 * caller's arrays is written then.
 *
 * Accuracy (test/losses/element-accuracy.test.ts): each loss is within 2e-7 max(1, |loss|), and within 2.8e-7 |loss| however tiny
 * it is; "mean" and "sum" add these losses. Source: PyTorch 2.13 `torch.nn.functional.binary_cross_entropy`.
 *
 * @example
 * ```ts
 * import { binaryCrossEntropy } from "wasm-cross-entropy";
 *
 * binaryCrossEntropy([0.25, 0.5], [0, 1]); // => 0.4904146
 * binaryCrossEntropy([0.25, 0.5], [0, 1], { reduction: "none" }); // => [0.2876821, 0.6931472]
 * binaryCrossEntropy([0, 1.5], [0, 1]); // throws RangeError: probs[1]: expected a probability in [0, 1], got 1.5
 * ```
 */
export function binaryCrossEntropy<R extends Reduction | ByDefault, O extends Out = undefined>(
  probs: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyOptions<R, O>,
): LossValue<R, O> {
  return runDefault(binaryCrossEntropyTask(probs, targets, options)) as LossValue<R, O>;
}

/**
 * {@link binaryCrossEntropy} and its gradients, in one pass.
 *
 * ```text
 * grad       = g w (p - y) / max(p (1 - p), 1e-12)
 * targetGrad = g w (log(1 - p) - log p)                  without the clamp, as in PyTorch
 * ```
 *
 * g is the element's upstream gradient; for a mean it is divided by the number of elements.
 *
 * @param probs - As for {@link binaryCrossEntropy}.
 * @param targets - As for {@link binaryCrossEntropy}.
 * @param options - Those of {@link binaryCrossEntropy}, and `upstream`, `gradOut` (may be the probabilities), `targetGrad`.
 * @returns `{ value, grad }`, and with `targetGrad: true` also `targetGrad`.
 * @throws TypeError and RangeError as {@link binaryCrossEntropy}, and for an `upstream` or `gradOut` of a wrong type or length.
 *
 * Accuracy: within 2.1e-7 |grad|, and within 3e-7 max(1, |targetGrad|). Source: PyTorch 2.13
 * `torch.nn.functional.binary_cross_entropy`.
 *
 * @example
 * ```ts
 * import { binaryCrossEntropyValueAndGrad } from "wasm-cross-entropy";
 *
 * const both = binaryCrossEntropyValueAndGrad([0.25, 0.5], [0, 1], { reduction: "sum" });
 * both.value; // => 0.9808293
 * both.grad; // => [1.3333333, -2]
 * ```
 */
export function binaryCrossEntropyValueAndGrad<
  R extends Reduction | ByDefault,
  T extends boolean = false,
  G extends GradOut = undefined,
  O extends Out = undefined,
>(
  probs: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyOptions<R, O> & TargetGradientOptions<T, G>,
): ValueAndGrad<R, T, G, O> {
  return runDefault(binaryCrossEntropyValueAndGradTask(probs, targets, options)) as ValueAndGrad<R, T, G, O>;
}

/**
 * Binary cross-entropy of logits: {@link binaryCrossEntropy} of their sigmoids, without the clamp and without cancellation.
 *
 * ```text
 * loss = w ((1 - y) softplus(x) + v y softplus(-x)),   softplus(x) = log(1 + e^x),   v = posWeight
 * ```
 *
 * `"mean"` divides by the number of elements, whatever the weights. An infinite logit with the target that it predicts (+inf with
 * 1, -inf with 0) is NaN, as in PyTorch.
 *
 * @param logits - Logits x: a flat array or a tensor object, read as the probabilities of {@link binaryCrossEntropy} are.
 * @param targets - Targets y, any floats (labels are 0 or 1), of the same shape. Integer typed arrays are refused, as in PyTorch.
 * @param options - `shape`, `reduction`, `weight` and `posWeight` (broadcast), `out` with `reduction: "none"`.
 * @returns Nats: a number for "mean" and "sum" (groups of four losses added in f32, the groups in f64), a Float32Array of one
 * loss per element for "none".
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for targets of another length or
 * shape, a weight that does not broadcast, or an option out of its range.
 *
 * Accuracy (test/losses/element-accuracy.test.ts): each loss is within 2e-7 max(1, |loss|), and within 2.2e-7
 * |loss| down to losses of 1e-36 (a logit of 83 with target 1); "mean" and "sum" add these losses. Source:
 * PyTorch 2.13 `torch.nn.functional.binary_cross_entropy_with_logits`.
 *
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogits } from "wasm-cross-entropy";
 *
 * binaryCrossEntropyWithLogits([0, -40], [1, 0], { reduction: "none" }); // => [0.6931472, 4.2483541e-18]
 * binaryCrossEntropyWithLogits([2, -1, 0, 3], [1, 0, 1, 0], { shape: [2, 2], posWeight: [2, 1] }); // => 1.2504998
 * ```
 */
export function binaryCrossEntropyWithLogits<R extends Reduction | ByDefault, O extends Out = undefined>(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyWithLogitsOptions<R, O>,
): LossValue<R, O> {
  return runDefault(binaryCrossEntropyWithLogitsTask(logits, targets, options)) as LossValue<R, O>;
}

/**
 * {@link binaryCrossEntropyWithLogits} and its gradients, in one pass.
 *
 * ```text
 * grad       = g w ((1 - y) sigmoid(x) - v y sigmoid(-x))       which is g w (sigmoid(x) - y) for v = 1
 * targetGrad = g w (v softplus(-x) - softplus(x))               which is -g w x for v = 1
 * ```
 *
 * g is the element's upstream gradient; for a mean it is divided by the number of elements.
 *
 * @param logits - As for {@link binaryCrossEntropyWithLogits}.
 * @param targets - As for {@link binaryCrossEntropyWithLogits}.
 * @param options - Those of {@link binaryCrossEntropyWithLogits}, and `upstream`, `gradOut` (may be the logits), `targetGrad`.
 * @returns `{ value, grad }`, and with `targetGrad: true` also `targetGrad`.
 * @throws TypeError and RangeError as {@link binaryCrossEntropyWithLogits}, and for an `upstream` or `gradOut` of a wrong
 * type or length.
 *
 * Accuracy: within 2e-7 |grad| where y is 0 or 1; with other targets, 1.5e-7 of the greater of its two terms. Source:
 * PyTorch 2.13 `torch.nn.functional.binary_cross_entropy_with_logits`.
 *
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogitsValueAndGrad } from "wasm-cross-entropy";
 *
 * binaryCrossEntropyWithLogitsValueAndGrad([0, 0], [1, 0]); // => { value: 0.6931472, grad: [-0.25, 0.25] }
 * ```
 */
export function binaryCrossEntropyWithLogitsValueAndGrad<
  R extends Reduction | ByDefault,
  T extends boolean = false,
  G extends GradOut = undefined,
  O extends Out = undefined,
>(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyWithLogitsOptions<R, O> & TargetGradientOptions<T, G>,
): ValueAndGrad<R, T, G, O> {
  return runDefault(binaryCrossEntropyWithLogitsValueAndGradTask(logits, targets, options)) as ValueAndGrad<R, T, G, O>;
}

export function binaryCrossEntropyTask(
  probs: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyOptions,
): Task<number | Float32Array> {
  return elementTask(OF_PROBABILITIES, probs, targets, checkOptions(options, BINARY_OPTIONS));
}

export function binaryCrossEntropyValueAndGradTask(
  probs: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyOptions & TargetGradientOptions<boolean, GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<BinaryCrossEntropyOptions, TargetGradientOptions<boolean, GradOut>>(
    options,
    BINARY_OPTIONS,
    TARGET_GRADIENT_OPTIONS,
  );
  return elementGradientTask(OF_PROBABILITIES, probs, targets, given);
}

export function binaryCrossEntropyWithLogitsTask(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyWithLogitsOptions,
): Task<number | Float32Array> {
  return elementTask(OF_LOGITS, logits, targets, checkOptions(options, BINARY_LOGITS_OPTIONS));
}

export function binaryCrossEntropyWithLogitsValueAndGradTask(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: BinaryCrossEntropyWithLogitsOptions & TargetGradientOptions<boolean, GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<BinaryCrossEntropyWithLogitsOptions, TargetGradientOptions<boolean, GradOut>>(
    options,
    BINARY_LOGITS_OPTIONS,
    TARGET_GRADIENT_OPTIONS,
  );
  return elementGradientTask(OF_LOGITS, logits, targets, given);
}
