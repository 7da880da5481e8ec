/** Helpers to read and build the bytes of a module. */

/** New bytes, in a form that TypeScript before 5.7 can read: its typed arrays have no parameters. */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** Reads an unsigned LEB128 integer: seven bits per byte, the lowest first; all bytes but the last have their high bit set. */
export function readLeb(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  let shift = 0;
  for (;;) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    // Also stops at the end of the buffer and never returns a negative value, so a damaged module cannot hang the caller.
    if (!(byte >= 0x80)) return [value >>> 0, at];
    shift += 7;
  }
}

export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; ) {
    const low = left & 0x7f;
    left >>>= 7;
    bytes.push(left ? low | 0x80 : low);
    if (!left) return bytes;
  }
}

export function concat(parts: (Uint8Array | number[])[]): Bytes {
  const result = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
