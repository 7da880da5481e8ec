/**
 * Divides a job's rows into parts. A part is whole tiles, so the bits do not depend on the parts; parts are numbered in the order of
 * the rows. If the class axis is not the last, a part lies within an outer index or consists of whole ones.
 */
import { columnsPerTile, outersPerTile, type Rows, tileRows } from "../../memory/tiles.js";
import type { Job } from "../job.js";
import type { Kind } from "../kind.js";
import type { RowSpan } from "../tiles/run-rows.js";

/** Maximum elements per part: some 250 us, the time for which the last part may keep others waiting. A part costs 5 to 10 us. */
const PART_ELEMENTS = 524288;
/** Minimum number of parts per thread, if there are enough tiles. */
const PARTS_PER_THREAD = 8;

export interface Partition {
  readonly parts: number;
  /** Rows per part; the last part of a block may have fewer. */
  readonly step: number;
  /** Rows per block, which no part crosses: all rows, or those of an outer index. */
  readonly block: number;
  readonly rows: number;
  /** Whether an outer index has too many columns for a tile, so that a part is some of them. */
  readonly isByColumns: boolean;
}

export function partitionOf(kind: Kind, { layout }: Job, threads: number): Partition {
  const { rows, classes, inner } = layout;
  const isByColumns = inner > 1 && outersPerTile(layout) === 0;
  const tile = kind.tileRows ?? wholeTile(layout);
  const block = isByColumns ? inner : rows;
  const wanted = Math.min(PART_ELEMENTS, (rows * classes) / (threads * PARTS_PER_THREAD));
  const step = tile * Math.max(1, Math.floor(wanted / (tile * Math.max(1, classes))));
  const parts = rows === 0 ? 0 : Math.ceil(block / step) * (rows / block);
  return { parts, step, block, rows, isByColumns };
}

/** Rows per tile, except for the last one. */
function wholeTile(layout: Rows): number {
  if (layout.inner === 1) return tileRows({ ...layout, rows: Number.MAX_SAFE_INTEGER }, 0);
  const outers = outersPerTile(layout);
  return outers > 0 ? outers * layout.inner : columnsPerTile(layout);
}

/** Rows of a part. */
export function partRange({ step, block }: Partition, part: number): RowSpan {
  const perBlock = Math.ceil(block / step);
  const start = Math.floor(part / perBlock) * block;
  const from = start + (part % perBlock) * step;
  return { from, to: Math.min(from + step, start + block) };
}
