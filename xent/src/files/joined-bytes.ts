import type { ByteSource } from "./byte-source.js";

/** A range of another source. */
export interface BytePart {
  readonly source: ByteSource;
  readonly offset: number;
  readonly length: number;
}

/** Parts of other sources, joined end to end: the rows of several files, or one array in an archive. */
export class JoinedBytes implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #parts: readonly BytePart[];

  constructor(path: string, parts: readonly BytePart[]) {
    this.path = path;
    this.size = parts.reduce((sum, { length }) => sum + length, 0);
    this.#parts = parts;
  }

  readInto(bytes: Uint8Array, position: number): void {
    for (const { source, into, from } of this.#within(bytes, position)) source.readInto(into, from);
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    for (const { source, into, from } of this.#within(bytes, position)) await source.fill(into, from);
  }

  /** Yields the piece of each part that falls into `bytes`, with its position in the part's source. */
  *#within(bytes: Uint8Array, position: number): Generator<{ source: ByteSource; into: Uint8Array; from: number }> {
    if (position < 0 || position + bytes.length > this.size) {
      throw new RangeError(`${this.path}: expected bytes within 0..${this.size}, got ${position}+${bytes.length}`);
    }
    let begin = 0;
    for (const { source, offset, length } of this.#parts) {
      const from = Math.max(position, begin);
      const to = Math.min(position + bytes.length, begin + length);
      if (to > from) yield { source, into: bytes.subarray(from - position, to - position), from: offset + from - begin };
      begin += length;
    }
  }
}
