import { checkRange } from "./checks.js";
import {
  type ElementLoss,
  type ElementLosses,
  type ElementwiseOptions,
  elementLosses,
  elementsValueAndGrad,
  reduceElements,
} from "./elementwise.js";
import type { GradientOptions, ValueAndGrad } from "./gradient.js";
import type { ByDefault, LossValue, Reduction } from "./reduction.js";
import { binaryCost, sigmoid } from "./sigmoid.js";
import type { FloatTensor } from "./tensor.js";

export interface SigmoidFocalLossOptions<R extends string = Reduction> extends ElementwiseOptions<R> {
  /** Weight of the positive side, in [0, 1]; that of the negative side is 1 - alpha. -1: no weighting. Default 0.25. */
  readonly alpha?: number | undefined;
  /** Strength of the down-weighting of well-classified elements, at least 0. Default 2. */
  readonly gamma?: number | undefined;
}

/**
 * Focal loss of logits x with targets y in [0, 1], in nats; with p = sigmoid(x):
 *
 *     element = (alpha y + (1 - alpha) (1 - y)) m^gamma ce
 *     m       = p (1 - y) + (1 - p) y              how wrong the prediction is, torchvision's 1 - p_t
 *     ce      = binary cross-entropy of x with y
 *
 * `logits` and `targets` have the same shape. "mean" (the default here; "none" in torchvision) divides by the number of elements;
 * "none" returns one value per element. With alpha = -1 there is no weight: the first factor is 1.
 *
 * Sources: torchvision.ops.sigmoid_focal_loss; Lin et al., "Focal Loss for Dense Object Detection", 2017.
 *
 * @throws RangeError for an alpha that is neither in [0, 1] nor -1, gamma below 0 and targets of another length.
 *
 * @example
 * sigmoidFocalLoss([0], [1]); // => 0.04332169878499658
 */
export function sigmoidFocalLoss<R extends Reduction | ByDefault>(
  logits: FloatTensor,
  targets: FloatTensor,
  options: SigmoidFocalLossOptions<R> = {},
): LossValue<R> {
  return reduceElements(elementsOf(logits, targets, options), options);
}

/**
 * `sigmoidFocalLoss` with its gradient with respect to the logits; g is the upstream gradient of the element (divided by the
 * number of elements in a mean) and w = alpha y + (1 - alpha) (1 - y), 1 with alpha = -1:
 *
 *     grad = g w (m^gamma (p - y) + gamma m^(gamma - 1) p (1 - p) (1 - 2 y) ce)
 *
 * @throws RangeError as `sigmoidFocalLoss` and for an `upstream` of a wrong length, TypeError for an `upstream` array without
 * `reduction: "none"`.
 *
 * @example
 * sigmoidFocalLossValueAndGrad([0], [1], { alpha: 0.5, gamma: 0 }).grad; // => [-0.25]
 */
export function sigmoidFocalLossValueAndGrad<R extends Reduction | ByDefault>(
  logits: FloatTensor,
  targets: FloatTensor,
  options: SigmoidFocalLossOptions<R> & GradientOptions = {},
): ValueAndGrad<R> {
  return elementsValueAndGrad(elementsOf(logits, targets, options), options);
}

function elementsOf(logits: FloatTensor, targets: FloatTensor, options: SigmoidFocalLossOptions): ElementLosses {
  const { alpha = 0.25, gamma = 2 } = options;
  if (alpha !== -1) checkRange("alpha", alpha, 0, 1);
  checkRange("gamma", gamma, 0, Number.POSITIVE_INFINITY);
  return elementLosses(logits, targets, options, (x, y) => elementOf(x, y, alpha, gamma));
}

function elementOf(x: number, y: number, alpha: number, gamma: number): ElementLoss {
  const p = sigmoid(x);
  const notP = sigmoid(-x);
  const ce = binaryCost(x, y);
  const m = p * (1 - y) + notP * y;
  const weight = alpha === -1 ? 1 : alpha * y + (1 - alpha) * (1 - y);
  // p - y without cancelling: p (1 - y) - (1 - p) y.
  const ceSlope = p * (1 - y) - notP * y;
  // m is 0 where the prediction is exactly right; there p (1 - p) is 0 as well, and their quotient is at most 1.
  const modulationSlope = m === 0 ? 0 : gamma * m ** (gamma - 1) * p * notP * (1 - 2 * y);
  return { loss: weight * m ** gamma * ce, slope: weight * (m ** gamma * ceSlope + modulationSlope * ce) };
}
