/** The workers of a pool: started, replaced when they crash, ended. */
import type { Host, HostedWorker } from "./host.js";
import type { FromWorker, StartMessage } from "./messages.js";
import type { MailMessage } from "./protocol.js";

/** How many new workers in a row may crash before they are ready. */
const MOST_FAILURES = 3;

export interface WorkersEvents {
  message(message: FromWorker): void;
  /** A worker has died, and the call that it was running is lost. */
  lost(index: number, reason: unknown): void;
  /** Workers can no longer be started. */
  hopeless(reason: unknown): void;
}

export class Workers {
  readonly #host: Host;
  readonly #url: URL | string | undefined;
  readonly #events: WorkersEvents;
  readonly #startMessage: (index: number) => StartMessage;
  readonly #workers: (HostedWorker | undefined)[] = [];
  #isEnded = false;
  #isHeld = false;
  #failures = 0;

  constructor(host: Host, url: URL | string | undefined, events: WorkersEvents, startMessage: (index: number) => StartMessage) {
    this.#host = host;
    this.#url = url;
    this.#events = events;
    this.#startMessage = startMessage;
  }

  /** Resolves when all workers are ready. @throws the reason of the first worker that fails to start. */
  async start(count: number): Promise<void> {
    this.hold(true);
    await Promise.all(Array.from({ length: count }, (_, index) => this.#start(index)));
    this.hold(false);
  }

  hold(held: boolean): void {
    if (held === this.#isHeld) return;
    this.#isHeld = held;
    for (const worker of this.#workers) worker?.hold(held);
  }

  send(message: MailMessage): void {
    for (const worker of this.#workers) worker?.post(message);
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all(this.#workers.map((worker) => worker?.end()));
  }

  #start(index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let isReady = false;
      const worker = this.#host.start(this.#url, {
        message: (message) => {
          const known = message as FromWorker;
          if (known.kind === "ready") {
            isReady = true;
            this.#failures = 0;
            resolve();
          } else this.#events.message(known);
        },
        gone: (reason) => {
          this.#workers[index] = undefined;
          if (isReady) this.#replace(index, reason);
          else reject(reason);
        },
      });
      this.#workers[index] = worker;
      worker.hold(this.#isHeld);
      worker.post(this.#startMessage(index));
    });
  }

  #replace(index: number, reason: unknown): void {
    this.#events.lost(index, reason);
    if (this.#isEnded) return;
    this.#start(index).catch((failure: unknown) => {
      if (this.#isEnded) return;
      if (++this.#failures < MOST_FAILURES) this.#replace(index, failure);
      else this.#events.hopeless(failure);
    });
  }
}
