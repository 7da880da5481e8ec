import { readFileSync } from "node:fs";

/** What a context holds where the text has not begun. */
const BEFORE = 0;

/**
 * @typedef {object} Text
 * @property {Uint8Array} bytes
 * @property {number} trained bytes before this one are trained on, the others held out
 */

/**
 * The text of examples/data, its last tenth held out.
 *
 * @returns {Text}
 */
export function readText() {
  const bytes = new Uint8Array(readFileSync(new URL("../data/genesis.txt", import.meta.url)));
  return { bytes, trained: Math.floor(bytes.length * 0.9) };
}

/**
 * Writes the `size` bytes before a position: a row of contexts.
 *
 * @param {Uint8Array} bytes
 * @param {number} position
 * @param {Uint8Array} contexts [rows, size]
 * @param {number} row
 * @param {number} size
 */
export function writeContext(bytes, position, contexts, row, size) {
  for (let i = 0; i < size; i++) {
    const from = position - size + i;
    contexts[row * size + i] = from < 0 ? BEFORE : bytes[from];
  }
}
