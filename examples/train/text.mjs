import { readFileSync } from "node:fs";

/** Byte of a context before the start of the text. */
const BEFORE = 0;

/**
 * @typedef {object} Text
 * @property {Uint8Array} bytes
 * @property {number} trained bytes before this index are trained on; the others are held out
 */

/**
 * Reads the text of examples/data and holds out its last tenth.
 *
 * @returns {Text}
 */
export function readText() {
  const bytes = new Uint8Array(readFileSync(new URL("../data/genesis.txt", import.meta.url)));
  return { bytes, trained: Math.floor(bytes.length * 0.9) };
}

/**
 * Writes the `size` bytes before a position into one row of `contexts`.
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
