import type { ByteFile } from "../../files/byte-file.js";
import { Progress } from "../../report/progress.js";
import type { ScoringEngine, Terminal } from "../seams.js";
import type { Checkpoint, Progressed } from "./checkpoint.js";
import type { Inputs } from "./inputs.js";
import { Interruption } from "./interruption.js";
import { type Sink, type Sinks, snapshotOf } from "./sink.js";
import { type RowBatch, streamRows } from "./stream-rows.js";

/** The inputs of a run over rows. */
export interface RowsRun<Batch> {
  readonly inputs: Inputs;
  /** Files that must not change during the run. */
  readonly files: readonly ByteFile[];
  readonly engine: ScoringEngine;
  readonly ignoreIndex: number;
  /** Result numbers per row beyond the usual ones. */
  readonly rowValues?: number;
  readonly batchBytes?: number | undefined;
  compute(batch: RowBatch): Promise<Batch>;
  readonly sinks: Sinks<Batch>;
  readonly checkpoint: Checkpoint;
  /** Progress of the interrupted run that this one resumes; undefined starts at row 0. */
  readonly before: Progressed | undefined;
  readonly terminal: Terminal;
}

export interface RanRows {
  /** Rows done, including those of earlier runs. */
  readonly rows: number;
  readonly seconds: number;
  /** The exit code of an interrupted run; undefined for a complete one. */
  readonly interrupted: number | undefined;
  /** The error of an input that was changed during a complete run. Its outputs are not written. */
  readonly changed: unknown;
  /** The error that kept the checkpoint from being written; undefined if it was written. */
  readonly unsaved: unknown;
}

interface BatchOfRows {
  readonly firstRow: number;
  readonly targets: { readonly length: number };
}

/**
 * Computes all rows and passes each batch to the sinks. An interruption stops after a batch and saves a checkpoint. Sinks are
 * finished when all rows are done, and abandoned when something fails.
 */
export async function runRows<Batch extends BatchOfRows>(run: RowsRun<Batch>): Promise<RanRows> {
  const sinks = Array.from(run.sinks.values());
  try {
    const ran = await throughRows(run, sinks);
    const changed = ran.interrupted === undefined ? changeOf(run.files) : undefined;
    if (changed !== undefined) {
      await abandon(sinks);
      return { ...ran, changed };
    }
    if (ran.interrupted === undefined) {
      for (const sink of sinks) await sink.finish?.();
      await run.checkpoint.remove();
    } else if (ran.unsaved !== undefined) await abandon(sinks);
    return ran;
  } catch (error) {
    await abandon(sinks);
    throw error;
  }
}

/** The error of the first file that was changed, if any. */
function changeOf(files: readonly ByteFile[]): unknown {
  try {
    for (const file of files) file.checkUnchanged();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function abandon(sinks: readonly Pick<Sink<unknown>, "abandon">[]): Promise<void> {
  await Promise.allSettled(sinks.map((sink) => sink.abandon?.()));
}

async function throughRows<Batch extends BatchOfRows>(run: RowsRun<Batch>, sinkList: readonly Sink<Batch>[]): Promise<RanRows> {
  const { inputs, engine, compute, sinks, checkpoint, before, terminal } = run;
  const begun = performance.now();
  let rows = before?.rows ?? 0;
  const seconds = () => (before?.seconds ?? 0) + (performance.now() - begun) / 1000;
  const rowBytes = inputs.logits.reduce((sum, { columns, elementBytes }) => sum + columns * elementBytes, 0);
  const progress = new Progress(terminal.stderr, { rows: inputs.rows, rowBytes, done: rows });
  const interruption = new Interruption(terminal, () => {
    progress.clear();
    terminal.stderr.write("xent: stopping after this batch; press Ctrl-C again to stop at once, without a checkpoint\n");
  });
  try {
    for await (const batch of streamRows(inputs, engine, { ...run, firstRow: rows }, compute)) {
      for (const sink of sinkList) await sink.add(batch);
      rows = batch.firstRow + batch.targets.length;
      progress.update(rows);
      if (interruption.code !== undefined && rows < inputs.rows) break;
    }
    const interrupted = rows < inputs.rows ? interruption.code : undefined;
    const ran = { rows, seconds: seconds(), interrupted, changed: undefined, unsaved: undefined };
    if (interrupted === undefined) return ran;
    try {
      for (const sink of sinkList) await sink.suspend?.();
      await checkpoint.save({ rows, seconds: ran.seconds, sinks: snapshotOf(sinks) });
      return ran;
    } catch (unsaved) {
      // the caller still prints the results so far
      return { ...ran, unsaved };
    }
  } finally {
    interruption.close();
    progress.clear();
  }
}
