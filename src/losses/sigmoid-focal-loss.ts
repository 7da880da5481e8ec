/** sigmoidFocalLoss and its gradient: checks -> job -> result. */

import type { GradientOptions, SigmoidFocalLossOptions } from "../arguments/function-options.js";
import { FOCAL_OPTIONS, GRADIENT_OPTIONS } from "../arguments/function-options.js";
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
import { sigmoidFocalLossKind } from "../engine/kinds/sigmoid-focal-loss.js";
import type { Task } from "../engine/task.js";
import { type ElementLossForm, elementGradientTask, elementTask } from "./elements.js";

/**
 * Focal loss of logits: binary cross-entropy that down-weights well-classified elements.
 *
 * ```text
 * loss = w m^gamma ce,   p = sigmoid(x)
 * w    = alpha y + (1 - alpha) (1 - y)          1 with alpha = -1
 * m    = p (1 - y) + (1 - p) y                  the probability of the wrong label, torchvision's 1 - p_t
 * ce   = binaryCrossEntropyWithLogits(x, y)
 * ```
 *
 * `"mean"` (the default here; torchvision's is "none") divides by the number of elements.
 *
 * @param logits - Logits x: a flat array or a tensor object. Read once, through a tile of the WASM memory; an engine reads arrays
 * of its `allocate` in place. Float64 is rounded to f32.
 * @param targets - Targets y, any values in [0, 1], floats of the same shape.
 * @param options - `alpha` (default 0.25; -1 for no weighting, as in torchvision), `gamma` (default 2), `shape`, `reduction`, `out` with `reduction: "none"`.
 * @returns Nats: a number for "mean" and "sum" (groups of four losses added in f32, the groups in f64), a Float32Array of one
 * loss per element for "none".
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for targets of another length or
 * shape, an alpha that is neither in [0, 1] nor -1, or a gamma that is negative or not finite.
 *
 * Accuracy (test/losses/element-accuracy.test.ts): with gamma 0, 1 or 2 each loss is within 7e-7 max(1, |loss|), and within 6e-7
 * |loss| where y is 0 or 1. Other powers are computed as e^(gamma log m), with a relative error of 1.5e-7 (1 + gamma |log m|):
 * 1.2e-5 for a loss of 1e-36. Source: torchvision `ops.sigmoid_focal_loss`; Lin et al. 2017 (arXiv:1708.02002).
 *
 * @example
 * ```ts
 * import { sigmoidFocalLoss } from "wasm-cross-entropy";
 *
 * sigmoidFocalLoss([0], [1]); // => 0.0433217
 * sigmoidFocalLoss([0], [1], { alpha: -1 }); // => 0.1732868
 * sigmoidFocalLoss([3, -1], [1, 0.5], { gamma: 0, alpha: 0.5, reduction: "none" }); // => [0.0242937, 0.4066309]
 * ```
 */
export function sigmoidFocalLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: SigmoidFocalLossOptions<R, O>,
): LossValue<R, O> {
  return runDefault(sigmoidFocalLossTask(logits, targets, options)) as LossValue<R, O>;
}

/**
 * {@link sigmoidFocalLoss} and its gradient, in one pass.
 *
 * ```text
 * grad = g w (m^gamma (p - y) + gamma m^(gamma - 1) p (1 - p) (1 - 2 y) ce)
 * ```
 *
 * w, m and ce are those of {@link sigmoidFocalLoss}. g is the element's upstream gradient; for a mean it is divided by the number of elements.
 *
 * @param logits - As for {@link sigmoidFocalLoss}.
 * @param targets - As for {@link sigmoidFocalLoss}.
 * @param options - Those of {@link sigmoidFocalLoss}, and `upstream`, `gradOut` (may be the logits).
 * @returns `{ value, grad }`.
 * @throws TypeError and RangeError as {@link sigmoidFocalLoss}, and for an `upstream` or `gradOut` of a wrong type or length.
 *
 * Accuracy (gamma 0, 1 or 2): within 7e-7 |grad| where y is 0 or 1; with other targets, 7e-7 of the greater of its two terms.
 * Source: torchvision `ops.sigmoid_focal_loss`, differentiated.
 *
 * @example
 * ```ts
 * import { sigmoidFocalLossValueAndGrad } from "wasm-cross-entropy";
 *
 * sigmoidFocalLossValueAndGrad([0], [1]); // => { value: 0.0433217, grad: [-0.0745717] }
 * ```
 */
export function sigmoidFocalLossValueAndGrad<
  R extends Reduction | ByDefault,
  G extends GradOut = undefined,
  O extends Out = undefined,
>(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: SigmoidFocalLossOptions<R, O> & GradientOptions<G>,
): ValueAndGrad<R, false, G, O> {
  return runDefault(sigmoidFocalLossValueAndGradTask(logits, targets, options)) as ValueAndGrad<R, false, G, O>;
}

export function sigmoidFocalLossTask(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: SigmoidFocalLossOptions,
): Task<number | Float32Array> {
  const given = checkOptions(options, FOCAL_OPTIONS);
  return elementTask(formOf(given), logits, targets, given);
}

export function sigmoidFocalLossValueAndGradTask(
  logits: FloatTensor,
  targets: FloatTensor,
  options?: SigmoidFocalLossOptions & GradientOptions<GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<SigmoidFocalLossOptions, GradientOptions<GradOut>>(options, FOCAL_OPTIONS, GRADIENT_OPTIONS);
  return elementGradientTask(formOf(given), logits, targets, given);
}

function formOf(given: Pick<SigmoidFocalLossOptions, "alpha" | "gamma">): ElementLossForm {
  return {
    kind: sigmoidFocalLossKind,
    input: "logits",
    reduction: FOCAL_OPTIONS.reduction,
    alpha: FOCAL_OPTIONS.alpha(given.alpha),
    gamma: FOCAL_OPTIONS.gamma(given.gamma),
  };
}
