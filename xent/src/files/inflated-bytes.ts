import { Readable } from "node:stream";
import { constants, createInflateRaw, inflateRawSync } from "node:zlib";
import type { ByteSource } from "./byte-source.js";
import { InputError } from "./input-error.js";
import type { BytePart } from "./joined-bytes.js";

/** Deflated bytes per read. */
const CHUNK = 2 ** 18;

/** Further deflated bytes per try of a synchronous read, which is for headers. */
const SYNC_STEP = 2 ** 15;

/**
 * A deflated part of a file, inflated as it is read. `fill` streams forward, so that memory stays small; a step back restarts at
 * the beginning.
 */
export class InflatedBytes implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #deflated: BytePart;
  #stream: AsyncIterator<Buffer> | undefined;
  /** Position of the stream, and the bytes of its last chunk that are not yet consumed. */
  #position = 0;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(path: string, deflated: BytePart, size: number) {
    this.path = path;
    this.size = size;
    this.#deflated = deflated;
  }

  readInto(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    // deflated data is usually no longer than its source: start with as many bytes as requested
    let given = Math.min(this.#deflated.length, end + 1024);
    for (;;) {
      const deflated = new Uint8Array(given);
      this.#deflated.source.readInto(deflated, this.#deflated.offset);
      const inflated = this.#attempt(() => inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH }));
      if (inflated.length >= end) {
        bytes.set(inflated.subarray(position, end));
        return;
      }
      if (given === this.#deflated.length) throw this.#short(inflated.length, end);
      // a byte inflates to 1032 at most: small steps, so that what is inflated beyond `end` stays small
      given = Math.min(this.#deflated.length, given + SYNC_STEP);
    }
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    if (this.#stream === undefined || position < this.#position) this.#begin();
    while (this.#position < position) await this.#take(position - this.#position);
    for (let done = 0; done < bytes.length; ) {
      const part = await this.#take(bytes.length - done);
      bytes.set(part, done);
      done += part.length;
    }
  }

  /** Ends the stream, if there is one. */
  close(): void {
    void this.#stream?.return?.();
    this.#stream = undefined;
  }

  #begin(): void {
    this.close();
    this.#position = 0;
    this.#rest = new Uint8Array(0);
    const deflated = Readable.from(chunksOf(this.#deflated));
    const inflate = createInflateRaw({ chunkSize: CHUNK });
    // pipe() does not forward read errors of its source
    deflated.once("error", (error) => inflate.destroy(error));
    this.#stream = deflated.pipe(inflate)[Symbol.asyncIterator]();
  }

  /** Returns the next bytes of the stream, at least one and at most `most`. */
  async #take(most: number): Promise<Uint8Array> {
    while (this.#rest.length === 0) {
      const next = await this.#stream?.next().catch((error: unknown) => this.#refuse(error));
      if (next === undefined || next.done === true) throw this.#short(this.#position, this.size);
      this.#rest = next.value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    this.#position += part.length;
    return part;
  }

  #attempt<Result>(operation: () => Result): Result {
    try {
      return operation();
    } catch (error) {
      return this.#refuse(error);
    }
  }

  #refuse(error: unknown): never {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${this.path}: cannot be inflated (${reason}); the archive is damaged: save it again`, { cause: error });
  }

  #short(got: number, expected: number): InputError {
    return new InputError(
      `${this.path}: truncated: expected ${expected} bytes after inflating, got ${got}; copy or download it again`,
    );
  }
}

async function* chunksOf({ source, offset, length }: BytePart): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; done += CHUNK) {
    const chunk = new Uint8Array(Math.min(CHUNK, length - done));
    await source.fill(chunk, offset + done);
    yield chunk;
  }
}
