import { checkLength, checkRange } from "./checks.js";
import { type GradientOptions, rowScales, type ValueAndGrad } from "./gradient.js";
import { type ByDefault, divisorsOfRows, type LossValue, type Reduction, type RowLosses, reduceRows } from "./reduction.js";
import { type RowWeightOptions, selectedRows } from "./selected-rows.js";
import { dataOf, type FloatTensor, type Rows, readRow, rowsAlong, shapeOf, writeRow } from "./tensor.js";

export interface JsDivLossOptions<R extends string = Reduction> extends RowWeightOptions {
  readonly shape?: readonly number[] | undefined;
  /** Axis of the classes, default -1. */
  readonly axis?: number | undefined;
  readonly reduction?: R | undefined;
  /** Weight of the targets in the mixture, in [0, 1]. Default 0.5. */
  readonly beta?: number | undefined;
}

/**
 * Generalised Jensen-Shannon divergence of rows of predicted log-probabilities x = log q and of log-targets y = log p, in nats:
 *
 *     row  = beta KL(p || m) + (1 - beta) KL(q || m),   m = beta p + (1 - beta) q
 *          = sum_c beta p_c (y_c - log m_c) + (1 - beta) q_c (x_c - log m_c)
 *     beta = 0: KL(p || q);  beta = 1: KL(q || p)       as in Liger; the sum above would be 0
 *
 * "none" returns one divergence per row, "sum" adds them, and "mean" divides by the number of rows, as Liger does (with sample weights by their sum). A flat array
 * without `shape` is one row. A probability of 0 (a log of -inf) costs 0, whatever the other one is; Liger has NaN there.
 *
 * Sources: Liger-Kernel, ops/jsd.py; Lin, "Divergence Measures Based on the Shannon Entropy", 1991.
 *
 * @throws RangeError for beta outside [0, 1], an axis out of range and targets of another length.
 *
 * @example
 * jsDivLoss([0, -Infinity], [-Infinity, 0]); // => 0.6931471805599453
 */
export function jsDivLoss<R extends Reduction | ByDefault>(
  logProbs: FloatTensor,
  logTargets: FloatTensor,
  options: JsDivLossOptions<R> = {},
): LossValue<R> {
  const { rows, losses, divisors } = divergences(logProbs, logTargets, options);
  return reduceRows({ losses, penalties: new Float64Array(rows.count), ...divisors }, options);
}

/**
 * `jsDivLoss` with its gradient with respect to the predicted log-probabilities; g is the upstream gradient of the row (divided
 * by the number of rows in a mean):
 *
 *     grad = g (1 - beta) q (x - log m)
 *     beta = 0: -g p;  beta = 1: g q (x - y + 1)
 *
 * @throws RangeError as `jsDivLoss` and for an `upstream` of a wrong length, TypeError for an `upstream` array without
 * `reduction: "none"`.
 *
 * @example
 * jsDivLossValueAndGrad([0, -Infinity], [-Infinity, 0]).grad; // => [0.34657359027997264, 0]
 */
export function jsDivLossValueAndGrad<R extends Reduction | ByDefault>(
  logProbs: FloatTensor,
  logTargets: FloatTensor,
  options: JsDivLossOptions<R> & GradientOptions = {},
): ValueAndGrad<R> {
  const { rows, slopes, divisors, weightOf } = divergences(logProbs, logTargets, options);
  const scales = rowScales(options, rows.count, divisors, weightOf);
  const grad = new Float64Array(rows.data.length);
  for (const [row, slopesOfRow] of slopes.entries()) {
    const scale = scales.loss(row);
    writeRow(
      grad,
      rows,
      row,
      slopesOfRow.map((slope) => scale * slope),
    );
  }
  return { value: jsDivLoss(logProbs, logTargets, options), grad };
}

interface Divergences {
  readonly rows: Rows;
  readonly losses: Float64Array;
  /** d loss of the row / d x_c, an array for each row that counts. */
  readonly slopes: ReadonlyMap<number, Float64Array>;
  readonly divisors: Pick<RowLosses, "divisor" | "kept" | "keptWeight">;
  weightOf(row: number): number;
}

function divergences(logProbs: FloatTensor, logTargets: FloatTensor, options: JsDivLossOptions): Divergences {
  const { beta = 0.5, axis = -1 } = options;
  checkRange("beta", beta, 0, 1);
  const data = dataOf(logProbs);
  const targetData = dataOf(logTargets);
  checkLength("logTargets", targetData.length, data.length);
  const shape = options.shape ?? shapeOf(logProbs) ?? shapeOf(logTargets) ?? [data.length];
  const rows = rowsAlong(data, shape, axis);
  const targetRows = rowsAlong(targetData, shape, axis);

  const losses = new Float64Array(rows.count);
  const { targetOf, weightOf } = selectedRows(rows.count, shape, axis, options);
  const slopes = new Map<number, Float64Array>();
  for (let row = 0; row < rows.count; row++) {
    const target = targetOf(row);
    if (target === undefined) continue;
    const y = readRow(targetRows, target);
    const terms = Array.from(readRow(rows, row), (x, c) => termOf(x, y[c], beta));
    losses[row] = weightOf(row) * terms.reduce((sum, { loss }) => sum + loss, 0);
    slopes.set(
      row,
      Float64Array.from(terms, ({ slope }) => slope),
    );
  }
  return { rows, losses, slopes, divisors: divisorsOfRows([...slopes.keys()], weightOf), weightOf };
}

/** The term of one class in the divergence, and its derivative with respect to x = log q. */
function termOf(x: number, y: number, beta: number): { readonly loss: number; readonly slope: number } {
  const q = Math.exp(x);
  const p = Math.exp(y);
  if (beta === 0) return { loss: share(p, x, y - x), slope: -p };
  if (beta === 1) return { loss: share(q, y, x - y), slope: share(q, y, x - y + 1) };
  const ofQ = share(q, y, -logMixture(beta, y - x));
  const ofP = share(p, x, -logMixture(1 - beta, x - y));
  return { loss: beta * ofP + (1 - beta) * ofQ, slope: (1 - beta) * ofQ };
}

/** A probability times a term; 0 for a probability of 0, unless the other log-probability is NaN. */
function share(probability: number, other: number, term: number): number {
  return probability === 0 && !Number.isNaN(other) ? 0 : probability * term;
}

/**
 * log(1 - b + b e^d), which is log m - x for d = y - x and b = beta. expm1 keeps the difference of two nearly equal
 * distributions, and a negative argument cannot overflow.
 */
function logMixture(b: number, d: number): number {
  return d <= 0 ? Math.log1p(b * Math.expm1(d)) : d + Math.log1p((1 - b) * Math.expm1(-d));
}
