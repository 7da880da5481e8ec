/** Bytes read by position: a file, a part of a file, several parts joined, or a deflated member of a zip archive. */
export interface ByteSource {
  /** Name of the source in errors. */
  readonly path: string;
  /** Length in bytes when the source was opened. */
  readonly size: number;
  /**
   * Fills `bytes` from `position` on, synchronously: for headers and small tensors.
   * @throws InputError when the source is too short or cannot be read
   */
  readInto(bytes: Uint8Array, position: number): void;
  /** Like `readInto`, but asynchronous; `bytes` may be shared memory. Fast for ascending positions. */
  fill(bytes: Uint8Array, position: number): Promise<void>;
  /** Tells a source of infinite size, a stream, where it has to end. */
  expectEnd?(size: number): void;
}

/** @returns the size of a source; of a stream the size that its header gives, which is checked when it ends */
export function sizeOf(source: ByteSource, expected: number): number {
  if (source.size !== Number.POSITIVE_INFINITY) return source.size;
  source.expectEnd?.(expected);
  return expected;
}

/** @returns `length` bytes from `position` on, or fewer at the end of the source */
export function readUpTo(source: ByteSource, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, Math.min(length, source.size - position)));
  source.readInto(bytes, position);
  return bytes;
}
