import { type BigIntStats, closeSync, constants, fstatSync, openSync, read, readSync, statSync } from "node:fs";
import { basename } from "node:path";
import { promisify } from "node:util";
import { attempt, refusal } from "./attempt.js";
import { idOf, kindOf, statIfThere } from "./file-kind.js";
import { InputError } from "./input-error.js";
import type { InputFile } from "./input-file.js";

/** Node refuses a single read above 2^31 - 1 bytes; reads of 1 GiB are as fast. */
const LARGEST_READ = 2 ** 30;

/** Opening must not wait, even if a pipe has taken the file's place since it was looked at. Windows has no such flag. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const readLater = promisify(read);

/**
 * A file read by position, so that only the requested bytes are in memory. Positions go up to 2^53 bytes. Every file of
 * this machine is opened here.
 */
export class ByteFile implements InputFile {
  readonly path: string;
  readonly size: number;
  /** Time of the last change. */
  readonly version: string;
  /** Equal for two names of the same file. */
  readonly id: string;
  readonly #stats: BigIntStats;
  #descriptor: number | undefined;

  /** @throws InputError when the file does not exist, cannot be read, or is not a regular file */
  constructor(path: string) {
    this.path = path;
    // stat first: opening a device may have effects
    checkRegular(
      path,
      attempt(path, () => statSync(path, { bigint: true })),
    );
    const descriptor = attempt(path, () => openSync(path, READ));
    try {
      const stats = attempt(path, () => fstatSync(descriptor, { bigint: true }));
      checkRegular(path, stats);
      this.#stats = stats;
      this.size = Number(stats.size);
      this.version = timeText(stats.mtimeNs);
      this.id = idOf(stats);
      this.#descriptor = descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  get title(): string {
    return basename(this.path);
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

  /** @throws InputError when the file has been written to or replaced since it was opened */
  checkUnchanged(): void {
    const opened = this.#stats;
    const isSame = (stats: BigIntStats | undefined) =>
      stats !== undefined && idOf(stats) === this.id && stats.size === opened.size && stats.mtimeNs === opened.mtimeNs;
    // a replaced file stays as it was under its descriptor; a removed one cannot be told from a replaced one by its name alone
    if (isSame(fstatSync(this.#opened(), { bigint: true })) && isSame(statIfThere(this.path))) return;
    throw new InputError(
      `${this.path}: was changed while it was being read, so the results are of no use; run again when nothing writes to it`,
    );
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

/** ISO 8601, to the nanosecond: a file may be written twice within a millisecond. */
function timeText(nanoseconds: bigint): string {
  const [seconds, rest] = [nanoseconds / 10n ** 9n, nanoseconds % 10n ** 9n];
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, -5)}.${String(rest).padStart(9, "0")}Z`;
}

/** Rows are read by position, which pipes and devices do not allow; a device may also have no end. */
function checkRegular(path: string, stats: BigIntStats): void {
  const kind = kindOf(stats);
  if (kind === undefined) return;
  if (kind === "a folder") throw new InputError(`${path}: is a folder; give a file`);
  throw new InputError(`${path}: is ${kind}, not a regular file; save the data to a file first`);
}
