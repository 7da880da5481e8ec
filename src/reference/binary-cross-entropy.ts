import { broadcast } from "./broadcast.js";
import {
  type ElementLoss,
  type ElementLosses,
  type ElementwiseOptions,
  elementLosses,
  elementShape,
  elementsValueAndGrad,
  reduceElements,
} from "./elementwise.js";
import type { TargetGradientOptions, ValueAndGrad } from "./gradient.js";
import type { ByDefault, LossValue, Reduction } from "./reduction.js";
import type { FloatTensor } from "./tensor.js";

export interface BinaryCrossEntropyOptions<R extends string = Reduction> extends ElementwiseOptions<R> {
  /**
   * Factor of each element's loss: a tensor object that broadcasts, or a flat array as long as the data,
   * its last dimension, or 1.
   */
  readonly weight?: FloatTensor | undefined;
}

/** PyTorch's lower bounds of a logarithm and of the gradient's divisor. */
const LEAST_LOG = -100;
const LEAST_VARIANCE = 1e-12;

/**
 * Binary cross-entropy of probabilities p with targets y, in nats; with log* x = max(log x, -100):
 *
 *     element = -w (y log* p + (1 - y) log*(1 - p))
 *
 * `probs` and `targets` have the same shape. "mean" divides by the number of elements, whatever the weights; "none" returns one
 * value per element. Source: PyTorch, torch.nn.functional.binary_cross_entropy.
 *
 * @throws RangeError for a probability or target outside [0, 1], targets of another length and a weight that does not broadcast.
 *
 * @example
 * binaryCrossEntropy([0.25, 0.5], [0, 1], { reduction: "none" }); // => [0.2876820724517809, 0.6931471805599453]
 */
export function binaryCrossEntropy<R extends Reduction | ByDefault>(
  probs: FloatTensor,
  targets: FloatTensor,
  options: BinaryCrossEntropyOptions<R> = {},
): LossValue<R> {
  return reduceElements(elementsOf(probs, targets, options), options);
}

/**
 * `binaryCrossEntropy` with its gradients; g is the upstream gradient of the element (divided by the
 * number of elements in a mean):
 *
 *     grad       = g w (p - y) / max(p (1 - p), 1e-12)
 *     targetGrad = g w (log(1 - p) - log p)            without the clamp, as in PyTorch
 *
 * @throws RangeError as `binaryCrossEntropy` and for an `upstream` of a wrong length, TypeError for an `upstream` array
 * without `reduction: "none"`.
 *
 * @example
 * binaryCrossEntropyValueAndGrad([0.25, 0.5], [0, 1], { reduction: "sum" }).grad; // => [1.3333333333333333, -2]
 */
export function binaryCrossEntropyValueAndGrad<R extends Reduction | ByDefault, T extends boolean = false>(
  probs: FloatTensor,
  targets: FloatTensor,
  options: BinaryCrossEntropyOptions<R> & TargetGradientOptions<T> = {},
): ValueAndGrad<R, T> {
  return elementsValueAndGrad(elementsOf(probs, targets, options), options);
}

function elementsOf(probs: FloatTensor, targets: FloatTensor, options: BinaryCrossEntropyOptions): ElementLosses {
  const weight = broadcast("weight", options.weight, elementShape(probs, targets, options));
  return elementLosses(probs, targets, options, (p, y, index) => {
    checkProbability("probs", p, index);
    checkProbability("targets", y, index);
    return elementOf(p, y, weight(index));
  });
}

function checkProbability(name: string, value: number, index: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name}[${index}]: expected a probability in [0, 1], got ${value}`);
}

function elementOf(p: number, y: number, w: number): ElementLoss {
  const logP = Math.log(p);
  const logNotP = Math.log1p(-p);
  return {
    // 0 - w x, not -w x: a certain element costs 0, never -0.
    loss: 0 - w * (y * Math.max(logP, LEAST_LOG) + (1 - y) * Math.max(logNotP, LEAST_LOG)),
    slope: (w * (p - y)) / Math.max(p * (1 - p), LEAST_VARIANCE),
    targetSlope: w * (logNotP - logP),
  };
}
