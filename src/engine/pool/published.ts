/** What a worker is told of a job: plain data, written as text into the shared memory. */
import type { ColumnName } from "../columns.js";
import type { Partition } from "./partition.js";

/** Parts are ranges of rows; what the reduction needs of them goes into f64 columns at these addresses. */
export interface RowWork {
  readonly partition: Partition;
  readonly columns: Readonly<Partial<Record<ColumnName, number>>>;
  /** The windows that parts take in turn, and for each of them the address of a word: the part done last in it, from 1. */
  readonly windows: { readonly slots: number; readonly words: number } | null;
}

export interface Published {
  /** Name of the job's kind. */
  readonly kind: string;
  /** The job, a Place for every array. */
  readonly job: unknown;
  /** Number of the message that brings its buffers; 0: none does. */
  readonly mail: number;
  readonly work: RowWork;
}
