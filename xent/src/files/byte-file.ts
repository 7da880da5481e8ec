import { closeSync, fstatSync, openSync, read, readSync, statSync } from "node:fs";
import { promisify } from "node:util";
import { attempt, refusal } from "./attempt.js";
import type { ByteSource } from "./byte-source.js";
import { InputError } from "./input-error.js";

/** Node refuses a single read above 2^31 - 1 bytes; reads of 1 GiB are as fast. */
const LARGEST_READ = 2 ** 30;

const readLater = promisify(read);

/** A file read by position, so that only the requested bytes are in memory. Positions go up to 2^53 bytes. */
export class ByteFile implements ByteSource {
  readonly path: string;
  readonly size: number;
  /** Time of the last change, in milliseconds since 1970. */
  readonly modified: number;
  #descriptor: number | undefined;

  /** @throws InputError when the file does not exist, cannot be read, or is a folder or a pipe */
  constructor(path: string) {
    this.path = path;
    // stat first: opening a named pipe would wait for a writer
    const stat = attempt(path, () => statSync(path));
    if (stat.isDirectory()) throw new InputError(`${path}: is a folder; give a .safetensors, .npy or .npz file`);
    if (!stat.isFile()) {
      throw new InputError(`${path}: is not a regular file; save the data to a file first, because rows are read by position`);
    }
    this.#descriptor = attempt(path, () => openSync(path, "r"));
    const { size, mtimeMs } = fstatSync(this.#descriptor);
    this.size = size;
    this.modified = mtimeMs;
  }

  readInto(bytes: Uint8Array, position: number): void {
    const descriptor = this.#opened();
    for (let done = 0; done < bytes.length; ) {
      const start = done;
      const length = Math.min(bytes.length - start, LARGEST_READ);
      const got = attempt(this.path, () => readSync(descriptor, bytes, start, length, position + start));
      if (got === 0) throw this.#shortened(position + done, position + bytes.length);
      done += got;
    }
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    const descriptor = this.#opened();
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, LARGEST_READ);
      const { bytesRead } = await readLater(descriptor, bytes, done, length, position + done).catch((error: unknown) => {
        throw refusal(this.path, error);
      });
      if (bytesRead === 0) throw this.#shortened(position + done, position + bytes.length);
      done += bytesRead;
    }
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #opened(): number {
    if (this.#descriptor === undefined) throw new Error(`${this.path}: read after close()`);
    return this.#descriptor;
  }

  #shortened(end: number, expected: number): InputError {
    return new InputError(
      `${this.path}: ends at byte ${end}, expected ${expected} bytes; ` +
        "the file shrank while it was being read: wait until it is fully written, then run again",
    );
  }
}
