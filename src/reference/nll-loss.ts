import { type GradientOptions, rowScales, type ValueAndGrad } from "./gradient.js";
import { type ByDefault, divisorsOfRows, type LossValue, type Reduction, type RowLosses, reduceRows } from "./reduction.js";
import type { RowWeightOptions, SelectedRows } from "./selected-rows.js";
import { classOf, pairRowsWithIndices } from "./targets.js";
import { dataOf, type FloatTensor, type IndexTargets, type Rows } from "./tensor.js";

export interface NllLossOptions<R extends string = Reduction> extends RowWeightOptions {
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  readonly reduction?: R | undefined;
  readonly ignoreIndex?: number | undefined;
  readonly weight?: FloatTensor | undefined;
  readonly emptyMean?: number | undefined;
  readonly rowStride?: number | undefined;
}

/** One kept row: its index, the position of its target's log-probability in the data, and its weight. */
interface KeptRow {
  readonly row: number;
  readonly at: number;
  readonly weight: number;
}

interface KeptRows {
  readonly rows: Rows;
  readonly selected: SelectedRows;
  readonly divisors: Pick<RowLosses, "divisor" | "kept" | "keptWeight">;
  readonly list: readonly KeptRow[];
}

/**
 * Negative log-likelihood of class indices, in nats:
 *
 *     row  = -w_t logProbs_t            (0 for an ignored row, which is not read)
 *     mean = sum(row) / sum of the kept rows' w_t
 *
 * `logProbs` holds rows along `axis`, `targets` one class per row. A weight of 0 on a log-probability of -inf gives NaN, as in
 * PyTorch. Source: PyTorch, torch.nn.functional.nll_loss.
 *
 * @throws RangeError for a class or an axis out of range.
 *
 * @example
 * nllLoss([-0.5, -1, -2, -0.25], [0, 1]); // => 0.375
 */
export function nllLoss<R extends Reduction | ByDefault>(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options: NllLossOptions<R> = {},
): LossValue<R> {
  const { rows, selected, list, divisors } = keptRows(logProbs, targets, options);
  const losses = new Float64Array(rows.count);
  for (const { row, at, weight } of list) {
    // 0 - w x, not -w x: a certain row costs 0, never -0.
    losses[row] = 0 - selected.weightOf(row) * weight * rows.data[at];
  }
  return reduceRows({ losses, penalties: new Float64Array(rows.count), ...divisors }, options);
}

/**
 * `nllLoss` with its gradient with respect to the log-probabilities, in their layout: -g w_t at a kept row's target and 0
 * everywhere else, where g is the upstream gradient of the row's loss (divided by the divisor in a mean).
 *
 * @throws RangeError for a class or an axis out of range and for an `upstream` of a wrong length, TypeError for an `upstream`
 * array without `reduction: "none"`.
 *
 * @example
 * nllLossValueAndGrad([-0.5, -1, -2, -0.25], [0, 1]).grad; // => [-0.5, 0, 0, -0.5]
 */
export function nllLossValueAndGrad<R extends Reduction | ByDefault>(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options: NllLossOptions<R> & GradientOptions = {},
): ValueAndGrad<R> {
  const { rows, selected, list, divisors } = keptRows(logProbs, targets, options);
  const scales = rowScales(options, rows.count, divisors, selected.weightOf);
  const grad = new Float64Array(rows.data.length);
  for (const { row, at, weight } of list) {
    grad[at] = -weight * scales.loss(row);
  }
  return { value: nllLoss(logProbs, targets, options), grad };
}

function keptRows(logProbs: FloatTensor, targets: IndexTargets, options: NllLossOptions): KeptRows {
  const { rows, indices, selected } = pairRowsWithIndices(logProbs, targets, options);
  const { ignoreIndex = -100 } = options;
  const weights = options.weight && dataOf(options.weight);
  const list: KeptRow[] = [];
  for (let row = 0; row < rows.count; row++) {
    const target = classOf(indices, row, rows.classes, ignoreIndex);
    if (target === ignoreIndex) continue;
    const weight = weights ? weights[target] : 1;
    list.push({ row, at: rows.start(row) + target * rows.step, weight });
  }
  const weightOf = new Map(list.map(({ row, weight }) => [row, weight]));
  const divisors = divisorsOfRows(
    list.map(({ row }) => row),
    selected.weightOf,
    (row) => weightOf.get(row) as number,
  );
  return { rows, selected, list, divisors };
}
