/**
 * How often values of unknown size fall into bins around 0. The bins' width is a power of two, and doubles when a value lies
 * outside: edges stay edges, so that the counts depend on the values alone and not on their order.
 */
import type { Bin } from "./histogram.js";

/** On each side of 0; even, so that neighbours pair up. Many more than are drawn: a few far values cost no resolution. */
const SIDE = 2048;

const NARROWEST = 2 ** -40;

export interface DoublingHistogramSnapshot {
  readonly width: number;
  /** Bins that are not empty: [number, count], bin i being [i width, (i + 1) width). */
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

  /** @param value finite */
  add(value: number): void {
    let bin = Math.floor(value / this.#width);
    while (bin < -SIDE || bin >= SIDE) {
      this.#double();
      bin = Math.floor(value / this.#width);
    }
    const at = bin + SIDE;
    this.#counts[at] = (this.#counts[at] as number) + 1;
  }

  /** @returns the bins that are not empty, ascending */
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
      joined[bin] = (joined[bin] as number) + count;
    }
    this.#counts = joined;
    this.#width *= 2;
  }
}
