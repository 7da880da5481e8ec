/** What a pool needs of its runtime. */

/** A worker of the runtime, started from the package's worker file or the user's copy of it. */
export interface HostedWorker {
  post(message: unknown, transfer?: readonly Transferred[]): void;
  /** Terminates the worker; resolves when it has stopped. */
  end(): Promise<void>;
  /** Sets whether the worker keeps the process alive; does nothing in a browser. */
  hold(held: boolean): void;
}

export type Transferred = ArrayBuffer;

export interface WorkerEvents {
  message(message: unknown): void;
  /** The worker died without being ended. `reason` is what it threw, if it threw. */
  gone(reason: unknown): void;
}

export interface Host {
  /** Number of threads available to this process. */
  threads(): number;
  /** Whether the caller may compute parts, for some milliseconds at a time. False in a page, which must keep drawing frames. */
  readonly mayCompute: boolean;
  /** Why workers cannot share memory in this runtime; undefined if they can. */
  whyUnshared(): string | undefined;
  /** Calls `callback` in one of the next turns of the event loop, sooner than a timer, which waits a millisecond or more. */
  soon(callback: () => void): void;
  start(url: URL | string | undefined, events: WorkerEvents): HostedWorker;
}
