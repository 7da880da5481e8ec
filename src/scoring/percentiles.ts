/** Percentiles of numbers that are kept one by one, so that they are exact however the numbers came together. */

/** The percentages that are told. */
export const PERCENTAGES = ["99.9", "99", "95", "90", "75", "25", "10", "5", "1", "0.1"] as const;

export type Percentiles = { readonly [percentage in (typeof PERCENTAGES)[number]]: number };

/** A sample: finite numbers ascending, then as many +inf. */
export interface Ordered {
  readonly values: readonly number[];
  readonly infinite: number;
}

/**
 * The value that a share of the sample lies below, linear between its neighbours (numpy's default, and llama.cpp's): with
 * a = share (n - 1), (1 - f) v_i + f v_(i+1), i = floor(a), f = a - i. NaN of an empty sample.
 */
export function quantile({ values, infinite }: Ordered, share: number): number {
  const last = values.length + infinite - 1;
  if (last < 0) return Number.NaN;
  const valueAt = (index: number): number => values[index] ?? Number.POSITIVE_INFINITY;
  const at = share * last;
  const low = Math.floor(at);
  const part = at - low;
  // not 0 times an infinite neighbour
  if (part === 0) return valueAt(low);
  return (1 - part) * valueAt(low) + part * valueAt(Math.min(low + 1, last));
}

export function percentilesOf(sample: Ordered): Percentiles {
  const entries = PERCENTAGES.map((percentage) => [percentage, quantile(sample, Number(percentage) / 100)]);
  return Object.fromEntries(entries) as Percentiles;
}
