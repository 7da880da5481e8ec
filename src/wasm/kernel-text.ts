/**
 * The kernels as they are inlined: as text, of which both builds are made when they are asked for.
 *
 * A page gets the package compressed by its server, so what counts is what gzip makes of the text. Base64 hides from it what
 * repeats: three bytes become four characters, and the same bytes three different texts, by where they begin. It leaves 52 KB of
 * the two builds, whose own bytes it compresses to 38. Here a byte is a character wherever it stands (or two, the rarer ones), and
 * the two builds, three quarters of whose functions are equal, come function by function beside each other: 22 KB. Compressing the
 * bytes first saves no more (21.6 KB, and its decompressor comes on top), costs time at the first call, and leaves nothing to
 * brotli, which makes 18 of the text.
 *
 * ```text
 * text       bytes, as characters (see below)
 * bytes      length of head, head, functions...     head: the module up to its code section; the same in both builds
 * function   size, body of the plain build, then size, body of the relaxed one, or 0 where that is the same
 * ```
 *
 * Written by scripts/kernel-text.mjs.
 */
import { concat, leb, readLeb } from "./bytes.js";

/** `"plain"` gives the same bits on every machine; `"relaxed"` uses fused multiply-adds where the hardware has them. */
export type Variant = "plain" | "relaxed";

const CODE_SECTION = 10;

/** Codes are the characters from # to ~, but ! for the backslash, which a string would have to escape. */
const FIRST_CHARACTER = 0x23;
const CODES = 92;
const ITS_PLACE = "!";
/** Codes that are a byte of their own; the other two say which of the rest the next code is. */
const SINGLE = 90;
/** Bytes count from 0xfd on, with which every instruction of SIMD begins. */
const FIRST_BYTE = 0xfd;

/**
 * The bytes of a build.
 *
 * @param texts - Parts of the kernels, in order: the head is that of the last one.
 * @throws Error for a text that does not end with a function.
 */
export function moduleBytes(texts: readonly string[], variant: Variant): Uint8Array<ArrayBuffer> {
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

/** Where a size and as many bytes that begin at `at` end. */
function behindVector(bytes: Uint8Array, at: number): number {
  const [size, start] = readLeb(bytes, at);
  return start + size;
}

/**
 * In place: no character before it is shorter than what it stands for. The loop is most of what a first call spends here, and
 * runs before any compiler has seen it: so it has locals, not constants of the module.
 */
function decoded(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text.replaceAll(ITS_PLACE, "\\"));
  const end = bytes.length;
  const firstOfPair = FIRST_CHARACTER + SINGLE;
  const shift = FIRST_BYTE - FIRST_CHARACTER;
  let count = 0;
  for (let i = 0; i < end; ) {
    let character = bytes[i++] as number;
    if (character >= firstOfPair) {
      character = firstOfPair + (character - firstOfPair) * CODES + (bytes[i++] as number) - FIRST_CHARACTER;
    }
    // an element keeps the low byte
    bytes[count++] = character + shift;
  }
  return bytes.subarray(0, count);
}
