/** Data from a seed by integers and exact sums alone: the same bits in every runtime, where Math.log and Math.cos may differ. */
export class ExactRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1), a multiple of 2^-32: mulberry32. */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** In 0 .. below - 1. */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Nearly N(0, scale^2): the sum of six uniforms, which is exact, scaled by what makes its variance 1. */
  logits(length: number, scale: number): Float32Array {
    const six = (): number =>
      this.uniform() + this.uniform() + this.uniform() + this.uniform() + this.uniform() + this.uniform() - 3;
    return Float32Array.from({ length }, () => six() * 1.4140625 * scale);
  }

  /** Classes, about every tenth of them ignored (-100). */
  classes(rows: number, classes: number): Int32Array {
    return Int32Array.from({ length: rows }, () => (this.uniform() < 0.1 ? -100 : this.integer(classes)));
  }

  /** In (0, 1). */
  probabilities(length: number): Float32Array {
    return Float32Array.from({ length }, () => (this.integer(65535) + 1) / 65537);
  }

  /** Rows that sum to 1 up to rounding to f32. */
  distributions(rows: number, classes: number): Float32Array {
    const result = new Float32Array(rows * classes);
    for (let start = 0; start < result.length; start += classes) {
      const row = Float64Array.from({ length: classes }, () => this.integer(1000));
      row[this.integer(classes)] = 1000;
      const sum = row.reduce((total, value) => total + value, 0);
      for (let c = 0; c < classes; c++) result[start + c] = (row[c] as number) / sum;
    }
    return result;
  }
}
