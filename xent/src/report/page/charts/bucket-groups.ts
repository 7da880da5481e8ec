/** Joins buckets into the points of a line: few enough that it shows the trend instead of single tokens. */
import type { Bucket } from "../collect/text-buckets.js";

/** The values of consecutive buckets. */
export interface Group<Name extends string> {
  /** Middle of the group's range of rows. */
  readonly middle: number;
  readonly tokens: number;
  readonly sums: Readonly<Record<Name, number>>;
}

const GROUPS = 32;

/** @returns the number of buckets per group */
function groupSize(buckets: readonly unknown[]): number {
  return Math.max(1, Math.ceil(buckets.length / GROUPS));
}

/** @returns the number of rows per group, for the caption of the line */
export function groupRows(buckets: readonly unknown[], width: number): number {
  return groupSize(buckets) * width;
}

/** @returns the buckets joined into at most 32 groups, without groups that have no token */
export function groupsOf<Name extends string>(buckets: readonly Bucket<Name>[]): Group<Name>[] {
  const size = groupSize(buckets);
  const groups: Group<Name>[] = [];
  for (let at = 0; at < buckets.length; at += size) {
    const part = buckets.slice(at, at + size);
    const [first, last] = [part[0] as Bucket<Name>, part[part.length - 1] as Bucket<Name>];
    const tokens = part.reduce((sum, bucket) => sum + bucket.tokens, 0);
    if (tokens === 0) continue;
    const names = Object.keys(first.sums) as Name[];
    const sums = names.map((name) => [name, part.reduce((sum, bucket) => sum + bucket.sums[name], 0)]);
    groups.push({
      middle: (first.firstRow + last.endRow) / 2,
      tokens,
      sums: Object.fromEntries(sums) as Record<Name, number>,
    });
  }
  return groups;
}

/** The mean over all tokens up to the end of a bucket. */
export interface RunningMean {
  readonly endRow: number;
  readonly tokens: number;
  readonly mean: number;
  /** sqrt(var / (tokens - 1)), where var is the population variance; NaN for one token. */
  readonly stderr: number;
}

/**
 * @param sum name of the values' sum
 * @param squares name of the sum of their squares
 * @returns one entry per bucket that has tokens
 */
export function runningMeans<Name extends string>(buckets: readonly Bucket<Name>[], sum: Name, squares: Name): RunningMean[] {
  let [tokens, total, squared] = [0, 0, 0];
  return buckets
    .filter((bucket) => bucket.tokens > 0)
    .map((bucket) => {
      tokens += bucket.tokens;
      total += bucket.sums[sum];
      squared += bucket.sums[squares];
      const mean = total / tokens;
      // rounding may leave a little below 0 for equal values
      const variance = Math.max(0, squared / tokens - mean * mean);
      return { endRow: bucket.endRow, tokens, mean, stderr: Math.sqrt(variance / (tokens - 1)) };
    });
}
