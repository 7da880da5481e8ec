/**
 * Encodes the kernels as the texts that are inlined in the package; src/wasm/kernel-text.ts describes the format and decodes it.
 */

/** The characters of the codes 0 to 91; ! replaces the backslash. */
const characterOf = (/** @type {number} */ code) => String.fromCharCode(code + 0x23).replace("\\", "!");
const SINGLE = 90;
const CODES = 92;
const FIRST_BYTE = 0xfd;

/** @param {Uint8Array} bytes */
function encoded(bytes) {
  return Array.from(bytes, (byte) => {
    const code = (byte - FIRST_BYTE) & 0xff;
    if (code < SINGLE) return characterOf(code);
    const rest = code - SINGLE;
    return characterOf(SINGLE + Math.floor(rest / CODES)) + characterOf(rest % CODES);
  }).join("");
}

/** @param {number} value @returns {number[]} in LEB128 */
function leb(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** @param {Uint8Array} bytes @param {number} at @returns {[value: number, next: number]} */
function readLeb(bytes, at) {
  const byte = bytes[at];
  if (byte < 0x80) return [byte, at + 1];
  const [rest, next] = readLeb(bytes, at + 1);
  return [(byte & 0x7f) + rest * 0x80, next];
}

/**
 * @param {Uint8Array} bytes of a module whose code is its last section
 * @returns the bytes before it, and its functions with their sizes
 */
function cut(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const [size, start] = readLeb(bytes, at + 1);
    if (bytes[at] === 10) {
      const functions = [];
      for (let [count, next] = readLeb(bytes, start); functions.length < count; ) {
        const [length, body] = readLeb(bytes, next);
        functions.push(bytes.subarray(next, body + length));
        next = body + length;
      }
      return { head: bytes.subarray(0, at), functions };
    }
    at = start + size;
  }
  throw new Error("kernel-text.mjs: a module without code");
}

const same = (/** @type {Uint8Array} */ a, /** @type {Uint8Array} */ b) => Buffer.compare(a, b) === 0;

/**
 * The text of both builds of a module, without the functions that an earlier text contains.
 *
 * @param {Uint8Array} plain
 * @param {Uint8Array} relaxed
 * @param {number} earlier number of those functions
 * @throws Error if the builds differ in more than the bodies of functions
 */
export function kernelText(plain, relaxed, earlier) {
  const [a, b] = [cut(plain), cut(relaxed)];
  if (!same(a.head, b.head)) throw new Error("kernel-text.mjs: types, imports or exports of the two builds differ");
  const functions = a.functions.map((body, i) => [...body, ...(same(body, b.functions[i]) ? [0] : b.functions[i])]);
  return {
    text: encoded(Uint8Array.from([...leb(a.head.length), ...a.head, ...functions.slice(earlier).flat()])),
    functions: functions.length,
  };
}

/**
 * A module with the custom section by which it is recognised (src/wasm/mark.ts, which also says what is in it).
 *
 * @param {Uint8Array} bytes @param {string} content
 */
export function marked(bytes, content) {
  const name = "wasm-cross-entropy";
  const section = [...leb(name.length), ...Buffer.from(name + content)];
  return Uint8Array.from([...bytes, 0, ...leb(section.length), ...section]);
}
