/** klDivLoss and its gradients: checks -> job -> result. */

import type { KlDivLossOptions, TargetGradientOptions } from "../arguments/function-options.js";
import { KL_DIV_OPTIONS, TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import type {
  AnyValueAndGrad,
  ByDefault,
  ElementReduction,
  FloatTensor,
  GradOut,
  LossValue,
  Out,
  ValueAndGrad,
} from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import { klDivLossKind, klDivLossOfLogsKind } from "../engine/kinds/kl-div-loss.js";
import type { Task } from "../engine/task.js";
import { type ElementLossForm, elementGradientTask, elementTask } from "./elements.js";

/**
 * Kullback-Leibler divergence of predicted log-probabilities from targets, element by element.
 *
 * ```text
 * loss = t (log t - x)                         0 where t is 0, whatever x is
 * logTarget, targets log t:   t = exp(log t)
 * ```
 *
 * `"mean"` divides by the number of elements. `"batchmean"` divides by the size of the first dimension, which makes it the
 * mean divergence of a batch of rows. `"sum"` adds up; `"none"` returns one value per element. For two probability vectors
 * there is {@link klDivergence}.
 *
 * @param logProbs - Log-probabilities x (from `logSoftmax`, say): a flat array or a tensor object. Read once, through a tile of
 * the WASM memory; an engine reads arrays of its `allocate` in place. Float64 is rounded to f32.
 * @param targets - Probabilities t of the same shape, or with `logTarget` their logarithms. A probability below 0 makes
 * its loss NaN.
 * @param options - `shape`, `reduction`, `logTarget`, `out` with `reduction: "none"`.
 * @returns Nats: a number for "mean", "batchmean" and "sum" (groups of four losses added in f32, the groups in f64), a
 * Float32Array of one value per element for "none".
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for targets of another length or
 * shape, or an option out of its range.
 *
 * Accuracy (test/losses/element-accuracy.test.ts): each loss is within 1.5e-7 max(1, |loss|), and within 8e-8 t where log t and x
 * cancel; with `logTarget` within 2e-7 |loss|. "mean", "batchmean" and "sum" add these losses. A log-target below -87.68 counts
 * as a probability of 0. Source: PyTorch 2.13 `torch.nn.functional.kl_div`, which returns NaN for a target of 0 with a
 * log-probability of -inf.
 *
 * @example
 * ```ts
 * import { klDivLoss } from "wasm-cross-entropy";
 *
 * const logProbs = [Math.log(0.5), Math.log(0.5), Math.log(0.2), Math.log(0.8)];
 * klDivLoss(logProbs, [1, 0, 0.5, 0.5], { shape: [2, 2], reduction: "batchmean" }); // => 0.4581454
 * klDivLoss([-1, -2], [-1, -2], { logTarget: true }); // => 0
 * ```
 */
export function klDivLoss<R extends ElementReduction | ByDefault, O extends Out = undefined>(
  logProbs: FloatTensor,
  targets: FloatTensor,
  options?: KlDivLossOptions<R, O>,
): LossValue<R, O> {
  return runDefault(klDivLossTask(logProbs, targets, options)) as LossValue<R, O>;
}

/**
 * {@link klDivLoss} and its gradients, in one pass.
 *
 * ```text
 * grad       = -g t
 * targetGrad = g (log t + 1 - x), or with logTarget g t (log t + 1 - x)
 * ```
 *
 * g is the element's upstream gradient; for "mean" and "batchmean" it is divided by their divisor. The derivative with respect to
 * a target of 0 is the limit from the right, -g Infinity (PyTorch: NaN).
 *
 * @param logProbs - As for {@link klDivLoss}.
 * @param targets - As for {@link klDivLoss}.
 * @param options - Those of {@link klDivLoss}, and `upstream`, `gradOut` (may be the log-probabilities), `targetGrad`.
 * @returns `{ value, grad }`, and with `targetGrad: true` also `targetGrad`.
 * @throws TypeError and RangeError as {@link klDivLoss}, and for an `upstream` or `gradOut` of a wrong type or length.
 *
 * Accuracy: within 1e-7 |grad|, and within 3e-7 max(1, |targetGrad|). Source: PyTorch 2.13 `torch.nn.functional.kl_div`.
 *
 * @example
 * ```ts
 * import { klDivLossValueAndGrad } from "wasm-cross-entropy";
 *
 * klDivLossValueAndGrad([-1, -2], [0.25, 0.75]); // => { value: 0.5938325, grad: [-0.125, -0.375] }
 * ```
 */
export function klDivLossValueAndGrad<
  R extends ElementReduction | ByDefault,
  T extends boolean = false,
  G extends GradOut = undefined,
  O extends Out = undefined,
>(
  logProbs: FloatTensor,
  targets: FloatTensor,
  options?: KlDivLossOptions<R, O> & TargetGradientOptions<T, G>,
): ValueAndGrad<R, T, G, O> {
  return runDefault(klDivLossValueAndGradTask(logProbs, targets, options)) as ValueAndGrad<R, T, G, O>;
}

export function klDivLossTask(
  logProbs: FloatTensor,
  targets: FloatTensor,
  options?: KlDivLossOptions,
): Task<number | Float32Array> {
  const given = checkOptions(options, KL_DIV_OPTIONS);
  return elementTask(formOf(given), logProbs, targets, given);
}

export function klDivLossValueAndGradTask(
  logProbs: FloatTensor,
  targets: FloatTensor,
  options?: KlDivLossOptions & TargetGradientOptions<boolean, GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<KlDivLossOptions, TargetGradientOptions<boolean, GradOut>>(
    options,
    KL_DIV_OPTIONS,
    TARGET_GRADIENT_OPTIONS,
  );
  return elementGradientTask(formOf(given), logProbs, targets, given);
}

function formOf({ logTarget }: { readonly logTarget?: unknown }): ElementLossForm {
  const isOfLogs = KL_DIV_OPTIONS.logTarget(logTarget);
  return {
    kind: isOfLogs ? klDivLossOfLogsKind : klDivLossKind,
    input: "logProbs",
    reduction: KL_DIV_OPTIONS.reduction,
  };
}
