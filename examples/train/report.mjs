/** What the training prints. */

/**
 * @typedef {object} Result what --json prints
 * @property {string} loss which functions computed it
 * @property {number} seed
 * @property {number} steps asked for
 * @property {number} stepsDone
 * @property {number} batch
 * @property {number} weights
 * @property {number} trainedBytes
 * @property {number} heldOutBytes
 * @property {number} heldOutBitsPerByte
 * @property {{ readonly pairs: number, readonly threes: number }} countedBitsPerByte of models that only count
 * @property {number} seconds of the training steps
 * @property {number} lossSeconds part of it
 * @property {readonly string[]} sample
 */

const WIDTHS = [7, 12, 12, 10, 9];

/** @param {readonly string[]} cells */
const row = (cells) => cells.map((cell, i) => cell.padStart(WIDTHS[i])).join("");

export const HEADINGS = `${row(["", "bits a byte", "bits a byte", "", "loss and"])}
${row(["step", "trained", "held out", "seconds", "gradient"])}`;

/**
 * @param {{ readonly steps: number, readonly seconds: { readonly all: number, readonly loss: number } }} training
 * @param {number} trained bits a byte of the steps since the last line
 * @param {number} heldOut bits a byte
 */
export function courseLine({ steps, seconds }, trained, heldOut) {
  return row([`${steps}`, trained.toFixed(3), heldOut.toFixed(3), seconds.all.toFixed(1), percent(seconds.loss, seconds.all)]);
}

/** @param {Result} result */
export function summary(result) {
  const { stepsDone, steps, batch, seconds, lossSeconds, heldOutBitsPerByte, countedBitsPerByte } = result;
  const course = stepsDone < steps ? `${stepsDone} of ${steps} steps` : `${steps} steps`;
  return `${course} of ${batch} bytes in ${seconds.toFixed(1)} s, ${percent(lossSeconds, seconds)} of it in ${result.loss}

bits a byte on the ${result.heldOutBytes} bytes held out
  this model                 ${heldOutBitsPerByte.toFixed(3)}
  counted pairs of bytes     ${countedBitsPerByte.pairs.toFixed(3)}
  counted threes             ${countedBitsPerByte.threes.toFixed(3)}

what it writes
${result.sample.map((line) => `  ${line}\n`).join("")}`;
}

/** @param {number} part @param {number} whole */
function percent(part, whole) {
  return `${(whole > 0 ? (part / whole) * 100 : 0).toFixed(1)} %`;
}
