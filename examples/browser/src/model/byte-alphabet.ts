/**
 * The alphabet of byte-level BPE: the entries of a vocabulary have one printable character per byte. Bytes that are printable in
 * Latin-1 are written as themselves, the others, in order, as the characters from U+0100 on.
 *
 * Source: OpenAI, gpt-2, `bytes_to_unicode` in src/encoder.py.
 */
const BYTES: ReadonlyMap<string, number> = alphabet();

function alphabet(): Map<string, number> {
  const isPrintable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const bytes = new Map<string, number>();
  let others = 0;
  for (let byte = 0; byte < 256; byte++) bytes.set(String.fromCharCode(isPrintable(byte) ? byte : 256 + others++), byte);
  return bytes;
}

/**
 * Decodes an entry of the vocabulary to bytes.
 * @throws RangeError for a character outside the alphabet
 */
export function bytesOfEntry(entry: string): Uint8Array {
  return Uint8Array.from(entry, (character) => {
    const byte = BYTES.get(character);
    if (byte === undefined)
      throw new RangeError(`entry ${JSON.stringify(entry)}: expected byte-level characters, got ${character}`);
    return byte;
  });
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Decodes UTF-8; bytes that are only part of a character become hexadecimal: `‹F0›‹9F›`. */
export function textOfBytes(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => `‹${byte.toString(16).toUpperCase()}›`).join("");
  }
}
