import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { InputError } from "./input-error.js";
import { Lock } from "./lock.js";
import { complete, create, partialOf, written } from "./output.js";
import { OutputError } from "./output-error.js";

/**
 * A file written in pieces as PATH.partial and renamed to PATH when it is complete. A later process can resume it from a length
 * that is known to be good. While it is open its lock keeps other runs away.
 */
export class GrowingFile {
  readonly path: string;
  readonly partial: string;
  readonly #handle: FileHandle;
  readonly #lock: Lock;
  readonly #isResumed: boolean;
  #length: number;

  private constructor(path: string, handle: FileHandle, lock: Lock, length: number, isResumed: boolean) {
    this.path = path;
    this.partial = partialOf(path);
    this.#handle = handle;
    this.#lock = lock;
    this.#length = length;
    this.#isResumed = isResumed;
  }

  /**
   * Creates the partial file. One that an earlier run has left is removed.
   * @throws OutputError when another run writes this file, or when it cannot be created
   */
  static async create(path: string): Promise<GrowingFile> {
    const lock = Lock.take(path);
    try {
      const handle = await written(path, async () => {
        await rm(partialOf(path), { force: true });
        return create(partialOf(path));
      });
      return new GrowingFile(path, handle, lock, 0, false);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Resumes the partial file after `length` bytes and cuts off the rest.
   * @throws InputError when the file is missing or shorter than `length`; OutputError when another run writes it, or when it cannot be
   * written to
   */
  static async resume(path: string, length: number): Promise<GrowingFile> {
    const lock = Lock.take(path);
    try {
      return new GrowingFile(path, await reopened(path, length), lock, length, true);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** @throws OutputError when the write fails, for example because the disk is full */
  async append(content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    for (let done = 0; done < bytes.length; ) {
      const at = done;
      const { bytesWritten } = await written(this.path, () =>
        this.#handle.write(bytes, at, bytes.length - at, this.#length + at),
      );
      done += bytesWritten;
    }
    this.#length += bytes.length;
  }

  /** Flushes the partial file, so that a checkpoint may count on its length. */
  async sync(): Promise<void> {
    await written(this.path, () => this.#handle.sync());
  }

  /** Flushes and closes the partial file, so that it can be resumed. */
  async suspend(): Promise<void> {
    await this.sync();
    await this.#handle.close();
    this.#lock.release();
  }

  /** Flushes and closes the file and gives it its final name. */
  async finish(): Promise<void> {
    await this.convert(() => complete(this.partial, this.path));
  }

  /** Flushes and closes the file, then lets `operation` use the partial file while it is still locked. */
  async convert(operation: () => Promise<void>): Promise<void> {
    await this.sync();
    await this.#handle.close();
    await operation();
    this.#lock.release();
  }

  /** Closes the partial file and removes it, unless it was resumed: an earlier checkpoint still needs it then. */
  async abandon(): Promise<void> {
    await this.#handle.close();
    if (!this.#isResumed) await rm(this.partial, { force: true });
    this.#lock.release();
  }
}

/** Opens the partial file of an interrupted run for writing and cuts it to `length`. A link is not followed. */
async function reopened(path: string, length: number): Promise<FileHandle> {
  const partial = partialOf(path);
  // O_NOFOLLOW does not exist on Windows
  const handle = await open(partial, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw new OutputError(partial, error);
    throw new InputError(`${partial}: no such file, but the checkpoint needs it; run without --resume`);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new InputError(`${partial}: is not a regular file; run without --resume`);
    if (stats.size < length) {
      throw new InputError(
        `${partial}: expected at least ${length} bytes, as the checkpoint says, got ${stats.size}; run without --resume`,
      );
    }
    await written(path, () => handle.truncate(length));
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
