/** Exact percentiles: they are computed from all values, so they do not depend on how parts were merged. */

/** The percentages reported. */
export const PERCENTAGES = ["99.9", "99", "95", "90", "75", "25", "10", "5", "1", "0.1"] as const;

export type Percentiles = { readonly [percentage in (typeof PERCENTAGES)[number]]: number };

/** A sample: finite values in ascending order, followed by `infinite` times +inf. */
export interface Ordered {
  readonly values: readonly number[];
  readonly infinite: number;
}

/**
 * The quantile of a sample at `share` in [0, 1], interpolated linearly (numpy's default, also used by llama.cpp):
 * (1 - f) v_i + f v_(i+1) with a = share (n - 1), i = floor(a), f = a - i. NaN for an empty sample.
 */
export function quantile({ values, infinite }: Ordered, share: number): number {
  const last = values.length + infinite - 1;
  if (last < 0) return Number.NaN;
  const valueAt = (index: number): number => values[index] ?? Number.POSITIVE_INFINITY;
  const at = share * last;
  const low = Math.floor(at);
  const part = at - low;
  // avoids 0 x Infinity when the upper neighbour is infinite
  if (part === 0) return valueAt(low);
  return (1 - part) * valueAt(low) + part * valueAt(Math.min(low + 1, last));
}

export function percentilesOf(sample: Ordered): Percentiles {
  const entries = PERCENTAGES.map((percentage) => [percentage, quantile(sample, Number(percentage) / 100)]);
  return Object.fromEntries(entries) as Percentiles;
}
