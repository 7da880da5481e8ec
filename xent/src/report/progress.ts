import { formatNumber } from "./numbers.js";

/** The stream for progress: stderr. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Seconds before the first progress line: shorter work shows none. */
const QUIET = 0.5;

/** Least seconds between two updates. */
const INTERVAL = 0.1;

const BAR_CELLS = 24;

/** The rows to be processed. */
export interface RowWork {
  /** Total number of rows. */
  readonly rows: number;
  /** Bytes per row, if they are read from a file. */
  readonly rowBytes?: number;
  /** Rows already done when the work begins. */
  readonly done: number;
}

/** A progress line on a terminal. Writes nothing to other streams. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #work: RowWork;
  readonly #now: () => number;
  readonly #begun: number;
  #drawn = 0;

  /** @param now a clock in seconds */
  constructor(stream: ProgressStream, work: RowWork, now: () => number = () => performance.now() / 1000) {
    this.#stream = stream;
    this.#work = work;
    this.#now = now;
    this.#begun = now();
  }

  /** @param done number of rows done, including those done before the work began */
  update(done: number): void {
    if (this.#stream.isTTY !== true) return;
    const now = this.#now();
    const elapsed = now - this.#begun;
    if (elapsed < QUIET || (this.#drawn > 0 && now - this.#drawn < INTERVAL)) return;
    this.#drawn = now;
    const { rows, rowBytes } = this.#work;
    const share = done / rows;
    const rate = (done - this.#work.done) / elapsed;
    const bar = "#".repeat(Math.round(share * BAR_CELLS)).padEnd(BAR_CELLS, "-");
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    const speed = rowBytes === undefined ? "" : `${formatNumber((rate * rowBytes) / 1e9, 3)} GB/s  `;
    const left = timeText((rows - done) / rate);
    this.#stream.write(`\r\x1b[K[${bar}] ${percent} %  ${speed}${Math.round(rate)} tokens/s  ${left} left`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write("\r\x1b[K");
    this.#drawn = 0;
  }
}

/** @returns a duration in seconds, or in minutes and seconds from two minutes on */
function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
