import type { Interrupting, StopSignal } from "../seams.js";

const CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };
const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/** Ctrl-C, or a polite kill: asked for after each batch. A second one ends the process at once, as without all this. */
export class Interruption {
  readonly #process: Interrupting;
  readonly #told: () => void;
  #code: number | undefined;

  /** @param told called when it comes */
  constructor(process: Interrupting, told: () => void) {
    this.#process = process;
    this.#told = told;
    for (const signal of SIGNALS) process.once(signal, this.#stop);
  }

  /** The exit code of a run that is to stop: 128 and the signal's number, as shells have it. Undefined: go on. */
  get code(): number | undefined {
    return this.#code;
  }

  close(): void {
    for (const signal of SIGNALS) this.#process.off(signal, this.#stop);
  }

  readonly #stop = (signal: StopSignal): void => {
    this.#code = CODES[signal];
    // so that the next one finds no listener
    this.close();
    this.#told();
  };
}
