import type { Spread } from "./types.js";

/**
 * The value below which a share `p` of the sample lies, interpolated between neighbours.
 * @param sorted ascending, not empty
 * @param p 0 to 1
 */
function quantile(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/**
 * Median and quartiles: one round that the machine spoilt moves neither.
 * @param sample not empty
 */
export function spread(sample: readonly number[]): Spread {
  const sorted = [...sample].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75) };
}

/**
 * The times of one contender over those of another. Within a round both had the same machine; across rounds it may have been
 * another one. So: ratios first, then the median.
 * @param times seconds a call, one a round
 */
export function timesOver(times: readonly number[], others: readonly number[]): Spread {
  return spread(times.map((seconds, round) => seconds / others[round]));
}
