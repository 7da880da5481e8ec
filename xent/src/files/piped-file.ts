import { InputError } from "./input-error.js";
import { type LaterFile, MissingBytes } from "./input-file.js";

/** The most bytes that are kept of a stream: what comes before the logits. */
const MOST_KEPT = 2 ** 28;

/**
 * Stdin, read once from the beginning to the end. What is fetched stays in memory (the header, and tensors before the logits); the
 * rest is handed over as it comes. Its size is infinite until the reader of its header says where it ends.
 */
export class PipedFile implements LaterFile {
  readonly path = "stdin";
  readonly id = "stdin";
  readonly title = "stdin";
  readonly version = "none";
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Bytes 0 to #kept.length - 1. */
  #kept = new Uint8Array(0);
  /** Bytes that came and were not handed over yet; the first of them is at #position. */
  #rest = new Uint8Array(0);
  #position = 0;
  #end: number | undefined;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  get size(): number {
    return this.#end ?? Number.POSITIVE_INFINITY;
  }

  expectEnd(size: number): void {
    this.#end = size;
  }

  readInto(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.#kept.length) throw new MissingBytes(this, position, bytes.length);
    bytes.set(this.#kept.subarray(position, end));
  }

  async fetch(position: number, length: number): Promise<void> {
    const end = position + length;
    if (end <= this.#kept.length) return;
    if (end > MOST_KEPT || this.#position > this.#kept.length) throw this.#passed(position);
    const kept = new Uint8Array(end);
    kept.set(this.#kept);
    await this.#take(kept.subarray(this.#kept.length));
    this.#kept = kept;
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    const fromKept = Math.max(0, Math.min(bytes.length, this.#kept.length - position));
    bytes.set(this.#kept.subarray(position, position + fromKept));
    const rest = bytes.subarray(fromKept);
    if (rest.length === 0) return;
    if (position + fromKept < this.#position) throw this.#passed(position);
    while (this.#position < position + fromKept) await this.#skip(position + fromKept - this.#position);
    await this.#take(rest);
  }

  /** Reads what is left: a stream that goes on is not what its header says. */
  async checkUnchanged(): Promise<void> {
    if (this.#end === undefined) return;
    while (await this.#hasMore()) {
      this.#position += this.#rest.length;
      this.#rest = new Uint8Array(0);
    }
    if (this.#position === this.#end) return;
    throw new InputError(`stdin: expected ${this.#end} bytes, as its header says, got ${this.#position}; pipe one whole file`);
  }

  close(): void {
    void this.#chunks.return?.();
  }

  async #take(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      if (!(await this.#hasMore())) {
        const expected = this.#end ?? this.#position + bytes.length - done;
        throw new InputError(
          `stdin: truncated: expected ${expected} bytes, got ${this.#position}; check the command before the pipe`,
        );
      }
      const part = this.#rest.subarray(0, bytes.length - done);
      bytes.set(part, done);
      done += part.length;
      this.#passOver(part.length);
    }
  }

  async #skip(most: number): Promise<void> {
    if (!(await this.#hasMore()))
      throw new InputError(`stdin: truncated at byte ${this.#position}; check the command before the pipe`);
    this.#passOver(Math.min(most, this.#rest.length));
  }

  #passOver(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes);
    this.#position += bytes;
  }

  async #hasMore(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#rest = new Uint8Array(next.value.buffer as ArrayBuffer, next.value.byteOffset, next.value.byteLength);
    }
    return true;
  }

  #passed(position: number): InputError {
    return new InputError(
      `stdin: byte ${position} is needed after the logits, and a stream cannot be read twice; ` +
        "give the other tensors as files (--targets FILE, --token-bytes FILE), or save the stream to a file first",
    );
  }
}
