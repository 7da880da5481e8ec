/** Whoever is told of each batch: totals, a passage, a table, a report. */
export interface Sink<Batch> {
  /** Rows come once each, in order. */
  add(batch: Batch): void | Promise<void>;
  /** What it needs to go on later from here: JSON that keeps every bit. */
  snapshot(): unknown;
  /** The run is interrupted here, to be gone on with: before `snapshot`. */
  suspend?(): Promise<void>;
  /** All rows are there. */
  finish?(): Promise<void>;
  /** There will be no more rows, and it is not over: what was begun goes. */
  abandon?(): Promise<void>;
}

/** Sinks by the names that a checkpoint has for them. */
export type Sinks<Batch> = ReadonlyMap<string, Sink<Batch>>;

/** @returns what a checkpoint keeps of them */
export function snapshotOf<Batch>(sinks: Sinks<Batch>): Record<string, unknown> {
  return Object.fromEntries(Array.from(sinks, ([name, sink]) => [name, sink.snapshot()]));
}
