import { Linear } from "./linear.mjs";

/** Every byte is a class. */
export const CLASSES = 256;

/**
 * @typedef {object} Sizes all multiples of 4
 * @property {number} context number of bytes that the model sees
 * @property {number} embedding width of a byte's embedding
 * @property {number} hidden units of the hidden layer
 * @property {number} batch rows per training step
 */

/**
 * The neural language model of Bengio et al. (2003), over bytes: predicts the byte after the last `context` bytes.
 *
 *     x      = the embeddings of the context's bytes, side by side
 *     h      = tanh(x W1ᵀ + b1)
 *     logits = h W2ᵀ + b2
 *
 * All weights lie in one Float32Array and their gradients in another, so the optimiser does not depend on the layers.
 */
export class ByteModel {
  #sizes;
  #embedding;
  #embeddingGrad;
  #first;
  #last;
  #x;
  #xGrad;
  #h;
  #hGrad;

  /** @param {Sizes} sizes @param {() => number} random generator of the initial weights */
  constructor(sizes, random) {
    const { context, embedding, hidden, batch } = sizes;
    const width = context * embedding;
    const ends = [CLASSES * embedding];
    ends.push(ends[0] + Linear.size(width, hidden));
    ends.push(ends[1] + Linear.size(hidden, CLASSES));

    /** Read and updated by the optimiser. */
    this.weights = new Float32Array(ends[2]);
    /** Written by `backward`. */
    this.gradients = new Float32Array(ends[2]);
    /** [batch, 256], written by `forward`. */
    this.logits = new Float32Array(batch * CLASSES);

    this.#sizes = sizes;
    this.#embedding = this.weights.subarray(0, ends[0]);
    this.#embeddingGrad = this.gradients.subarray(0, ends[0]);
    this.#first = new Linear(
      width,
      hidden,
      batch,
      this.weights.subarray(ends[0], ends[1]),
      this.gradients.subarray(ends[0], ends[1]),
    );
    this.#last = new Linear(hidden, CLASSES, batch, this.weights.subarray(ends[1]), this.gradients.subarray(ends[1]));
    this.#x = new Float32Array(batch * width);
    this.#xGrad = new Float32Array(batch * width);
    this.#h = new Float32Array(batch * hidden);
    this.#hGrad = new Float32Array(batch * hidden);

    for (let i = 0; i < this.#embedding.length; i++) this.#embedding[i] = Math.sqrt(3) * (2 * random() - 1);
    this.#first.initialise(random, 1);
    // small logits: the untrained model gives all bytes nearly equal probabilities, 8 bits each
    this.#last.initialise(random, 0.1);
  }

  /**
   * Fills `logits`.
   *
   * @param {Uint8Array} contexts [rows, context]
   * @param {number} rows a multiple of 4, at most the batch
   */
  forward(contexts, rows = this.#sizes.batch) {
    const { context, embedding, hidden } = this.#sizes;
    for (let i = 0; i < rows * context; i++) {
      const from = contexts[i] * embedding;
      for (let e = 0; e < embedding; e++) this.#x[i * embedding + e] = this.#embedding[from + e];
    }
    this.#first.forward(this.#x, this.#h, rows);
    for (let i = 0; i < rows * hidden; i++) this.#h[i] = Math.tanh(this.#h[i]);
    this.#last.forward(this.#h, this.logits, rows);
  }

  /**
   * Fills `gradients`, after `forward` of a whole batch.
   *
   * @param {Uint8Array} contexts the argument of `forward`
   * @param {Float32Array} logitsGrad [batch, 256]
   */
  backward(contexts, logitsGrad) {
    const { embedding } = this.#sizes;
    this.#last.backward(this.#h, logitsGrad, this.#hGrad);
    for (let i = 0; i < this.#h.length; i++) this.#hGrad[i] *= 1 - this.#h[i] * this.#h[i];
    this.#first.backward(this.#x, this.#hGrad, this.#xGrad);

    this.#embeddingGrad.fill(0);
    for (let i = 0; i < contexts.length; i++) {
      const to = contexts[i] * embedding;
      for (let e = 0; e < embedding; e++) this.#embeddingGrad[to + e] += this.#xGrad[i * embedding + e];
    }
  }
}
