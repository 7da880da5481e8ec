/** Encodes jobs as JSON. Finite numbers round-trip exactly; NaN, infinities and -0 become tagged strings. */
import type { Bytes } from "../../wasm/bytes.js";

const TAG = "number:";
const SPECIAL = ["NaN", "Infinity", "-Infinity", "-0"];

export function toBytes(value: unknown): Bytes {
  const text = JSON.stringify(value, (name, item: unknown) => {
    if (ArrayBuffer.isView(item)) throw new Error(`wasm-cross-entropy: the arrays of a job's kind leave out ${name}`);
    if (typeof item !== "number") return item;
    if (Object.is(item, -0)) return `${TAG}-0`;
    return Number.isFinite(item) ? item : TAG + item;
  });
  return new TextEncoder().encode(text);
}

/** Decodes a copy, because browsers refuse to decode shared memory. */
export function fromBytes(buffer: ArrayBufferLike, at: number, length: number): unknown {
  const text = new TextDecoder().decode(new Uint8Array(buffer, at, length).slice());
  return JSON.parse(text, (_, item: unknown) => {
    if (typeof item !== "string" || !item.startsWith(TAG)) return item;
    const word = item.slice(TAG.length);
    return SPECIAL.includes(word) ? Number(word) : item;
  });
}
