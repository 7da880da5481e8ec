/** A histogram with fixed edges. */

export interface HistogramSnapshot {
  readonly below: number;
  readonly counts: readonly number[];
  readonly above: number;
}

/** The number of values in [from, to). */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export class Histogram {
  readonly #edges: readonly number[];
  readonly #counts: number[];
  #below = 0;
  #above = 0;

  /** @param edges ascending; bin i is [edges[i], edges[i + 1]) */
  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.#counts = Array.from({ length: edges.length - 1 }, () => 0);
  }

  static restore(edges: readonly number[], { below, counts, above }: HistogramSnapshot): Histogram {
    const restored = new Histogram(edges);
    restored.#below = below;
    restored.#above = above;
    restored.#counts.splice(0, counts.length, ...counts);
    return restored;
  }

  /** Number of values below the first edge. */
  get below(): number {
    return this.#below;
  }

  /** Number of values at or above the last edge. */
  get above(): number {
    return this.#above;
  }

  /** @param value must not be NaN */
  add(value: number): void {
    const bin = this.#binOf(value);
    if (bin < 0) this.#below++;
    else if (bin >= this.#counts.length) this.#above++;
    else this.#counts[bin] = this.#counts[bin] + 1;
  }

  bins(): Bin[] {
    return this.#counts.map((count, index) => ({
      from: this.#edges[index],
      to: this.#edges[index + 1],
      count,
    }));
  }

  snapshot(): HistogramSnapshot {
    return { below: this.#below, counts: [...this.#counts], above: this.#above };
  }

  /** Returns the index of the last edge at or below `value`: -1 below the first edge, the number of bins at or above the last. */
  #binOf(value: number): number {
    let low = 0;
    let high = this.#edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#edges[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
