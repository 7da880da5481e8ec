/** Receives each batch: totals, a passage, a table or a report. */
export interface Sink<Batch> {
  /** Called for each batch, in row order. */
  add(batch: Batch): void | Promise<void>;
  /** Returns the state to resume from, as data that JSON keeps exactly. */
  snapshot(): unknown;
  /** Called before `snapshot` when a checkpoint is written and the run goes on. */
  sync?(): Promise<void>;
  /** Called before `snapshot` when the run is interrupted and may be resumed. */
  suspend?(): Promise<void>;
  /** Called after the last row. */
  finish?(): Promise<void>;
  /** Called when the run fails: removes unfinished output, unless a checkpoint needs it. */
  abandon?(how: { readonly isNeeded: boolean }): Promise<void>;
}

/** Sinks by their names in a checkpoint. */
export type Sinks<Batch> = ReadonlyMap<string, Sink<Batch>>;

/** @returns the sinks' snapshots, for a checkpoint */
export function snapshotOf<Batch>(sinks: Sinks<Batch>): Record<string, unknown> {
  return Object.fromEntries(Array.from(sinks, ([name, sink]) => [name, sink.snapshot()]));
}
