/** What a module's bytes are made of. */

/** An unsigned integer in LEB128: seven bits a byte, the lowest first, all bytes but the last with their high bit set. */
export function readLeb(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  let shift = 0;
  for (;;) {
    const byte = bytes[at++] as number;
    value |= (byte & 0x7f) << shift;
    // behind the last byte too, and never below 0: whoever goes by sizes gets on, whatever the bytes are
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

export function concat(parts: (Uint8Array | number[])[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
