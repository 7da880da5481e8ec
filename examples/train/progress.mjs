const CELLS = 24;

/** Milliseconds before the first bar. */
const QUIET = 500;

/** Least milliseconds between two updates of the bar. */
const INTERVAL = 100;

const REMOVE_LINE = "\r\x1b[K";

/** Prints permanent lines and, on a terminal, a progress bar below them. */
export class Progress {
  #stream;
  #total;
  #begun = performance.now();
  #drawn = 0;

  /** @param {NodeJS.WriteStream} stream @param {number} total steps */
  constructor(stream, total) {
    this.#stream = stream;
    this.#total = total;
  }

  /** @param {string} text a permanent line */
  line(text) {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** @param {number} steps steps done @param {number} bits bits per byte of the last steps */
  update(steps, bits) {
    const now = performance.now();
    const elapsed = now - this.#begun;
    if (!this.#stream.isTTY || elapsed < QUIET || (this.#drawn > 0 && now - this.#drawn < INTERVAL)) return;
    this.#drawn = now;
    const share = steps / this.#total;
    const left = Math.ceil((elapsed / 1000) * (1 / share - 1));
    const bar = "#".repeat(Math.round(share * CELLS)).padEnd(CELLS, "-");
    const percent = `${Math.floor(share * 100)}`.padStart(3);
    this.#stream.write(`${REMOVE_LINE}[${bar}] ${percent} %  ${bits.toFixed(2)} bits/byte  ${left} s left`);
  }

  /** Removes the bar. */
  clear() {
    if (this.#drawn > 0) this.#stream.write(REMOVE_LINE);
    this.#drawn = 0;
  }
}
