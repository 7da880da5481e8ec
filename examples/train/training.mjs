import { bitsPerByte } from "wasm-cross-entropy";
import { Adam } from "./adam.mjs";
import { ByteModel, CLASSES } from "./model.mjs";
import { seeded } from "./random.mjs";
import { writeContext } from "./text.mjs";

/** The target of an ignored row: the package's default `ignoreIndex`. */
const IGNORED = -100;

/**
 * @typedef {object} Settings
 * @property {number} steps
 * @property {number} batch positions of the text per step, a multiple of 4
 * @property {number} seed seed of the initial weights and the order of positions
 * @property {number} context number of bytes that the model sees
 * @property {number} embedding width of a byte's embedding
 * @property {number} hidden units of the hidden layer
 * @property {number} rate Adam's greatest step size
 */

/** @type {Settings} Takes about a minute. */
export const DEFAULTS = { steps: 5000, batch: 64, seed: 1, context: 8, embedding: 24, hidden: 160, rate: 0.004 };

/** A model in training. The caller runs it step by step, so that it can report progress and stop. */
export class Training {
  #text;
  #settings;
  #loss;
  #model;
  #adam;
  #random;
  #contexts;
  #targets;
  #logitsGrad;

  /** Steps done. */
  steps = 0;
  /** Time of all steps, and the part of it spent in the loss and its gradient. */
  seconds = { all: 0, loss: 0 };

  /**
   * @param {import("./text.mjs").Text} text
   * @param {Settings} settings
   * @param {import("./loss.mjs").Loss} loss
   */
  constructor(text, settings, loss) {
    const { batch, context, seed } = settings;
    this.#text = text;
    this.#settings = settings;
    this.#loss = loss;
    this.#random = seeded(seed);
    this.#model = new ByteModel(settings, this.#random);
    this.#adam = new Adam(this.#model.weights.length);
    this.#contexts = new Uint8Array(batch * context);
    this.#targets = new Int32Array(batch);
    this.#logitsGrad = new Float32Array(batch * CLASSES);
  }

  get model() {
    return this.#model;
  }

  /** Runs one step of Adam on random positions. Returns their bits per byte before the step. */
  step() {
    const begun = performance.now();
    const { batch } = this.#settings;
    const model = this.#model;
    for (let row = 0; row < batch; row++) this.#place(row, Math.floor(this.#random() * this.#text.trained));

    model.forward(this.#contexts);
    const beforeLoss = performance.now();
    const nats = this.#loss.meanAndGrad(model.logits, this.#targets, this.#logitsGrad);
    const afterLoss = performance.now();
    model.backward(this.#contexts, this.#logitsGrad);
    this.#adam.step(model.weights, model.gradients, this.#rate());

    this.steps++;
    this.seconds.loss += (afterLoss - beforeLoss) / 1000;
    this.seconds.all += (performance.now() - begun) / 1000;
    return bitsPerByte({ nats, bytes: 1 });
  }

  /**
   * Bits per byte of the held-out text.
   *
   * @param {number} every uses only every n-th byte, for a faster estimate
   */
  heldOutBits(every = 1) {
    const { batch } = this.#settings;
    const { bytes, trained } = this.#text;
    let nats = 0;
    let count = 0;
    for (let position = trained; position < bytes.length; ) {
      this.#targets.fill(IGNORED);
      for (let row = 0; row < batch && position < bytes.length; row++, position += every, count++) this.#place(row, position);
      this.#model.forward(this.#contexts);
      nats += this.#loss.sum(this.#model.logits, this.#targets);
    }
    return bitsPerByte({ nats, bytes: count });
  }

  /** Fills a row of the batch from a position of the text: the context before it, and the byte there as the target. */
  #place(/** @type {number} */ row, /** @type {number} */ position) {
    const { bytes } = this.#text;
    writeContext(bytes, position, this.#contexts, row, this.#settings.context);
    this.#targets[row] = bytes[position];
  }

  /** Step size: rises over the first twentieth of the steps, then falls along half a cosine to a twentieth of its maximum. */
  #rate() {
    const { steps, rate } = this.#settings;
    const rise = steps / 20;
    if (this.steps < rise) return (rate * (this.steps + 1)) / rise;
    const share = (this.steps - rise) / (steps - rise);
    return rate * (0.05 + 0.95 * 0.5 * (1 + Math.cos(Math.PI * share)));
  }
}
