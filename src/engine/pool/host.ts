/** What a pool asks of the runtime that it is in. */

/** A worker of the runtime, started with the package's own file or the user's copy of it. */
export interface HostedWorker {
  post(message: unknown, transfer?: readonly Transferred[]): void;
  /** Ends it; resolves when it runs no more. */
  end(): Promise<void>;
  /** Whether it keeps the process alive; nothing to do in a browser. */
  hold(held: boolean): void;
}

export type Transferred = ArrayBuffer;

export interface WorkerEvents {
  message(message: unknown): void;
  /** It is over, and not because it was asked to: with what it threw, if it did. */
  gone(reason: unknown): void;
}

export interface Host {
  /** Threads that the machine has for this process. */
  threads(): number;
  /** Whether a caller may compute as well as copy, for some milliseconds at a time: a page has frames to draw. */
  readonly mayCompute: boolean;
  /** Why workers cannot share memory here; undefined: they can. */
  whyUnshared(): string | undefined;
  /** Calls back in one of the event loop's next turns, without the millisecond and more that a timer waits at least. */
  soon(callback: () => void): void;
  start(url: URL | string | undefined, events: WorkerEvents): HostedWorker;
}
