/** Means, their standard errors and quantiles, by the textbook formulas in two passes. */

/** Mean of values; NaN (0 / 0) for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Population covariance: mean((a - mean a) (b - mean b)). */
export function covariance(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return mean(a.map((value, index) => (value - meanA) * (b[index] - meanB)));
}

/** Standard error of the mean: sqrt(var / (n - 1)) with the population variance. */
export function meanError(values: readonly number[]): number {
  return Math.sqrt(covariance(values, values) / (values.length - 1));
}

/**
 * Standard error of the ratio sum of values / sum of sizes, whose terms are independent between documents only:
 *
 *     sqrt(D / (D - 1) sum_d (L_d - n_d ratio)^2) / sum_d n_d
 *
 * Terms of size 0 belong to no document. NaN for one document. Source: Miller, "Adding Error Bars to Evals", 2024 (arXiv:2411.00640).
 */
export function clusteredError(values: readonly number[], sizes: readonly number[], owners: readonly number[]): number {
  const terms = values
    .map((value, index) => ({ value, size: sizes[index], owner: owners[index] }))
    .filter(({ size }) => size > 0);
  const add = (list: typeof terms) => ({
    value: list.reduce((sum, term) => sum + term.value, 0),
    size: list.reduce((sum, term) => sum + term.size, 0),
  });
  const whole = add(terms);
  const documents = [...new Set(terms.map(({ owner }) => owner))].map((owner) =>
    add(terms.filter((term) => term.owner === owner)),
  );
  // rounding would make it infinite
  if (documents.length < 2) return Number.NaN;
  const squares = documents.reduce((sum, { value, size }) => sum + (value - (size * whole.value) / whole.size) ** 2, 0);
  return Math.sqrt((squares * documents.length) / (documents.length - 1)) / whole.size;
}

/** Standard error of a share of `count` values. */
export function shareError(share: number, count: number): number {
  return Math.sqrt((share * (1 - share)) / (count - 1));
}

/** Quantile of the values at `share` in [0, 1], linear between neighbours; NaN for no values, and if any value is NaN. */
export function quantile(values: readonly number[], share: number): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low === high ? low : low + (high - low) * (at % 1);
}
