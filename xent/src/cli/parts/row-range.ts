import { InputError } from "../../files/input-error.js";

/** Rows from, from + 1, .., to - 1. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** One of several equal parts of the rows, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** @throws InputError for anything but i/n with 1 <= i <= n */
export function parsedShard(given: string): Shard {
  const [, index, count] = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(given) ?? [];
  if (index === undefined || Number(index) > Number(count)) {
    throw new InputError(`--shard: expected i/n with i from 1 to n, such as 2/8, got ${JSON.stringify(given)}`);
  }
  return { index: Number(index), count: Number(count) };
}

export function shardText({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/**
 * Returns the rows of a shard. The shards of all indices cover every row once, and their sizes differ by one row at most.
 * @throws InputError when there are more shards than rows
 */
export function rangeOf({ index, count }: Shard, rows: number): RowRange {
  if (count > rows) {
    throw new InputError(`--shard: expected at most ${rows} shards, one per row, got ${count}`);
  }
  const cut = (shards: number) => Math.floor(rows / count) * shards + Math.min(shards, rows % count);
  return { from: cut(index - 1), to: cut(index) };
}

/** @returns the range as errors name it: its first and last row */
export function rangeText({ from, to }: RowRange): string {
  return to - from === 1 ? `row ${from}` : `rows ${from}..${to - 1}`;
}
