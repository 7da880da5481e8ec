import { bitsPerByte } from "wasm-cross-entropy";

/** Weight of the shorter context's prediction, in counts. */
const STRENGTH = 5;

/** Index of the total in a context's counts, after those of the 256 bytes. */
const SUM = 256;

/**
 * Bits per byte on the held-out text, for a model that only counts which byte follows the last `order` bytes. The prediction of a
 * context is smoothed with that of the next shorter one; the empty context is smoothed with the uniform distribution:
 *
 *     p(b | context) = (count(context b) + STRENGTH p(b | shorter context)) / (count(context) + STRENGTH)
 *
 * @param {import("./text.mjs").Text} text
 * @param {number} order 1: bigrams, 2: trigrams
 */
export function countedBits({ bytes, trained }, order) {
  const characters = Buffer.from(bytes).toString("latin1");
  /** @type {Map<string, Uint32Array>[]} one map per context length: counts of the bytes that followed each context */
  const followers = Array.from({ length: order + 1 }, () => new Map());
  for (let position = order; position < trained; position++) {
    for (let size = 0; size <= order; size++) {
      const context = characters.slice(position - size, position);
      const counts = followers[size].get(context) ?? new Uint32Array(SUM + 1);
      followers[size].set(context, counts);
      counts[bytes[position]]++;
      counts[SUM]++;
    }
  }

  let nats = 0;
  for (let position = trained; position < bytes.length; position++) {
    let p = 1 / 256;
    for (let size = 0; size <= order; size++) {
      const counts = followers[size].get(characters.slice(position - size, position));
      if (counts !== undefined) p = (counts[bytes[position]] + STRENGTH * p) / (counts[SUM] + STRENGTH);
    }
    nats -= Math.log(p);
  }
  return bitsPerByte({ nats, bytes: bytes.length - trained });
}
