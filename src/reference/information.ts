import { type FloatTensor, isOneVector, type NewFloat64Array, readRow, rowsOf } from "./tensor.js";

export interface InformationOptions {
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  /** Unit of the result: `"e"` or `Math.E` nats (default), 2 bits, 10 hartleys. */
  readonly base?: "e" | 2 | 10 | number | undefined;
}

/** A number for one vector (a flat array without a shape); one value per row for a batch, even of one row. */
export type InformationValue = number | NewFloat64Array;

/**
 * Entropy H(p) = -sum_c p_c log p_c along `axis`, with 0 log 0 = 0; nats unless `base` says otherwise.
 *
 * Source: Shannon, "A Mathematical Theory of Communication", 1948, section 6.
 *
 * @throws RangeError for an axis out of range.
 *
 * @example
 * entropy([0.5, 0.25, 0.25], { base: 2 }); // => 1.5
 */
export function entropy(p: FloatTensor, options: InformationOptions = {}): InformationValue {
  return measure(p, options, (pOfRow) => -sumOver(pOfRow, (pc) => xLogY(pc, pc)));
}

/**
 * Cross-entropy of two distributions, H(p, q) = -sum_c p_c log q_c along `axis`, with 0 log 0 = 0: the mean code
 * length of events drawn from p in a code made for q. Infinity where p_c > 0 and q_c = 0. p and q have the same shape.
 *
 * Source: Cover and Thomas, "Elements of Information Theory", 2nd edition, section 5.4.
 *
 * @throws RangeError for an axis out of range.
 *
 * @example
 * crossEntropyBetween([0.5, 0.5], [0.25, 0.75], { base: 2 }); // => 1.207518749639422
 */
export function crossEntropyBetween(p: FloatTensor, q: FloatTensor, options: InformationOptions = {}): InformationValue {
  const rowsOfQ = rowsOf(q, options);
  return measure(p, options, (pOfRow, row) => {
    const qOfRow = readRow(rowsOfQ, row);
    return -sumOver(pOfRow, (pc, c) => xLogY(pc, qOfRow[c]));
  });
}

/**
 * Kullback-Leibler divergence KL(p || q) = sum_c p_c log(p_c / q_c) along `axis`, with 0 log 0 = 0. Infinity where p_c > 0 and
 * q_c = 0. p and q have the same shape.
 *
 * Source: Kullback and Leibler, "On Information and Sufficiency", 1951.
 *
 * @throws RangeError for an axis out of range.
 *
 * @example
 * klDivergence([1, 0], [0.25, 0.75], { base: 2 }); // => 2
 */
export function klDivergence(p: FloatTensor, q: FloatTensor, options: InformationOptions = {}): InformationValue {
  const rowsOfQ = rowsOf(q, options);
  return measure(p, options, (pOfRow, row) => relativeEntropy(pOfRow, readRow(rowsOfQ, row)));
}

/**
 * Jensen-Shannon divergence JS(p, q) = (KL(p || m) + KL(q || m)) / 2 along `axis`, m = (p + q) / 2. It is symmetric, finite and
 * at most log 2. p and q have the same shape.
 *
 * Source: Lin, "Divergence Measures Based on the Shannon Entropy", 1991.
 *
 * @throws RangeError for an axis out of range.
 *
 * @example
 * jsDivergence([1, 0], [0, 1], { base: 2 }); // => 1
 */
export function jsDivergence(p: FloatTensor, q: FloatTensor, options: InformationOptions = {}): InformationValue {
  const rowsOfQ = rowsOf(q, options);
  return measure(p, options, (pOfRow, row) => {
    const qOfRow = readRow(rowsOfQ, row);
    const midpoint = pOfRow.map((pc, c) => (pc + qOfRow[c]) / 2);
    return (relativeEntropy(pOfRow, midpoint) + relativeEntropy(qOfRow, midpoint)) / 2;
  });
}

/** sum_c p_c (log p_c - log q_c): with two logarithms, because the quotient p_c / q_c could overflow. */
function relativeEntropy(p: Float64Array, q: Float64Array): number {
  return sumOver(p, (pc, c) => xLogY(pc, pc) - xLogY(pc, q[c]));
}

/** x log y with 0 log 0 = 0; NaN stays NaN. */
function xLogY(x: number, y: number): number {
  return x === 0 && !Number.isNaN(y) ? 0 : x * Math.log(y);
}

function sumOver(p: Float64Array, term: (pc: number, c: number) => number): number {
  return p.reduce((sum, pc, c) => sum + term(pc, c), 0);
}

/** Applies `nats` to every row of p and converts the unit. */
function measure(
  p: FloatTensor,
  options: InformationOptions,
  nats: (pOfRow: Float64Array, row: number) => number,
): InformationValue {
  const { base = "e" } = options;
  const rows = rowsOf(p, options);
  const natsPerUnit = base === "e" ? 1 : Math.log(base);
  // + 0 turns the -0 of a negated empty sum into 0.
  const values = Float64Array.from({ length: rows.count }, (_, row) => nats(readRow(rows, row), row) / natsPerUnit + 0);
  return isOneVector(p, options.shape) ? values[0] : values;
}
