import { InputError } from "../../files/input-error.js";
import type { InputFile } from "../../files/input-file.js";
import type { Tell } from "../../files/output.js";
import type { OutputError } from "../../files/output-error.js";
import { Progress } from "../../report/progress.js";
import type { RowRange } from "../parts/row-range.js";
import type { ScoringEngine, Terminal } from "../seams.js";
import type { Checkpoint, Progressed } from "./checkpoint.js";
import type { Inputs } from "./inputs.js";
import { Interruption } from "./interruption.js";
import { type Sinks, snapshotOf } from "./sink.js";
import { type RowBatch, streamRows } from "./stream-rows.js";

/** The inputs of a run over rows. */
export interface RowsRun<Batch> {
  readonly inputs: Inputs;
  /** The rows to compute. */
  readonly range: RowRange;
  /** Files that must not change during the run. */
  readonly files: readonly InputFile[];
  readonly engine: ScoringEngine;
  readonly ignoreIndex: number;
  /** Result numbers per row beyond the usual ones. */
  readonly rowValues?: number;
  readonly batchBytes?: number | undefined;
  readonly saveSeconds?: number | undefined;
  compute(batch: RowBatch): Promise<Batch>;
  readonly sinks: Sinks<Batch>;
  readonly checkpoint: Checkpoint;
  /** Progress of the interrupted run that this one resumes; undefined starts at the first row. */
  readonly before: Progressed | undefined;
  readonly terminal: Terminal;
  readonly tell: Tell;
}

export interface RanRows {
  /** The row after the last one done. */
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
 * Computes a range of rows and passes each batch to the sinks. An interruption stops after a batch and saves a checkpoint. Sinks are
 * finished when all rows are done. Meanwhile checkpoints are saved, for processes that are killed. The last one is removed when the
 * results are printed.
 * @param print prints the results, and returns them
 */
export async function runRows<Batch extends BatchOfRows, Report>(
  run: RowsRun<Batch>,
  print: (ran: RanRows) => Promise<Report>,
): Promise<[ran: RanRows, report: Report]> {
  const saving = new Saving(run);
  let failure: unknown;
  let isResumable = false;
  try {
    const ran = await throughRows(run, saving);
    failure = ran.changed ?? ran.unsaved;
    isResumable = ran.interrupted !== undefined && failure === undefined;
    if (ran.interrupted === undefined && failure === undefined) {
      for (const sink of run.sinks.values()) await sink.finish?.();
    }
    return [ran, await print(ran)];
  } catch (error) {
    failure ??= error;
    throw error;
  } finally {
    await saving.end(isResumable, failure);
  }
}

/** The error of the first file that was changed, if any. */
async function changeOf(files: readonly InputFile[]): Promise<unknown> {
  try {
    for (const file of files) await file.checkUnchanged();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The checkpoints of a running run. */
class Saving<Batch> {
  readonly #run: RowsRun<Batch>;
  /** Time of the next checkpoint, in milliseconds. */
  #next: number;
  #hasSaved = false;
  #hasTold = false;

  constructor(run: RowsRun<Batch>) {
    this.#run = run;
    this.#next = performance.now() + this.#pause();
  }

  /**
   * Saves a checkpoint if one is due. The run goes on when it cannot be written: perhaps nobody will need it.
   * @param tell tells why it cannot be written, the first time
   */
  async saveIfDue(rows: number, seconds: number, tell: Tell): Promise<void> {
    const begun = performance.now();
    if (begun < this.#next) return;
    await this.#sync();
    try {
      await this.#save(rows, seconds);
    } catch (error) {
      if (!this.#hasTold) tell(`the run goes on without a checkpoint: ${(error as OutputError).message}`);
      this.#hasTold = true;
    }
    const end = performance.now();
    const least = this.#run.saveSeconds === undefined ? (end - begun) / SAVE_SHARE : 0;
    this.#next = end + Math.max(this.#pause(), least);
  }

  /** @throws OutputError when the checkpoint, or what it counts on, cannot be written */
  async save(rows: number, seconds: number): Promise<void> {
    await this.#sync();
    await this.#save(rows, seconds);
  }

  /** Ends the sinks. What a checkpoint needs stays, unless a wrong input has failed the run, which no other run changes. */
  async end(isResumable: boolean, failure: unknown): Promise<void> {
    const { before, checkpoint, sinks } = this.#run;
    const mayPass = failure !== undefined && (before !== undefined || (this.#hasSaved && !(failure instanceof InputError)));
    const isNeeded = isResumable || mayPass;
    try {
      // one that this run has not saved stays when it fails
      if (!isNeeded && (failure === undefined || this.#hasSaved)) await checkpoint.remove();
    } finally {
      await Promise.allSettled(Array.from(sinks.values(), (sink) => sink.close?.({ isNeeded })));
    }
  }

  async #sync(): Promise<void> {
    for (const sink of this.#run.sinks.values()) await sink.sync?.();
  }

  async #save(rows: number, seconds: number): Promise<void> {
    const { sinks, checkpoint } = this.#run;
    await checkpoint.save({ rows, seconds, sinks: snapshotOf(sinks) });
    this.#hasSaved = true;
  }

  #pause(): number {
    return (this.#run.saveSeconds ?? SAVE_SECONDS) * 1000;
  }
}

async function throughRows<Batch extends BatchOfRows>(run: RowsRun<Batch>, saving: Saving<Batch>): Promise<RanRows> {
  const { inputs, range, engine, compute, sinks, before, terminal } = run;
  const begun = performance.now();
  let rows = before?.rows ?? range.from;
  const seconds = () => (before?.seconds ?? 0) + (performance.now() - begun) / 1000;
  const rowBytes = inputs.logits.reduce((sum, { columns, elementBytes }) => sum + columns * elementBytes, 0);
  const progress = new Progress(terminal.stderr, { rows: range.to - range.from, rowBytes, done: rows - range.from });
  const tell: Tell = (line) => {
    progress.clear();
    run.tell(line);
  };
  const interruption = new Interruption(terminal, () => {
    tell("stopping after this batch; press Ctrl-C again to stop at once, without a checkpoint");
  });
  try {
    for await (const batch of streamRows(inputs, engine, { ...run, firstRow: rows, endRow: range.to }, compute)) {
      for (const sink of sinks.values()) await sink.add(batch);
      rows = batch.firstRow + batch.targets.length;
      progress.update(rows - range.from);
      if (rows === range.to) continue;
      if (interruption.code !== undefined) break;
      await saving.saveIfDue(rows, seconds(), tell);
    }
    const ran = { rows, seconds: seconds(), interrupted: undefined, changed: undefined, unsaved: undefined };
    if (rows === range.to) return { ...ran, changed: await changeOf(run.files) };
    try {
      await saving.save(rows, ran.seconds);
      return { ...ran, interrupted: interruption.code };
    } catch (unsaved) {
      // the caller still prints the results so far
      return { ...ran, interrupted: interruption.code, unsaved };
    }
  } finally {
    interruption.close();
    progress.clear();
  }
}
