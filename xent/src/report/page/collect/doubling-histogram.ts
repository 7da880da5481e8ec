/**
 * A histogram around 0 for values of unknown magnitude. The bins' width is a power of two and doubles when a value does not fit.
 * New edges are always old edges too, so the counts do not depend on the order of the values.
 */
import type { Bin } from "./histogram.js";

/** Bins on each side of 0; even, so that neighbours pair up. Far more than a chart draws, so that outliers cost no resolution. */
const SIDE = 2048;

const NARROWEST = 2 ** -40;

export interface DoublingHistogramSnapshot {
  readonly width: number;
  /** Non-empty bins as [i, count]; bin i is [i width, (i + 1) width). */
  readonly counts: readonly (readonly [bin: number, count: number])[];
}

export class DoublingHistogram {
  #width = NARROWEST;
  #counts = new Float64Array(2 * SIDE);

  static restore({ width, counts }: DoublingHistogramSnapshot): DoublingHistogram {
    const restored = new DoublingHistogram();
    restored.#width = width;
    for (const [bin, count] of counts) restored.#counts[bin + SIDE] = count;
    return restored;
  }

  get width(): number {
    return this.#width;
  }

  /** @param value must be finite */
  add(value: number): void {
    let bin = Math.floor(value / this.#width);
    while (bin < -SIDE || bin >= SIDE) {
      this.#double();
      bin = Math.floor(value / this.#width);
    }
    const at = bin + SIDE;
    this.#counts[at] = this.#counts[at] + 1;
  }

  /** @returns the non-empty bins, ascending */
  bins(): Bin[] {
    const width = this.#width;
    return this.snapshot().counts.map(([bin, count]) => ({ from: bin * width, to: (bin + 1) * width, count }));
  }

  snapshot(): DoublingHistogramSnapshot {
    const counts = Array.from(this.#counts, (count, at): [number, number] => [at - SIDE, count]);
    return { width: this.#width, counts: counts.filter(([, count]) => count > 0) };
  }

  #double(): void {
    const joined = new Float64Array(2 * SIDE);
    for (const [at, count] of this.#counts.entries()) {
      const bin = Math.floor((at - SIDE) / 2) + SIDE;
      joined[bin] = joined[bin] + count;
    }
    this.#counts = joined;
    this.#width *= 2;
  }
}
