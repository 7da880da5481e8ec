/** Receives each batch: totals, a passage, a table or a report. */
export interface Sink<Batch> {
  /** Called for each batch, in row order. */
  add(batch: Batch): void | Promise<void>;
  /** Returns the state to resume from, as data that JSON keeps exactly. */
  snapshot(): unknown;
  /** Called before `snapshot`: what the snapshot counts on must be on the disk. */
  sync?(): Promise<void>;
  /** Called after the last row: gives an output its final name. */
  finish?(): Promise<void>;
  /** Called at the end of every run, also of one that failed: removes unfinished output, unless a checkpoint needs it. */
  close?(how: { readonly isNeeded: boolean }): Promise<void>;
}

/** Sinks by their names in a checkpoint. */
export type Sinks<Batch> = ReadonlyMap<string, Sink<Batch>>;

/** @returns the sinks' snapshots, for a checkpoint */
export function snapshotOf<Batch>(sinks: Sinks<Batch>): Record<string, unknown> {
  return Object.fromEntries(Array.from(sinks, ([name, sink]) => [name, sink.snapshot()]));
}
