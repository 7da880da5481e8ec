import { rowLogSumExp } from "./log-sum-exp.js";
import { rowProbabilities } from "./probabilities.js";
import { type FloatTensor, isOneVector, type NewFloat64Array, type Rows, readRow, rowsOf, writeRow } from "./tensor.js";

export interface SoftmaxOptions {
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
}

/**
 * softmax(x)_c = exp(x_c) / sum_k exp(x_k) along `axis`; the result has the layout of the logits.
 *
 * A row with NaN or +inf, or of -inf only, is NaN throughout, as in PyTorch. Source: Bridle, "Probabilistic interpretation of
 * feedforward classification network outputs", 1990; max subtracted as in Goodfellow et al., "Deep Learning", section 4.1.
 *
 * @throws RangeError for an axis out of range.
 *
 * @example
 * softmax([0, 0]); // => [0.5, 0.5]
 */
export function softmax(logits: FloatTensor, options: SoftmaxOptions = {}): NewFloat64Array {
  return mapRows(rowsOf(logits, options), (x) => rowProbabilities(rowLogSumExp(x), x).p);
}

/**
 * logSoftmax(x)_c = x_c - log sum_k exp(x_k) along `axis`; the result has the layout of the logits, in nats.
 *
 * Rows with NaN or +inf, or of -inf only, are NaN throughout, as in PyTorch.
 *
 * @throws RangeError for an axis out of range.
 *
 * @example
 * logSoftmax([0, 0]); // => [-0.6931471805599453, -0.6931471805599453]
 */
export function logSoftmax(logits: FloatTensor, options: SoftmaxOptions = {}): NewFloat64Array {
  return mapRows(rowsOf(logits, options), (x) => {
    const { max, logRest } = rowLogSumExp(x);
    return x.map((value) => value - max - logRest);
  });
}

/**
 * logSumExp(x) = log sum_k exp(x_k) along `axis`, in nats: a number for one vector, one value per row for a batch (rows in
 * row-major order of the other axes).
 *
 * All -inf, or no class at all, gives -inf; +inf gives +inf; NaN gives NaN.
 *
 * @throws RangeError for an axis out of range.
 *
 * @example
 * logSumExp([1000, 1000]); // => 1000.6931471805599
 */
export function logSumExp(logits: FloatTensor, options: SoftmaxOptions = {}): number | NewFloat64Array {
  const rows = rowsOf(logits, options);
  const values = Float64Array.from({ length: rows.count }, (_, row) => rowLogSumExp(readRow(rows, row)).lse);
  return isOneVector(logits, options.shape) ? values[0] : values;
}

/** Applies `transform` to every row and writes the results in the layout of the input. */
function mapRows(rows: Rows, transform: (x: Float64Array) => Float64Array): NewFloat64Array {
  const result = new Float64Array(rows.count * rows.classes);
  for (let row = 0; row < rows.count; row++) {
    writeRow(result, rows, row, transform(readRow(rows, row)));
  }
  return result;
}
