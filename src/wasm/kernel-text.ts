/**
 * The kernels as inlined text, from which the bytes of either build are made on demand.
 *
 * A page is served compressed, so the size that counts is that of the gzipped text. Base64 is bad for gzip: it encodes the same
 * bytes in three ways, by their offset modulo three. Here a byte is always the same one or two characters. Functions of the two
 * builds stand side by side, and three quarters of them are equal and stored once: 22 KB gzipped instead of 52 KB in base64.
 * Deflating the bytes first would save no more, and needs a decompressor (docs/performance.md).
 *
 * ```text
 * text       bytes, as characters (see below)
 * bytes      length of head, head, functions...     head: the module up to its code section; the same in both builds
 * function   size, body of the plain build, then size, body of the relaxed one, or 0 where that is the same
 * ```
 *
 * Written by scripts/kernel-text.mjs.
 */
import { type Bytes, concat, leb, readLeb } from "./bytes.js";

/** `"plain"` gives the same bits on every machine; `"relaxed"` uses fused multiply-adds where the hardware has them. */
export type Variant = "plain" | "relaxed";

const CODE_SECTION = 10;

/** Codes are the characters from # to ~, with ! instead of the backslash, which a string literal would have to escape. */
const FIRST_CHARACTER = 0x23;
const CODES = 92;
const ITS_PLACE = "!";
/** The first 90 codes are one byte each; the other two are followed by a second code, and pairs encode the rarer bytes. */
const SINGLE = 90;
/** Code 0 is byte 0xfd, the prefix of every SIMD instruction; the following codes are the following bytes. */
const FIRST_BYTE = 0xfd;

/**
 * The bytes of a build.
 *
 * @param texts - Parts of the kernels, in order; the head comes from the last one.
 * @throws Error if a text does not end at the end of a function.
 */
export function moduleBytes(texts: readonly string[], variant: Variant): Bytes {
  let head: Uint8Array = new Uint8Array(0);
  const functions: Uint8Array[] = [];
  for (const text of texts) {
    const bytes = decoded(text);
    const [length, start] = readLeb(bytes, 0);
    let at = start + length;
    head = bytes.subarray(start, at);
    while (at < bytes.length) {
      const relaxed = behindVector(bytes, at);
      const end = behindVector(bytes, relaxed);
      const isPlain = variant === "plain" || bytes[relaxed] === 0;
      functions.push(isPlain ? bytes.subarray(at, relaxed) : bytes.subarray(relaxed, end));
      at = end;
    }
    if (at !== bytes.length) throw new Error("wasm-cross-entropy: the text of the kernels is damaged");
  }
  const count = leb(functions.length);
  const size = functions.reduce((total, { length }) => total + length, count.length);
  return concat([head, [CODE_SECTION], leb(size), count, ...functions]);
}

/** The end of the vector at `at`: a size, then as many bytes. */
function behindVector(bytes: Uint8Array, at: number): number {
  const [size, start] = readLeb(bytes, at);
  return start + size;
}

/**
 * Decodes in place, as no byte takes less than a character. The loop takes most of this module's time in a first call, and runs
 * before any compiler has optimised it, so it reads locals instead of module constants.
 */
function decoded(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text.replaceAll(ITS_PLACE, "\\"));
  const end = bytes.length;
  const firstOfPair = FIRST_CHARACTER + SINGLE;
  const shift = FIRST_BYTE - FIRST_CHARACTER;
  let count = 0;
  for (let i = 0; i < end; ) {
    let character = bytes[i++];
    if (character >= firstOfPair) {
      character = firstOfPair + (character - firstOfPair) * CODES + bytes[i++] - FIRST_CHARACTER;
    }
    // the array keeps the low byte
    bytes[count++] = character + shift;
  }
  return bytes.subarray(0, count);
}
