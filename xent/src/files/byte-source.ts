/** Bytes that are read by position: a file, a part of one, several in a row, or what a zip archive holds deflated. */
export interface ByteSource {
  /** What errors call it. */
  readonly path: string;
  /** Length in bytes when it was opened. */
  readonly size: number;
  /**
   * Fills `bytes` from `position` on, at once: for headers and small tensors.
   * @throws InputError when it ends before that or cannot be read
   */
  readInto(bytes: Uint8Array, position: number): void;
  /** The same while the program does other work; `bytes` may be shared memory. What is asked for goes forward, mostly. */
  fill(bytes: Uint8Array, position: number): Promise<void>;
}

/** @returns up to `length` bytes from `position` on: fewer where the source ends */
export function readUpTo(source: ByteSource, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - position)));
  source.readInto(bytes, position);
  return bytes;
}
