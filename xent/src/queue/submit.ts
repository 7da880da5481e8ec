import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Queue } from "bullmq";
import { joinedParts } from "../cli/parts/joined-parts.js";
import { checkPart, type NamedPart, type Part } from "../cli/parts/part.js";
import { type RowRange, rangeText } from "../cli/parts/row-range.js";
import type { QueueChoice, ScoreOptions } from "../cli/score-options.js";
import type { ScoringRun } from "../cli/scoring-run.js";
import { Interruption } from "../cli/stream/interruption.js";
import { InputError } from "../files/input-error.js";
import { written } from "../files/output.js";
import { Progress } from "../report/progress.js";
import { version } from "../version.js";
import { type Broker, QUEUE } from "./broker.js";
import { optionsForWorkers, type RangeJob, type RangeResult } from "./range-job.js";
import { rangeTableName } from "./range-table.js";

/** Bytes of logits per job: some seconds at most, which is what the death of a worker costs. */
const RANGE_BYTES = 2 ** 26;

/** The most jobs of a run. */
const MOST_RANGES = 4096;

/** Jobs that are looked at at once. They are taken in order, so that the first ones end first. */
const WINDOW = 64;

/** Milliseconds between two looks. */
const LOOK = 200;

/** Milliseconds without a worker before the user is told. */
const PATIENCE = 2_000;

/** Repetitions of a range whose worker fails for another reason than its input. */
const ATTEMPTS = 5;

/** Seconds after which the results of a run that nobody collects are removed. */
const KEPT = 86_400;

export interface Submitted {
  /** The whole; undefined if the run was interrupted. */
  readonly whole: Part | undefined;
  readonly rowsDone: number;
  /** The exit code of an interrupted run. */
  readonly interrupted: number | undefined;
}

/**
 * Lets workers score the rows, and adds their results. A range counts once, however often it was scored. The results are kept here as
 * they come, and a range that the broker has lost is queued again, so a broker without a disk may be started again too.
 * @throws InputError when a worker refuses its range
 */
export async function submit(
  broker: Broker,
  { address: _, parts, rangeRows }: QueueChoice,
  run: ScoringRun,
  options: ScoreOptions,
): Promise<Submitted> {
  const { inputs, fingerprint, terminal, tell } = run;
  const rowBytes = inputs.logits.reduce((sum, { columns, elementBytes }) => sum + columns * elementBytes, 0);
  const ranges = rangesOf(inputs.rows, rangeRows ?? Math.max(1, Math.floor(RANGE_BYTES / rowBytes)));
  if (parts !== undefined) await written(parts, () => mkdir(parts, { recursive: true }));
  const sent = optionsForWorkers(options);
  const jobs = ranges.map((range, index): RangeJob => {
    const table = parts === undefined ? null : join(resolve(parts), rangeTableName(index, ranges.length));
    return { version, options: sent, fingerprint, range, table };
  });
  const connection = broker.connect();
  connection.on("error", () => {});
  const queue: Queue<RangeJob, RangeResult> = new broker.Queue(QUEUE, { connection });
  queue.on("error", () => {});
  const pending = new Pending(queue, jobs, randomBytes(8).toString("hex"));
  const progress = new Progress(terminal.stderr, { rows: inputs.rows, rowBytes, done: 0 });
  const interruption = new Interruption(terminal, () => {
    progress.clear();
    tell("cancelling what is queued; press Ctrl-C again to leave at once");
  });
  const whole = { fingerprint, rows: inputs.rows, classes: inputs.classes, shift: inputs.shift.by };
  const done: NamedPart[] = [];
  let rowsDone = 0;
  const waiting = new WaitingForWorkers(queue, () => {
    progress.clear();
    tell(`no worker is at ${broker.label}; start some: xent worker --queue URL`);
  });
  try {
    await pending.addAll();
    while (pending.size > 0 && interruption.code === undefined) {
      for (const { name, range, result } of await pending.look()) {
        const part = { ...whole, ranges: [range], ...result };
        checkPart(name, part);
        done.push({ name, part });
        rowsDone += range.to - range.from;
      }
      progress.update(rowsDone);
      await waiting.look(rowsDone);
      if (pending.size > 0) await setTimeout(LOOK);
    }
    const interrupted = pending.size > 0 ? interruption.code : undefined;
    return { whole: interrupted === undefined ? joinedParts(done) : undefined, rowsDone, interrupted };
  } finally {
    progress.clear();
    // the broker may be away: a second signal ends the process
    await pending.cancel();
    interruption.close();
    await queue.close();
    connection.disconnect();
  }
}

