// The problem that every consumer solves: made of integers, so that the same bits come out everywhere.
export const ROWS = 4096;
export const CLASSES = 1000;

/** Logits in [-8, 8), 16 fraction bits, and a class a row. 4 M elements: enough for an engine to wake its workers. */
export function problem() {
  const logits = new Float32Array(ROWS * CLASSES);
  let state = 1;
  for (let i = 0; i < logits.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    logits[i] = (state >>> 12) / 65536 - 8;
  }
  const targets = Int32Array.from({ length: ROWS }, (_, row) => (row * 7919) % CLASSES);
  return { logits, targets };
}
