import { bitsPerByte } from "wasm-cross-entropy";

/** How many sightings the opinion of the shorter context is worth. */
const STRENGTH = 5;

/** Where a context's row of counts has their sum, after those of the 256 bytes. */
const SUM = 256;

/**
 * Bits per byte on the held-out text of a model that only counts which byte followed the `order` bytes before it. A context that
 * was seen seldom leans on the shorter one, down to none, which leans on all bytes alike:
 *
 *     p(b | context) = (count(context b) + STRENGTH p(b | shorter context)) / (count(context) + STRENGTH)
 *
 * @param {import("./text.mjs").Text} text
 * @param {number} order 1: pairs of bytes (bigrams), 2: threes
 */
export function countedBits({ bytes, trained }, order) {
  const characters = Buffer.from(bytes).toString("latin1");
  /** @type {Map<string, Uint32Array>[]} per length of context: what followed each */
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