function rangesOf(rows: number, step: number): RowRange[] {
  const size = Math.max(step, Math.ceil(rows / MOST_RANGES));
  return Array.from({ length: Math.ceil(rows / size) }, (_, index) => {
    const from = index * size;
    return { from, to: Math.min(rows, from + size) };
  });
}

interface Done {
  readonly name: string;
  readonly range: RowRange;
  readonly result: RangeResult;
}

/** The jobs of a run whose results are not here yet. */
class Pending {
  readonly #queue: Queue<RangeJob, RangeResult>;
  readonly #jobs: Map<string, RangeJob>;

  constructor(queue: Queue<RangeJob, RangeResult>, jobs: readonly RangeJob[], run: string) {
    this.#queue = queue;
    this.#jobs = new Map(jobs.map((job, index) => [`${run}-${index}`, job]));
  }

  get size(): number {
    return this.#jobs.size;
  }

  async addAll(): Promise<void> {
    await this.#add([...this.#jobs]);
  }

  /** Returns the results that have come. @throws InputError when a range has failed */
  async look(): Promise<Done[]> {
    const window = [...this.#jobs].slice(0, WINDOW);
    const found = await Promise.all(window.map(([id]) => this.#queue.getJob(id)));
    const lost: [string, RangeJob][] = [];
    const done: Done[] = [];
    for (const [index, [id, { range }]] of window.entries()) {
      const job = found[index];
      if (job === undefined) lost.push(window[index] as [string, RangeJob]);
      else if (job.finishedOn !== undefined) {
        if (job.failedReason) throw failureOf(job.failedReason, range);
        done.push({ name: `the result of ${rangeText(range)}`, range, result: job.returnvalue });
        this.#jobs.delete(id);
        await this.#queue.remove(id);
      }
    }
    // a broker without a disk has forgotten them
    if (lost.length > 0) await this.#add(lost);
    return done;
  }

  /** Removes all jobs but those under way, whose results end by themselves. */
  async cancel(): Promise<void> {
    await Promise.allSettled(Array.from(this.#jobs.keys(), (id) => this.#queue.remove(id)));
    this.#jobs.clear();
  }

  async #add(jobs: readonly (readonly [string, RangeJob])[]): Promise<void> {
    const kept = { age: KEPT };
    const how = { attempts: ATTEMPTS, backoff: { type: "fixed", delay: 1000 }, removeOnComplete: kept, removeOnFail: kept };
    await this.#queue.addBulk(jobs.map(([jobId, data]) => ({ name: "range", data, opts: { ...how, jobId } })));
  }
}

function failureOf(reason: string, range: RowRange): InputError {
  if (!/stalled/.test(reason)) return new InputError(reason);
  return new InputError(`${rangeText(range)}: too many workers have died at them; see what ended them (too little memory?)`);
}

/** Notices that nobody takes the jobs. */
class WaitingForWorkers {
  readonly #queue: Queue;
  readonly #tell: () => void;
  #next = performance.now() + PATIENCE;
  #rows = 0;

  constructor(queue: Queue, tell: () => void) {
    this.#queue = queue;
    this.#tell = tell;
  }

  async look(rows: number): Promise<void> {
    const now = performance.now();
    if (now < this.#next && rows === this.#rows) return;
    if (now >= this.#next && rows === this.#rows && (await this.#queue.getWorkersCount()) === 0) {
      this.#tell();
      this.#next = Number.POSITIVE_INFINITY;
      return;
    }
    this.#rows = rows;
    this.#next = now + PATIENCE;
  }
}
