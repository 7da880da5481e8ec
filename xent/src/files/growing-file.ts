import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { InputError } from "./input-error.js";
import { OutputError } from "./output-error.js";

/**
 * A file written in pieces as PATH.partial and renamed to PATH when it is complete. A later process can resume it from a length
 * that is known to be good.
 */
export class GrowingFile {
  readonly path: string;
  readonly partial: string;
  readonly #handle: FileHandle;
  readonly #isResumed: boolean;
  #length: number;

  private constructor(path: string, handle: FileHandle, length: number, isResumed: boolean) {
    this.path = path;
    this.partial = partialOf(path);
    this.#handle = handle;
    this.#length = length;
    this.#isResumed = isResumed;
  }

  /** @throws OutputError when the file cannot be created */
  static async create(path: string): Promise<GrowingFile> {
    const handle = await written(path, () => open(partialOf(path), "w"));
    return new GrowingFile(path, handle, 0, false);
  }

  /**
   * Resumes the partial file after `length` bytes and cuts off the rest.
   * @throws InputError when the file is missing or shorter than `length`; OutputError when it cannot be written to
   */
  static async resume(path: string, length: number): Promise<GrowingFile> {
    const partial = partialOf(path);
    const handle = await open(partial, "r+").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw new OutputError(partial, error);
      throw new InputError(`${partial}: no such file, but the checkpoint needs it; run without --resume`);
    });
    try {
      const { size } = await handle.stat();
      if (size < length) {
        throw new InputError(
          `${partial}: expected at least ${length} bytes, as the checkpoint says, got ${size}; run without --resume`,
        );
      }
      await written(path, () => handle.truncate(length));
    } catch (error) {
      await handle.close();
      throw error;
    }
    return new GrowingFile(path, handle, length, true);
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

  /** Flushes and closes the partial file, so that it can be resumed. */
  async suspend(): Promise<void> {
    await written(this.path, () => this.#handle.sync());
    await this.#handle.close();
  }

  /** Flushes and closes the file and gives it its final name. */
  async finish(): Promise<void> {
    await this.suspend();
    await written(this.path, () => rename(this.partial, this.path));
  }

  /** Closes the partial file and removes it, unless it was resumed: an earlier checkpoint still needs it then. */
  async abandon(): Promise<void> {
    await this.#handle.close();
    if (!this.#isResumed) await rm(this.partial, { force: true });
  }
}

function partialOf(path: string): string {
  return `${path}.partial`;
}

async function written<Result>(path: string, operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation();
  } catch (error) {
    throw new OutputError(path, error);
  }
}
