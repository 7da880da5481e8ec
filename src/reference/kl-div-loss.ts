import {
  type ElementLoss,
  type ElementLosses,
  type ElementReduction,
  type ElementwiseOptions,
  elementLosses,
  elementsValueAndGrad,
  reduceElements,
} from "./elementwise.js";
import type { TargetGradientOptions, ValueAndGrad } from "./gradient.js";
import type { ByDefault, LossValue } from "./reduction.js";
import type { FloatTensor } from "./tensor.js";

export interface KlDivLossOptions<R extends string = ElementReduction> extends ElementwiseOptions<R> {
  /** Whether the targets are log-probabilities. Default false: probabilities. */
  readonly logTarget?: boolean | undefined;
}

/**
 * Kullback-Leibler divergence of predicted log-probabilities x from targets, per element, in nats:
 *
 *     targets t:                    element = t (log t - x)
 *     logTarget, targets log t:     element = t (log t - x), t = exp(log t)
 *
 * A target probability of 0 costs 0, whatever the log-probability (0 log 0 = 0); PyTorch gives NaN for 0 with a log-probability
 * of -inf, and for a log-target of -inf. `logProbs` and `targets` have the same shape. "mean" divides by the number of elements,
 * "batchmean" by the size of the first dimension (the mean divergence of a batch of rows); "none" returns one value per element.
 * Source: PyTorch, torch.nn.functional.kl_div.
 *
 * @throws RangeError for targets of another length.
 *
 * @example
 * klDivLoss([Math.log(0.5), Math.log(0.5)], [1, 0], { reduction: "sum" }); // => 0.6931471805599453
 */
export function klDivLoss<R extends ElementReduction | ByDefault>(
  logProbs: FloatTensor,
  targets: FloatTensor,
  options: KlDivLossOptions<R> = {},
): LossValue<R> {
  return reduceElements(elementsOf(logProbs, targets, options), options);
}

/**
 * `klDivLoss` with its gradients; g is the upstream gradient of the element (divided by the divisor in a mean or batchmean):
 *
 *     grad       = -g t
 *     targetGrad = g (log t + 1 - x), or with logTarget g t (log t + 1 - x)
 *
 * The derivative at a target probability of 0 is the limit from the right, -g inf; PyTorch gives NaN.
 *
 * @throws RangeError as `klDivLoss` and for an `upstream` of a wrong length, TypeError for an `upstream` array without
 * `reduction: "none"`.
 *
 * @example
 * klDivLossValueAndGrad([-1, -2], [0.25, 0.75]).grad; // => [-0.125, -0.375]
 */
export function klDivLossValueAndGrad<R extends ElementReduction | ByDefault, T extends boolean = false>(
  logProbs: FloatTensor,
  targets: FloatTensor,
  options: KlDivLossOptions<R> & TargetGradientOptions<T> = {},
): ValueAndGrad<R, T> {
  return elementsValueAndGrad(elementsOf(logProbs, targets, options), options);
}

function elementsOf(logProbs: FloatTensor, targets: FloatTensor, options: KlDivLossOptions): ElementLosses {
  const formula = options.logTarget ? withLogTarget : withTarget;
  return elementLosses(logProbs, targets, options, formula);
}

function withTarget(x: number, t: number): ElementLoss {
  const logT = Math.log(t);
  return { loss: share(t, x, logT - x), slope: -t, targetSlope: logT + 1 - x };
}

function withLogTarget(x: number, logT: number): ElementLoss {
  const t = Math.exp(logT);
  return { loss: share(t, x, logT - x), slope: -t, targetSlope: share(t, x, logT + 1 - x) };
}

/** t times a term; 0 for t = 0, unless the log-probability is NaN. */
function share(t: number, x: number, term: number): number {
  return t === 0 && !Number.isNaN(x) ? 0 : t * term;
}
