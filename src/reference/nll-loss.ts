import { type LossValue, type Reduction, reduceRows } from "./reduction.js";
import { classOf, pairRowsWithIndices } from "./targets.js";
import { dataOf, type FloatTensor, type IndexTargets } from "./tensor.js";

export interface NllLossOptions<R extends string = Reduction> {
  readonly shape?: readonly number[];
  readonly axis?: number;
  readonly reduction?: R;
  readonly ignoreIndex?: number;
  readonly weight?: FloatTensor;
  readonly emptyMean?: number;
  readonly rowStride?: number;
}

/**
 * Negative log-likelihood of class indices, in nats:
 *
 *     row  = -w_t logProbs_t            (0 for an ignored row, which is not read)
 *     mean = sum(row) / sum of the kept rows' w_t
 *
 * `logProbs` holds rows along `axis`, `targets` one class per row. A weight of 0 on a log-probability of -inf is NaN, as in
 * PyTorch. Source: PyTorch, torch.nn.functional.nll_loss.
 *
 * @throws RangeError for a class out of range.
 *
 * @example
 * nllLoss([-0.5, -1, -2, -0.25], [0, 1]); // => 0.375
 */
export function nllLoss<R extends Reduction = "mean">(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options: NllLossOptions<R> = {},
): LossValue<R> {
  const { rows, indices } = pairRowsWithIndices(logProbs, targets, options);
  const { ignoreIndex = -100 } = options;
  const weight = options.weight && dataOf(options.weight);

  const losses = new Float64Array(rows.count);
  let divisor = 0;
  let kept = 0;
  for (let row = 0; row < rows.count; row++) {
    const target = classOf(indices, row, rows.classes, ignoreIndex);
    if (target === ignoreIndex) continue;
    const weightOfTarget = weight ? (weight[target] as number) : 1;
    // 0 - w x and not -w x: a certain row costs 0, never -0.
    losses[row] = 0 - weightOfTarget * (rows.data[rows.start(row) + target * rows.step] as number);
    divisor += weightOfTarget;
    kept++;
  }
  return reduceRows({ losses, penalties: new Float64Array(rows.count), divisor, kept }, options);
}
