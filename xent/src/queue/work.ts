import { hostname } from "node:os";
import type { Job, Worker } from "bullmq";
import type { Interrupting, ScoringEngine } from "../cli/seams.js";
import { Interruption } from "../cli/stream/interruption.js";
import { InputError } from "../files/input-error.js";
import type { OpenHow } from "../files/open-input.js";
import type { Tell } from "../files/output.js";
import { OutputError } from "../files/output-error.js";
import { errorLine } from "../one-line.js";
import { type Broker, QUEUE } from "./broker.js";
import type { RangeJob, RangeResult } from "./range-job.js";
import { RangeScorer } from "./range-scorer.js";

/**
 * A range whose worker has died is given to another one after its lock has ended: at most two locks later. The lock is renewed
 * by the event loop, which stays free because worker threads compute.
 */
const LOCK_SECONDS = 10;

/** Deaths of workers at one range, after which the range fails: most likely it is the cause. */
const DEATHS = 20;

/** What a worker needs. */
export interface WorkHow {
  readonly broker: Broker;
  readonly engine: ScoringEngine;
  readonly open: OpenHow;
  /** Leave when there has been nothing to do for so many seconds; undefined: never. */
  readonly idleSeconds: number | undefined;
  /** Seconds after which the rows of a dead worker are free; undefined for the default. */
  readonly lockSeconds: number | undefined;
  readonly process: Interrupting;
  readonly tell: Tell;
}

/**
 * Scores ranges until a signal comes: the range under way is finished first.
 * @returns the number of ranges scored
 */
export async function work({ broker, engine, open, idleSeconds, lockSeconds, process, tell }: WorkHow): Promise<number> {
  const scorer = new RangeScorer(engine, open);
  const connection = broker.connect();
  const lock = 1000 * (lockSeconds ?? LOCK_SECONDS);
  let ranges = 0;
  const take = async ({ data }: Job<RangeJob, RangeResult>): Promise<RangeResult> => {
    try {
      const result = await scorer.score(data);
      ranges++;
      return result;
    } catch (error) {
      if (!(error instanceof InputError || error instanceof OutputError)) throw error;
      // to try again would not help
      throw new broker.UnrecoverableError(errorLine(`worker ${process.pid} on ${hostname()}: ${error.message}`));
    }
  };
  const worker: Worker<RangeJob, RangeResult> = new broker.Worker(QUEUE, take, {
    ...{ connection, concurrency: 1, lockDuration: lock, stalledInterval: lock / 2, maxStalledCount: DEATHS },
    name: `xent ${process.pid} on ${hostname()}`,
  });
  tellOfConnection(worker, broker.label, tell);
  worker.on("failed", (_, error) => tell(error.message));
  const stopped = deferred();
  const interruption = new Interruption(process, () => {
    tell("leaving after the rows under way; press Ctrl-C again to leave at once");
    stopped.resolve();
  });
  const idle = new Idle(worker, idleSeconds, stopped.resolve);
  tell(`waiting for rows at ${broker.label}`);
  try {
    await stopped.promise;
    await worker.close();
    return ranges;
  } finally {
    idle.close();
    interruption.close();
    scorer.close();
    connection.disconnect();
  }
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Notices when a worker has had nothing to do for some time. */
class Idle {
  #timer: NodeJS.Timeout | undefined;

  constructor(worker: Worker, seconds: number | undefined, leave: () => void) {
    if (seconds === undefined) return;
    const begin = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(leave, 1000 * seconds);
    };
    worker.on("active", () => clearTimeout(this.#timer));
    worker.on("completed", begin);
    worker.on("failed", begin);
    begin();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** Says once that the broker is away, and once that it is back. */
function tellOfConnection(worker: Worker, label: string, tell: Tell): void {
  let isAway = false;
  worker.on("error", (error) => {
    if (isAway) return;
    isAway = true;
    tell(`${label}: ${error.message}; waiting for the queue`);
  });
  worker.on("active", () => {
    isAway = false;
  });
}
