/** Losses with one value per element and their two derivatives, and how they are reduced. */
import { checkLength } from "./checks.js";
import { type TargetGradientOptions, upstreamOf, type ValueAndGrad } from "./gradient.js";
import type { LossValue, Reduction } from "./reduction.js";
import { dataOf, type FloatTensor, shapeOf } from "./tensor.js";

/** "batchmean" divides the sum by the size of the first dimension. */
export type ElementReduction = Reduction | "batchmean";

export interface ElementwiseOptions<R extends string = Reduction> {
  readonly shape?: readonly number[] | undefined;
  readonly reduction?: R | undefined;
}

/** The loss of an element x with target y, d loss / d x, and d loss / d y if the loss has one. */
export interface ElementLoss {
  readonly loss: number;
  readonly slope: number;
  readonly targetSlope?: number | undefined;
}

/** One entry per element, in the order of the input. */
export interface ElementLosses {
  readonly shape: readonly number[];
  readonly losses: Float64Array;
  readonly slopes: Float64Array;
  readonly targetSlopes: Float64Array;
}

/** The shape of the elements: the `shape` option, else that of the input or of the targets, else one vector. */
export function elementShape(input: FloatTensor, targets: FloatTensor, { shape }: ElementwiseOptions<string>): readonly number[] {
  return shape ?? shapeOf(input) ?? shapeOf(targets) ?? [dataOf(input).length];
}

/** Applies `formula` per element. Input and targets have the same shape; only weights broadcast. */
export function elementLosses(
  input: FloatTensor,
  targets: FloatTensor,
  options: ElementwiseOptions<string>,
  formula: (x: number, y: number, index: number) => ElementLoss,
): ElementLosses {
  const x = dataOf(input);
  const y = dataOf(targets);
  checkLength("targets", y.length, x.length);
  const losses = new Float64Array(x.length);
  const slopes = new Float64Array(x.length);
  const targetSlopes = new Float64Array(x.length);
  for (let index = 0; index < x.length; index++) {
    const { loss, slope, targetSlope = Number.NaN } = formula(x[index], y[index], index);
    losses[index] = loss;
    slopes[index] = slope;
    targetSlopes[index] = targetSlope;
  }
  return { shape: elementShape(input, targets, options), losses, slopes, targetSlopes };
}

/**
 *     none:      the losses
 *     sum:       their sum
 *     mean:      sum / number of elements (NaN without elements, as in PyTorch)
 *     batchmean: sum / size of the first dimension
 */
export function reduceElements<R extends ElementReduction>(
  elements: ElementLosses,
  options: ElementwiseOptions<R>,
): LossValue<R> {
  const { losses } = elements;
  const sum = (): number => losses.reduce((total, loss) => total + loss, 0);
  return (options.reduction === "none" ? losses : sum() / divisorOf(elements, options)) as LossValue<R>;
}

export function elementsValueAndGrad<R extends ElementReduction, T extends boolean>(
  elements: ElementLosses,
  options: ElementwiseOptions<R> & TargetGradientOptions<T>,
): ValueAndGrad<R, T> {
  const upstream = upstreamOf(options, elements.losses.length);
  const divisor = divisorOf(elements, options);
  const scaled = (slopes: Float64Array): Float64Array => slopes.map((slope, index) => (upstream(index) / divisor) * slope);
  const result = { value: reduceElements(elements, options), grad: scaled(elements.slopes) };
  return (options.targetGrad ? { ...result, targetGrad: scaled(elements.targetSlopes) } : result) as ValueAndGrad<R, T>;
}

function divisorOf({ losses, shape }: ElementLosses, { reduction = "mean" }: ElementwiseOptions<string>): number {
  if (reduction === "mean") return losses.length;
  return reduction === "batchmean" ? (shape[0] ?? 1) : 1;
}
