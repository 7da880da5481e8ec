import { softmax } from "wasm-cross-entropy";
import { CLASSES } from "./model.mjs";
import { seeded } from "./random.mjs";
import { writeContext } from "./text.mjs";

/** Below 1, likely bytes are drawn more often. */
const TEMPERATURE = 0.7;
const LINES = 4;
const LONGEST = 160;
const NEWLINE = 10;

/**
 * Lets the model continue the prompt byte by byte, once per line.
 *
 * @param {import("./model.mjs").ByteModel} model
 * @param {{ readonly context: number, readonly seed: number }} settings
 * @param {string} prompt
 * @returns {string[]}
 */
export function sampleLines(model, { context, seed }, prompt) {
  const random = seeded(seed);
  const lines = Array.from({ length: LINES }, () => [...Buffer.from(`\n${prompt}`)]);
  const contexts = new Uint8Array(LINES * context);
  for (let length = lines[0].length; length < LONGEST; length++) {
    for (const [row, line] of lines.entries()) writeContext(Uint8Array.from(line), line.length, contexts, row, context);
    model.forward(contexts, LINES);
    const logits = model.logits.subarray(0, LINES * CLASSES).map((logit) => logit / TEMPERATURE);
    const p = softmax(logits, { shape: [LINES, CLASSES] });
    for (const [row, line] of lines.entries()) line.push(drawn(p.subarray(row * CLASSES, (row + 1) * CLASSES), random()));
  }
  return lines.map((line) => {
    const end = line.indexOf(NEWLINE, 1);
    const bytes = line.slice(1, end < 0 ? undefined : end);
    return bytes.map(printable).join("");
  });
}

/** @param {Float32Array} p @param {number} at in [0, 1) */
function drawn(p, at) {
  let sum = 0;
  for (let byte = 0; byte < CLASSES; byte++) {
    sum += p[byte];
    if (at < sum) return byte;
  }
  return NEWLINE; // rounding may leave the sum just below 1
}

/** @param {number} byte */
const printable = (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?");
