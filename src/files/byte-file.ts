import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { attempt } from "./attempt.js";
import { InputError } from "./input-error.js";

/** Node refuses a single read above 2^31 - 1 bytes; a GiB at a time loses no speed. */
const LARGEST_READ = 2 ** 30;

/** What a tensor file's header is read from: a file, or what a browser has read of one. */
export type ByteSource = Pick<ByteFile, "path" | "size" | "read" | "readInto">;

/** A file that is read by position, so that only what is asked for is ever in memory. Positions go up to 2^53 bytes. */
export class ByteFile {
  readonly path: string;
  /** Length in bytes when it was opened. */
  readonly size: number;
  #descriptor: number | undefined;

  /** @throws InputError when there is no such file, it may not be read, or it is a folder or a pipe */
  constructor(path: string) {
    this.path = path;
    // stat first: opening a named pipe would wait for a writer
    const stat = attempt(path, () => statSync(path));
    if (stat.isDirectory()) throw new InputError(`${path}: is a folder; give a .safetensors or .npy file`);
    if (!stat.isFile()) {
      throw new InputError(`${path}: is not a regular file; save the data to a file first, rows are read by position`);
    }
    this.#descriptor = attempt(path, () => openSync(path, "r"));
    this.size = fstatSync(this.#descriptor).size;
  }

  /**
   * Fills `bytes` from `position` on.
   * @throws InputError when the file ends before that or cannot be read
   */
  readInto(bytes: Uint8Array, position: number): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) throw new Error(`${this.path}: read after close()`);
    let done = 0;
    while (done < bytes.length) {
      const length = Math.min(bytes.length - done, LARGEST_READ);
      const start = done;
      const got = attempt(this.path, () => readSync(descriptor, bytes, start, length, position + start));
      if (got === 0) {
        throw new InputError(
          `${this.path}: ends at byte ${position + done}, expected ${position + bytes.length} bytes; ` +
            "it became shorter while it was read: wait until it is written, then run again",
        );
      }
      done += got;
    }
  }

  /** @returns up to `length` bytes from `position` on: fewer where the file ends */
  read(position: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - position)));
    this.readInto(bytes, position);
    return bytes;
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
