import type { ByteFile } from "../../files/byte-file.js";
import { InputError } from "../../files/input-error.js";
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
  readonly saveSeconds?: number | undefined;
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

/** Least seconds between two checkpoints of a running run: what a killed process or a power failure may cost. */
const SAVE_SECONDS = 10;

/** Most of the time that may go into checkpoints: those of compare grow with the rows. */
const SAVE_SHARE = 0.02;

/**
 * Computes all rows and passes each batch to the sinks. An interruption stops after a batch and saves a checkpoint. Sinks are
 * finished when all rows are done, and abandoned when something fails. Meanwhile checkpoints are saved, for processes that are killed.
 */
export async function runRows<Batch extends BatchOfRows>(run: RowsRun<Batch>): Promise<RanRows> {
  const sinks = Array.from(run.sinks.values());
  const saving = new Saving(run);
  try {
    const ran = await throughRows(run, sinks, saving);
    const changed = ran.interrupted === undefined ? changeOf(run.files) : undefined;
    if (changed !== undefined) {
      await saving.abandon(changed);
      return { ...ran, changed };
    }
    if (ran.interrupted === undefined) {
      for (const sink of sinks) await sink.finish?.();
      await run.checkpoint.remove();
    } else if (ran.unsaved !== undefined) await saving.abandon(ran.unsaved);
    return ran;
  } catch (error) {
    await saving.abandon(error);
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

/** The checkpoints of a running run. */
class Saving<Batch> {
  readonly #run: RowsRun<Batch>;
  /** Time of the next checkpoint, in milliseconds; Infinity when none can be written. */
  #next: number;
  #hasSaved = false;

  constructor(run: RowsRun<Batch>) {
    this.#run = run;
    this.#next = performance.now() + this.#pause();
  }

  /** Saves a checkpoint if one is due. The run goes on when it cannot be written: perhaps nobody will need it. */
  async saveIfDue(rows: number, seconds: number): Promise<void> {
    const begun = performance.now();
    if (begun < this.#next) return;
    const { sinks, checkpoint } = this.#run;
    for (const sink of sinks.values()) await sink.sync?.();
    try {
      await checkpoint.save({ rows, seconds, sinks: snapshotOf(sinks) });
      this.#hasSaved = true;
      const end = performance.now();
      const least = this.#run.saveSeconds === undefined ? (end - begun) / SAVE_SHARE : 0;
      this.#next = end + Math.max(this.#pause(), least);
    } catch {
      this.#next = Number.POSITIVE_INFINITY;
    }
  }

  /** Gives up the outputs after an error. What a checkpoint needs stays, unless the input is wrong, which no other run changes. */
  async abandon(error: unknown): Promise<void> {
    const isNeeded = this.#hasSaved && !(error instanceof InputError);
    const sinks = Array.from(this.#run.sinks.values());
    await Promise.allSettled(sinks.map((sink) => sink.abandon?.({ isNeeded })));
    if (this.#hasSaved && !isNeeded && this.#run.before === undefined) await this.#run.checkpoint.remove();
  }

  #pause(): number {
    return (this.#run.saveSeconds ?? SAVE_SECONDS) * 1000;
  }
}

async function throughRows<Batch extends BatchOfRows>(
  run: RowsRun<Batch>,
  sinkList: readonly Sink<Batch>[],
  saving: Saving<Batch>,
): Promise<RanRows> {
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
      if (rows === inputs.rows) continue;
      if (interruption.code !== undefined) break;
      await saving.saveIfDue(rows, seconds());
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
