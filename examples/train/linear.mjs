import { timesTransposed, transpose } from "./matmul.mjs";

/**
 * y = x Wᵀ + b, and its gradients:
 *
 *     dW = dyᵀ x    db = column sums of dy    dx = dy W
 */
export class Linear {
  #inputs;
  #outputs;
  #batch;
  #weight;
  #bias;
  #weightGrad;
  #biasGrad;
  #weightTransposed;
  #inputTransposed;
  #gradTransposed;

  /** @param {number} inputs @param {number} outputs */
  static size(inputs, outputs) {
    return outputs * inputs + outputs;
  }

  /**
   * @param {number} inputs a multiple of 4, like outputs and batch
   * @param {number} outputs
   * @param {number} batch most rows per call
   * @param {Float32Array} parameters `Linear.size` numbers: W [outputs, inputs], then b
   * @param {Float32Array} gradients gradients of the parameters, in the same order
   */
  constructor(inputs, outputs, batch, parameters, gradients) {
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#batch = batch;
    this.#weight = parameters.subarray(0, outputs * inputs);
    this.#bias = parameters.subarray(outputs * inputs);
    this.#weightGrad = gradients.subarray(0, outputs * inputs);
    this.#biasGrad = gradients.subarray(outputs * inputs);
    this.#weightTransposed = new Float32Array(outputs * inputs);
    this.#inputTransposed = new Float32Array(inputs * batch);
    this.#gradTransposed = new Float32Array(outputs * batch);
  }

  /**
   * Draws the weights uniformly from +-gain sqrt(3 / inputs), so that the outputs have gain times the deviation of the inputs.
   * Sets the biases to 0.
   *
   * @param {() => number} random
   * @param {number} gain
   */
  initialise(random, gain) {
    const bound = gain * Math.sqrt(3 / this.#inputs);
    for (let i = 0; i < this.#weight.length; i++) this.#weight[i] = bound * (2 * random() - 1);
    this.#bias.fill(0);
  }

  /**
   * @param {Float32Array} x [rows, inputs]
   * @param {Float32Array} y [rows, outputs], written
   * @param {number} rows a multiple of 4
   */
  forward(x, y, rows) {
    timesTransposed(x, this.#weight, y, rows, this.#outputs, this.#inputs);
    for (let row = 0; row < rows; row++) {
      const start = row * this.#outputs;
      for (let j = 0; j < this.#outputs; j++) y[start + j] += this.#bias[j];
    }
  }

  /**
   * Writes the gradients of a whole batch.
   *
   * @param {Float32Array} x what `forward` was given
   * @param {Float32Array} dy [batch, outputs]
   * @param {Float32Array} dx [batch, inputs], written
   */
  backward(x, dy, dx) {
    const batch = this.#batch;
    transpose(dy, this.#gradTransposed, batch, this.#outputs);
    transpose(x, this.#inputTransposed, batch, this.#inputs);
    timesTransposed(this.#gradTransposed, this.#inputTransposed, this.#weightGrad, this.#outputs, this.#inputs, batch);

    for (let j = 0; j < this.#outputs; j++) {
      let sum = 0;
      for (let row = 0; row < batch; row++) sum += this.#gradTransposed[j * batch + row];
      this.#biasGrad[j] = sum;
    }

    transpose(this.#weight, this.#weightTransposed, this.#outputs, this.#inputs);
    timesTransposed(dy, this.#weightTransposed, dx, batch, this.#inputs, this.#outputs);
  }
}
