import type { Spread } from "./types.js";

/**
 * The quantile `p`, interpolated linearly between neighbours.
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
 * Median and quartiles, which a single disturbed round does not move.
 * @param sample not empty
 */
export function spread(sample: readonly number[]): Spread {
  const sorted = [...sample].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75) };
}

/**
 * The spread of the ratios of one contender's times to another's. Ratios are taken within each round, before the median, because
 * the machine's speed may change between rounds.
 * @param times seconds per call, one entry per round
 */
export function timesOver(times: readonly number[], others: readonly number[]): Spread {
  return spread(times.map((seconds, round) => seconds / others[round]));
}
