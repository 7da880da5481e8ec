import type { Interrupting, StopSignal } from "../seams.js";

const CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };
const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/**
 * Seconds in which a signal that comes again is the same one: npx and timeout pass on what the terminal, or they themselves, have
 * sent to the whole group of processes already.
 */
const ECHO = 1;

/** Ctrl-C, or a polite kill: asked for after each batch. A second one ends the process at once, as without all this. */
export class Interruption {
  readonly #process: Interrupting;
  readonly #told: () => void;
  readonly #now: () => number;
  #code: number | undefined;
  #came = 0;

  /**
   * @param told called when it comes
   * @param now a clock in seconds
   */
  constructor(process: Interrupting, told: () => void, now: () => number = () => performance.now() / 1000) {
    this.#process = process;
    this.#told = told;
    this.#now = now;
    for (const signal of SIGNALS) process.on(signal, this.#stop);
  }

  /** The exit code of a run that is to stop: 128 and the signal's number, as shells have it. Undefined: go on. */
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
      this.#told();
    } else if (this.#now() - this.#came >= ECHO) {
      this.close();
      this.#process.kill(this.#process.pid, signal);
    }
  };
}
