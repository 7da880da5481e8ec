import { type CrossEntropyOptions, crossEntropy } from "./cross-entropy.js";
import { crossEntropyValueAndGrad } from "./cross-entropy-gradient.js";
import type { GradientOptions } from "./gradient.js";
import { type LinearLayerOptions, type LinearWeightTensor, linearLayer } from "./linear-layer.js";
import type { ByDefault, LossValue, Reduction } from "./reduction.js";
import { type ScoreTokensOptions, scoreTokens, type TokenScores } from "./score-tokens.js";
import type { FloatTensor, IndexTargets, NewFloat64Array, Targets } from "./tensor.js";

export interface LinearCrossEntropyOptions<R extends string = Reduction>
  extends Omit<CrossEntropyOptions<R>, "axis" | "rowStride" | "shape">,
    LinearLayerOptions {}

export type LinearGradientOptions<R extends string = Reduction> = LinearCrossEntropyOptions<R> & GradientOptions;

/** Gradients in the layouts of hidden and of a weight of floats, and one number per class. */
export interface LinearValueAndGrad<R extends string> {
  readonly value: LossValue<R>;
  readonly grad: {
    readonly hidden: NewFloat64Array;
    readonly linearWeight: NewFloat64Array;
    readonly bias: NewFloat64Array;
  };
}

export interface ScoreHiddenOptions extends Omit<ScoreTokensOptions, "axis" | "rowStride" | "shape">, LinearLayerOptions {}

/**
 * `crossEntropy` of the logits hidden W^T + bias: `hidden` has rows of D elements, the weight W one row of D elements per class.
 *
 * Source: PyTorch 2.13, torch.nn.functional.linear_cross_entropy.
 *
 * @throws RangeError as `crossEntropy`, and for a bias that is not one number per class.
 *
 * @example
 * linearCrossEntropy([1, 2], [2, 0, 0, 1], 0); // => 0.6931471805599453
 */
export function linearCrossEntropy<R extends Reduction | ByDefault>(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  options: LinearCrossEntropyOptions<R> = {},
): LossValue<R> {
  const { bias: _bias, shape: _shape, ...others } = options;
  const { logits } = linearLayer(hidden, linearWeight, targets, options);
  return crossEntropy(logits, targets, others);
}

/**
 * `linearCrossEntropy` with its gradients. With G the gradient with respect to the logits:
 *
 *     hidden       = G W
 *     linearWeight = G^T hidden
 *     bias         = sum of the rows of G
 *
 * A row that does not count is not read: it adds nothing, and its own gradient is 0.
 *
 * Source: PyTorch 2.13, the gradients of torch.nn.functional.linear_cross_entropy.
 *
 * @throws RangeError and TypeError as `crossEntropyValueAndGrad`, RangeError as `linearCrossEntropy`.
 *
 * @example
 * linearCrossEntropyValueAndGrad([1, 2], [2, 0, 0, 1], 0).grad.hidden; // => [-1, 0.5]
 */
export function linearCrossEntropyValueAndGrad<R extends Reduction | ByDefault>(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  options: LinearGradientOptions<R> = {},
): LinearValueAndGrad<R> {
  const { bias: _bias, shape: _shape, ...others } = options;
  const layer = linearLayer(hidden, linearWeight, targets, options);
  const { rows, classes, width } = layer;
  const { value, grad: ofLogits } = crossEntropyValueAndGrad(layer.logits, targets, others);
  const grad = {
    hidden: new Float64Array(rows * width),
    linearWeight: new Float64Array(classes * width),
    bias: new Float64Array(classes),
  };
  for (let r = 0; r < rows; r++) {
    const row = ofLogits.subarray(r * classes, (r + 1) * classes);
    if (row.every((g) => g === 0)) continue;
    for (let c = 0; c < classes; c++) {
      const g = row[c];
      grad.bias[c] = grad.bias[c] + g;
      for (let d = 0; d < width; d++) {
        const [h, w] = [r * width + d, c * width + d];
        grad.hidden[h] = grad.hidden[h] + g * layer.weight[w];
        grad.linearWeight[w] = grad.linearWeight[w] + g * layer.hidden[h];
      }
    }
  }
  return { value: value as LossValue<R>, grad };
}

/**
 * `scoreTokens` of the logits hidden W^T + bias.
 *
 * @throws RangeError as `scoreTokens` and `linearCrossEntropy`.
 *
 * @example
 * scoreHidden([1, 2], [2, 0, 0, 1], 1).ranks; // => [2]
 */
export function scoreHidden(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: IndexTargets,
  options: ScoreHiddenOptions = {},
): TokenScores {
  const { bias: _bias, shape: _shape, ...others } = options;
  return scoreTokens(linearLayer(hidden, linearWeight, targets, options).logits, targets, others);
}
