/** What a worker is told of a job: plain data, written as text into the shared memory. */
import type { ColumnName } from "../columns.js";
import type { RowSpan } from "../tiles/row-program.js";
import type { Partition } from "./partition.js";

/** Parts are ranges of rows; what the reduction needs of them goes into f64 columns at these addresses. */
export interface RowWork {
  readonly kind: "rows";
  readonly partition: Partition;
  readonly columns: Readonly<Partial<Record<ColumnName, number>>>;
  /** The windows that parts take in turn, and for each of them the address of a word: the part done last in it, from 1. */
  readonly windows: { readonly slots: number; readonly words: number } | null;
}

/** Parts are segments of tiles, in the order of the rows and then of the classes (see segment-records.ts). */
export interface SegmentWork {
  readonly kind: "measure" | "apply";
  readonly tiles: readonly RowSpan[];
  readonly segments: number;
  /** Address of the records: one a part where statistics are measured, one a tile where they are applied. */
  readonly records: number;
}

export interface Published {
  /** The job, a Place for every array. */
  readonly job: unknown;
  /** Number of the message that brings its buffers; 0: none does. */
  readonly mail: number;
  readonly work: RowWork | SegmentWork;
}
