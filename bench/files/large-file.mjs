/** A large file of logits, the same for the same seed. It is written row by row, so only a few rows are in memory. */
import { open } from "node:fs/promises";
import { halfTensor } from "../../xent/build/bench/half.js";
import { fillNormal, uniform } from "../../xent/build/bench/random.js";

const SEED = 20261121;

/** Each row is a window of a pool of this many rows: random numbers for each row would take longer than writing it. */
const POOL_ROWS = 3;

/**
 * Writes a .safetensors of bf16 logits [rows, classes] from N(0, 4) and i32 targets. A file of fewer rows holds the
 * first rows of a larger one.
 *
 * @param {string} path
 * @param {{ rows: number, classes: number }} shape
 * @param {(row: number) => void} [told] called with the number of rows written so far
 */
export async function writeLargeFile(path, { rows, classes }, told = () => {}) {
  const random = uniform(SEED);
  const pool = new Float32Array(POOL_ROWS * classes);
  fillNormal(pool, 4, random);
  const words = halfTensor(pool, "bfloat16").data;
  const targets = new Int32Array(rows);
  const file = await open(path, "w");
  try {
    const logitBytes = rows * classes * 2;
    const header = JSON.stringify({
      logits: { dtype: "BF16", shape: [rows, classes], data_offsets: [0, logitBytes] },
      targets: { dtype: "I32", shape: [rows], data_offsets: [logitBytes, logitBytes + rows * 4] },
    });
    await file.write(new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer));
    await file.write(Buffer.from(header));
    for (let row = 0; row < rows; row++) {
      const start = Math.floor(random() * ((POOL_ROWS - 1) * classes + 1));
      targets[row] = Math.floor(random() * classes);
      await file.write(new Uint8Array(words.buffer, start * 2, classes * 2));
      told(row + 1);
    }
    await file.write(new Uint8Array(targets.buffer));
  } finally {
    await file.close();
  }
}
