/** The printed results of a training. */

/**
 * @typedef {object} Result the output of --json
 * @property {string} loss name of the loss functions used
 * @property {number} seed
 * @property {number} steps requested steps
 * @property {number} stepsDone
 * @property {number} batch
 * @property {number} weights
 * @property {number} trainedBytes
 * @property {number} heldOutBytes
 * @property {number} heldOutBitsPerByte
 * @property {{ readonly pairs: number, readonly threes: number }} countedBitsPerByte bits per byte of the counting models
 * @property {number} seconds time of the training steps
 * @property {number} lossSeconds part of `seconds` spent in the loss and its gradient
 * @property {readonly string[]} sample
 */

const WIDTHS = [7, 12, 12, 10, 9];

/** @param {readonly string[]} cells */
const row = (cells) => cells.map((cell, i) => cell.padStart(WIDTHS[i])).join("");

export const HEADINGS = `${row(["", "bits/byte", "bits/byte", "", "loss and"])}
${row(["step", "trained", "held out", "seconds", "gradient"])}`;

/**
 * @param {{ readonly steps: number, readonly seconds: { readonly all: number, readonly loss: number } }} training
 * @param {number} trained bits per byte of the steps since the last line
 * @param {number} heldOut bits per byte of the held-out text
 */
export function courseLine({ steps, seconds }, trained, heldOut) {
  return row([`${steps}`, trained.toFixed(3), heldOut.toFixed(3), seconds.all.toFixed(1), percent(seconds.loss, seconds.all)]);
}

/** @param {Result} result */
export function summary(result) {
  const { stepsDone, steps, batch, seconds, lossSeconds, heldOutBitsPerByte, countedBitsPerByte } = result;
  const course = stepsDone < steps ? `${stepsDone} of ${steps} steps` : `${steps} steps`;
  return `${course} of ${batch} bytes in ${seconds.toFixed(1)} s, ${percent(lossSeconds, seconds)} of it in ${result.loss}

bits per byte on the ${result.heldOutBytes} held-out bytes
  this model                 ${heldOutBitsPerByte.toFixed(3)}
  bigram counts              ${countedBitsPerByte.pairs.toFixed(3)}
  trigram counts             ${countedBitsPerByte.threes.toFixed(3)}

sample of the model
${result.sample.map((line) => `  ${line}\n`).join("")}`;
}

/** @param {number} part @param {number} whole */
function percent(part, whole) {
  return `${(whole > 0 ? (part / whole) * 100 : 0).toFixed(1)} %`;
}
