const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes UTF-8; bytes that are only part of a character become hexadecimal: `‹F0›‹9F›`. */
export function textOfBytes(bytes: readonly number[]): string {
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return bytes.map((byte) => `‹${byte.toString(16).toUpperCase()}›`).join("");
  }
}
