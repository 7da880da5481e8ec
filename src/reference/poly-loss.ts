import { divisorsOf, keptRowsOf, type Row, settingsOf, weightedCost } from "./cross-entropy-rows.js";
import { type GradientOptions, rowScales, type ValueAndGrad } from "./gradient.js";
import { rowProbabilities, sumOfOthers } from "./probabilities.js";
import { type ByDefault, type LossValue, type Reduction, type RowLosses, reduceRows } from "./reduction.js";
import type { RowWeightOptions } from "./selected-rows.js";
import { pairRowsWithTargets } from "./targets.js";
import { type FloatTensor, type Rows, type Targets, writeRow } from "./tensor.js";

export interface PolyLossOptions<R extends string = Reduction> extends RowWeightOptions {
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  readonly reduction?: R | undefined;
  readonly ignoreIndex?: number | undefined;
  readonly emptyMean?: number | undefined;
  readonly rowStride?: number | undefined;
  /** Coefficient of the first polynomial term. Default 1. */
  readonly epsilon?: number | undefined;
}

/**
 * Poly-1 loss of logits with class indices or with probabilities q, in nats; with p = softmax(logits), and
 * q = [c = t] for class t:
 *
 *     row  = sum_c q_c (lse - x_c) + epsilon sum_c q_c (1 - p_c)
 *     mean = sum(row) / kept rows
 *
 * Rows, targets, ignored rows and special values are those of `crossEntropy`, which is the case epsilon = 0.
 *
 * Sources: optax.losses.poly_loss_cross_entropy (whose default epsilon is 2); Leng et al., "PolyLoss", 2022.
 *
 * @throws RangeError for a class or an axis out of range.
 *
 * @example
 * polyLoss([0, 0], 0); // => 1.1931471805599454
 */
export function polyLoss<R extends Reduction | ByDefault>(
  logits: FloatTensor,
  targets: Targets,
  options: PolyLossOptions<R> = {},
): LossValue<R> {
  const { rows, kept, read, weightOf, divisors } = keptRows(logits, targets, options);
  const losses = new Float64Array(rows.count);
  for (const { index, q } of kept) {
    losses[index] = weightOf(index) * polyOfRow(read(index), q, options);
  }
  return reduceRows({ losses, penalties: new Float64Array(rows.count), ...divisors }, options);
}

/**
 * `polyLoss` with its gradient with respect to the logits; g is the upstream gradient of the row (divided by the number
 * of kept rows in a mean):
 *
 *     grad_c = g ((p_c sum_k q_k - q_c) + epsilon p_c (sum_k q_k p_k - q_c))
 *
 * For class t this is g (1 + epsilon p_t) (p_c - [c = t]). Ignored rows and padding have a gradient of exactly 0.
 *
 * @throws RangeError for a class or an axis out of range and for an `upstream` of a wrong length, TypeError for an `upstream`
 * array without `reduction: "none"`.
 *
 * @example
 * polyLossValueAndGrad([0, 0], 0).grad; // => [-0.75, 0.75]
 */
export function polyLossValueAndGrad<R extends Reduction | ByDefault>(
  logits: FloatTensor,
  targets: Targets,
  options: PolyLossOptions<R> & GradientOptions = {},
): ValueAndGrad<R> {
  const { rows, kept, read, weightOf, divisors } = keptRows(logits, targets, options);
  const scales = rowScales(options, rows.count, divisors, weightOf);
  const grad = new Float64Array(rows.data.length);
  for (const { index, q } of kept) {
    writeRow(grad, rows, index, polyGradientOfRow(read(index), q, options, scales.loss(index)));
  }
  return { value: polyLoss(logits, targets, options), grad };
}

interface KeptRows {
  readonly rows: Rows;
  readonly kept: readonly { readonly index: number; readonly q: Float64Array }[];
  readonly divisors: Pick<RowLosses, "divisor" | "kept" | "keptWeight">;
  read(row: number): Row;
  weightOf(row: number): number;
}

function keptRows(logits: FloatTensor, targets: Targets, options: PolyLossOptions): KeptRows {
  const pairing = pairRowsWithTargets(logits, targets, options);
  const { rows, selected } = pairing;
  const kept = keptRowsOf(pairing, { ignoreIndex: options.ignoreIndex ?? -100 });
  return {
    rows,
    kept: kept.map(({ index, target, q }) => ({ index, q: q ?? oneHot(target, rows.classes) })),
    divisors: divisorsOf(kept, pairing, undefined),
    read: settingsOf(rows, {}).read,
    weightOf: selected.weightOf,
  };
}

function oneHot(target: number, classes: number): Float64Array {
  return new Float64Array(classes).fill(1, target, target + 1);
}

function polyOfRow(row: Row, q: Float64Array, { epsilon = 1 }: PolyLossOptions): number {
  const { complement } = rowProbabilities(row, row.x);
  return q.reduce((sum, qc, c) => sum + weightedCost(row, c, qc, undefined) + epsilon * qc * complement(c), 0);
}

/** Both differences leave out the class's own part, which would cancel, as in the gradient of the cross-entropy. */
function polyGradientOfRow(row: Row, q: Float64Array, { epsilon = 1 }: PolyLossOptions, scale: number): Float64Array {
  const { p, complement } = rowProbabilities(row, row.x);
  const otherQ = sumOfOthers(q);
  const otherHits = sumOfOthers(q.map((qc, c) => qc * p[c]));
  return p.map((pc, c) => {
    const wanting = q[c] * complement(c);
    return scale * (pc * otherQ(c) - wanting + epsilon * pc * (otherHits(c) - wanting));
  });
}
