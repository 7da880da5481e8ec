/** Where progress is drawn: stderr. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Work shorter than this shows no progress, and the line changes no more often: seconds. */
const QUIET = 0.5;
const INTERVAL = 0.1;

const BAR_CELLS = 24;

/** One line on a terminal that tells how far long work has come. On anything but a terminal it writes nothing. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #unit: string;
  readonly #total: number;
  readonly #now: () => number;
  readonly #begun: number;
  #drawn = 0;

  /**
   * @param unit what `total` counts, in plural: "rows"
   * @param now a clock in seconds
   */
  constructor(stream: ProgressStream, unit: string, total: number, now: () => number = () => performance.now() / 1000) {
    this.#stream = stream;
    this.#unit = unit;
    this.#total = total;
    this.#now = now;
    this.#begun = now();
  }

  /** @param done how many of `total` are done */
  update(done: number): void {
    if (this.#stream.isTTY !== true) return;
    const now = this.#now();
    const elapsed = now - this.#begun;
    if (elapsed < QUIET || (this.#drawn > 0 && now - this.#drawn < INTERVAL)) return;
    this.#drawn = now;
    const share = done / this.#total;
    const rate = done / elapsed;
    const left = Math.ceil((this.#total - done) / rate);
    const bar = "#".repeat(Math.round(share * BAR_CELLS)).padEnd(BAR_CELLS, "-");
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    this.#stream.write(`\r\x1b[K[${bar}] ${percent} %  ${Math.round(rate)} ${this.#unit}/s  ${left} s left`);
  }

  /** Removes the line. */
  clear(): void {
    if (this.#drawn > 0) this.#stream.write("\r\x1b[K");
    this.#drawn = 0;
  }
}
