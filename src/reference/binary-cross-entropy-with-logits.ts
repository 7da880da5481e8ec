import type { BinaryCrossEntropyOptions } from "./binary-cross-entropy.js";
import { broadcast } from "./broadcast.js";
import {
  type ElementLoss,
  type ElementLosses,
  elementLosses,
  elementShape,
  elementsValueAndGrad,
  reduceElements,
} from "./elementwise.js";
import type { TargetGradientOptions, ValueAndGrad } from "./gradient.js";
import type { ByDefault, LossValue, Reduction } from "./reduction.js";
import { binaryCost, sigmoid, softplus } from "./sigmoid.js";
import type { FloatTensor } from "./tensor.js";

export interface BinaryCrossEntropyWithLogitsOptions<R extends string = Reduction> extends BinaryCrossEntropyOptions<R> {
  /** Factor of the positive part of each element's loss; broadcasts as `weight` does. */
  readonly posWeight?: FloatTensor | undefined;
}

/**
 * Binary cross-entropy of logits x with targets y, in nats; with sp(x) = log(1 + e^x), weight w and posWeight v:
 *
 *     element = w ((1 - y) sp(x) + v y sp(-x))
 *
 * With v = 1 this is `binaryCrossEntropy` of sigmoid(x) without its clamp. `logits` and `targets` have the same shape. "mean"
 * divides by the number of elements, whatever the weights; "none" returns one value per element. An infinite logit on its
 * target's side gives NaN, as in PyTorch. Source: PyTorch, torch.nn.functional.binary_cross_entropy_with_logits.
 *
 * @throws RangeError for targets of another length and for weights that do not broadcast.
 *
 * @example
 * binaryCrossEntropyWithLogits([0, -40], [1, 0], { reduction: "none" }); // => [0.6931471805599453, 4.248354255291589e-18]
 */
export function binaryCrossEntropyWithLogits<R extends Reduction | ByDefault>(
  logits: FloatTensor,
  targets: FloatTensor,
  options: BinaryCrossEntropyWithLogitsOptions<R> = {},
): LossValue<R> {
  return reduceElements(elementsOf(logits, targets, options), options);
}

/**
 * `binaryCrossEntropyWithLogits` with its gradients; g is the upstream gradient of the element (divided by the number of elements
 * in a mean), s the sigmoid:
 *
 *     grad       = g w ((1 - y) s(x) - v y s(-x))      for v = 1: g w (s(x) - y)
 *     targetGrad = g w (v sp(-x) - sp(x))              for v = 1: -g w x
 *
 * @throws RangeError as `binaryCrossEntropyWithLogits` and for an `upstream` of a wrong length, TypeError for an `upstream`
 * array without `reduction: "none"`.
 *
 * @example
 * binaryCrossEntropyWithLogitsValueAndGrad([0, 0], [1, 0]).grad; // => [-0.25, 0.25]
 */
export function binaryCrossEntropyWithLogitsValueAndGrad<R extends Reduction | ByDefault, T extends boolean = false>(
  logits: FloatTensor,
  targets: FloatTensor,
  options: BinaryCrossEntropyWithLogitsOptions<R> & TargetGradientOptions<T> = {},
): ValueAndGrad<R, T> {
  return elementsValueAndGrad(elementsOf(logits, targets, options), options);
}

function elementsOf(logits: FloatTensor, targets: FloatTensor, options: BinaryCrossEntropyWithLogitsOptions): ElementLosses {
  const shape = elementShape(logits, targets, options);
  const weight = broadcast("weight", options.weight, shape);
  const posWeight = broadcast("posWeight", options.posWeight, shape);
  return elementLosses(logits, targets, options, (x, y, index) => elementOf(x, y, weight(index), posWeight(index)));
}

function elementOf(x: number, y: number, w: number, v: number): ElementLoss {
  return {
    loss: w * binaryCost(x, y, v),
    slope: w * ((1 - y) * sigmoid(x) - v * y * sigmoid(-x)),
    targetSlope: w * (v * softplus(-x) - softplus(x)),
  };
}
