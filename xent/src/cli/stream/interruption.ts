import type { Interrupting, StopSignal } from "../seams.js";

const CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };
const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/**
 * Seconds in which a repeated signal counts as the same one: the terminal signals the whole process group, and npx and timeout
 * forward the signal again.
 */
const ECHO = 1;

/** Ctrl-C or SIGTERM. The first one sets `code`, which the run checks after each batch; a second one ends the process at once. */
export class Interruption {
  readonly #process: Interrupting;
  readonly #onFirst: () => void;
  readonly #now: () => number;
  #code: number | undefined;
  #came = 0;

  /**
   * @param onFirst called on the first signal
   * @param now a clock in seconds
   */
  constructor(process: Interrupting, onFirst: () => void, now: () => number = () => performance.now() / 1000) {
    this.#process = process;
    this.#onFirst = onFirst;
    this.#now = now;
    for (const signal of SIGNALS) process.on(signal, this.#stop);
  }

  /** The exit code once a signal has come: 128 + the signal's number, as in shells. Undefined until then. */
  get code(): number | undefined {
    return this.#code;
  }

  close(): void {
    for (const signal of SIGNALS) this.#process.off(signal, this.#stop);
  }

  readonly #stop = (signal: StopSignal): void => {
    if (this.#code === undefined) {
      this.#code = CODES[signal];
      this.#came = this.#now();
      this.#onFirst();
    } else if (this.#now() - this.#came >= ECHO) {
      this.close();
      this.#process.kill(this.#process.pid, signal);
    }
  };
}
