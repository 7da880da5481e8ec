import { LLAMA_RANGE, LLAMA_ROW_WORDS, rowWords } from "./llama-logits.js";

const STEPS = 65_535;

/**
 * Writes a row of logits as llama.cpp stores it, with its arithmetic in f32:
 *
 *     M = max x, m = max(min x, M - 16), lse = log sum exp(x - M), the sum in f64
 *     scale = (M - m) / 65535, min_log_prob = m - M - lse
 *     q = round half to even(r (x - m)) for x > m, r = 1 / scale; else 0
 *
 * @param words at least `rowWords(logits.length)` words, at a multiple of 4 bytes
 * @returns whether the row has a distribution: false for NaN, +inf, or only -inf, and then nothing is written
 */
export function writeLlamaRow(logits: Float32Array, words: Uint16Array): boolean {
  const { fround } = Math;
  let most = Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  for (const x of logits) {
    if (Number.isNaN(x)) return false;
    if (x > most) most = x;
    if (x < least) least = x;
  }
  if (!Number.isFinite(most)) return false;
  const floor = Math.max(least, fround(most - LLAMA_RANGE));
  let sum = 0;
  for (const x of logits) sum += fround(Math.exp(fround(x - most)));
  const scale = fround(fround(most - floor) / STEPS);
  const view = new DataView(words.buffer, words.byteOffset);
  view.setFloat32(0, scale, true);
  view.setFloat32(4, fround(fround(floor - most) - fround(Math.log(sum))), true);
  const inverse = fround(1 / scale);
  for (let c = 0; c < logits.length; c++) {
    const x = logits[c] as number;
    words[LLAMA_ROW_WORDS + c] = scale > 0 && x > floor ? nearest(fround(inverse * fround(x - floor))) : 0;
  }
  words.fill(0, LLAMA_ROW_WORDS + logits.length, rowWords(logits.length));
  return true;
}

/** Half to even: so rounds the sum with 1.5 x 2^23 in f32. */
function nearest(value: number): number {
  return Math.fround(value + 12_582_912) - 12_582_912;
}
