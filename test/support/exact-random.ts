/** Data from a seed, from integers and exact sums only: the same bits in every runtime, although Math.log and Math.cos differ. */
export class ExactRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Uniform in [0, 1), a multiple of 2^-32 (mulberry32). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer in 0 .. below - 1. */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Approximately N(0, scale^2): an exact sum of six uniform numbers, scaled to unit variance and then by `scale`. */
  logits(length: number, scale: number): Float32Array {
    const six = (): number =>
      this.uniform() + this.uniform() + this.uniform() + this.uniform() + this.uniform() + this.uniform() - 3;
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = six() * 1.4140625 * scale;
    return values;
  }

  /** Class indices, about every tenth ignored (-100). */
  classes(rows: number, classes: number): Int32Array {
    const values = new Int32Array(rows);
    for (let row = 0; row < rows; row++) values[row] = this.uniform() < 0.1 ? -100 : this.integer(classes);
    return values;
  }

  /** Probabilities in (0, 1). */
  probabilities(length: number): Float32Array {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = (this.integer(65535) + 1) / 65537;
    return values;
  }

  /** Rows that sum to 1, up to f32 rounding. */
  distributions(rows: number, classes: number): Float32Array {
    const result = new Float32Array(rows * classes);
    const row = new Float64Array(classes);
    for (let start = 0; start < result.length; start += classes) {
      for (let c = 0; c < classes; c++) row[c] = this.integer(1000);
      row[this.integer(classes)] = 1000;
      const sum = row.reduce((total, value) => total + value, 0);
      for (let c = 0; c < classes; c++) result[start + c] = row[c] / sum;
    }
    return result;
  }
}
