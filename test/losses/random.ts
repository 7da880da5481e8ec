/** Data from a seed: the same in every run, so that a failing case can be reproduced from fast-check's output. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Uniform in [0, 1) (mulberry32). */
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

  /** N(0, 1), by the Box-Muller transform. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  normals(length: number, scale = 1, offset = 0): Float32Array {
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = this.normal() * scale + offset;
    return values;
  }

  classes(rows: number, classes: number): Int32Array {
    const values = new Int32Array(rows);
    for (let row = 0; row < rows; row++) values[row] = this.integer(classes);
    return values;
  }

  /** Positive f32 weights in [.25, 2). */
  weights(classes: number): Float32Array {
    const values = new Float32Array(classes);
    for (let c = 0; c < classes; c++) values[c] = 0.25 + 1.75 * this.uniform();
    return values;
  }

  /** Rows that sum to 1, up to f32 rounding. About every fourth probability is 0; at least one is not. */
  distributions(rows: number, classes: number): Float32Array {
    const result = new Float32Array(rows * classes);
    const row = new Float64Array(classes);
    for (let start = 0; start < result.length; start += classes) {
      for (let c = 0; c < classes; c++) row[c] = this.uniform() < 0.25 ? 0 : this.uniform();
      row[this.integer(classes)] = 1;
      const sum = row.reduce((total, value) => total + value, 0);
      for (let c = 0; c < classes; c++) result[start + c] = row[c] / sum;
    }
    return result;
  }
}

/** A fixed seed, so that the result depends on the change and not on chance. FC_SEED and FC_RUNS search further. */
export function settings(numRuns: number): { readonly seed: number; readonly numRuns: number } {
  // browsers have neither variable
  const { FC_SEED, FC_RUNS }: NodeJS.ProcessEnv = typeof process === "undefined" ? {} : process.env;
  return { seed: Number(FC_SEED ?? 20), numRuns: Math.round(numRuns * Number(FC_RUNS ?? 1)) };
}
