const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Adam (Kingma and Ba, 2015), with its moments in typed arrays. */
export class Adam {
  #mean;
  #square;
  #steps = 0;

  /** @param {number} size number of weights */
  constructor(size) {
    this.#mean = new Float32Array(size);
    this.#square = new Float32Array(size);
  }

  /**
   * @param {Float32Array} weights updated in place
   * @param {Float32Array} gradients
   * @param {number} rate
   */
  step(weights, gradients, rate) {
    this.#steps++;
    // corrects the bias of the moments, which start at 0
    const size = rate / (1 - BETA1 ** this.#steps);
    const scale = 1 / (1 - BETA2 ** this.#steps);
    const mean = this.#mean;
    const square = this.#square;
    for (let i = 0; i < weights.length; i++) {
      const gradient = gradients[i];
      const m = BETA1 * mean[i] + (1 - BETA1) * gradient;
      const s = BETA2 * square[i] + (1 - BETA2) * gradient * gradient;
      mean[i] = m;
      square[i] = s;
      weights[i] -= (size * m) / (Math.sqrt(s * scale) + EPSILON);
    }
  }
}
