/**
 * How rows are dealt: parts of whole tiles, numbered in the order of the rows, so that every part has the bits that it has in
 * one piece. Rows of a class axis that is not the last are cut within an outer index or between two, never across.
 */
import { columnsPerTile, outersPerTile, type Rows, tileRows } from "../../memory/tiles.js";
import type { Job } from "../job.js";
import type { Kind } from "../kind.js";
import type { RowSpan } from "../tiles/run-rows.js";

/** Elements of a part at most: some 250 us of work, for which the last one may keep others waiting; each costs 5 to 10 us beside it. */
const PART_ELEMENTS = 524288;
/** Parts a thread at least, where there are tiles enough. */
const PARTS_PER_THREAD = 8;

export interface Partition {
  readonly parts: number;
  /** Rows of a part, but for the last one of a block. */
  readonly step: number;
  /** Rows that parts do not cross the ends of: all of them, or those of an outer index. */
  readonly block: number;
  readonly rows: number;
  /** Whether parts are columns of an outer index, which has more of them than a tile. */
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

/** Rows of a tile that is not the last. */
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
