import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { InputError } from "./input-error.js";
import { OutputError } from "./output-error.js";

/**
 * A file that is written bit by bit and there only when it is whole: until then it is PATH.partial. What was written can be gone
 * on with later, from a length that was known good.
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

  /** @throws OutputError when it cannot be made */
  static async create(path: string): Promise<GrowingFile> {
    const handle = await written(path, () => open(partialOf(path), "w"));
    return new GrowingFile(path, handle, 0, false);
  }

  /**
   * Goes on after `length` bytes; what follows them is cut off.
   * @throws InputError when there are not as many, OutputError when it cannot be written to
   */
  static async resume(path: string, length: number): Promise<GrowingFile> {
    const partial = partialOf(path);
    const handle = await open(partial, "r+").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw new OutputError(partial, error);
      throw new InputError(`${partial}: no such file, but the checkpoint goes on with it; run without --resume`);
    });
    try {
      const { size } = await handle.stat();
      if (size < length) {
        throw new InputError(`${partial}: expected ${length} bytes, as the checkpoint says, got ${size}; run without --resume`);
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

  /** @throws OutputError when the disk is full */
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

  /** Everything is on the disk and the file closed, to be gone on with later. */
  async suspend(): Promise<void> {
    await written(this.path, () => this.#handle.sync());
    await this.#handle.close();
  }

  /** Everything is on the disk, and the file has its name. */
  async finish(): Promise<void> {
    await this.suspend();
    await written(this.path, () => rename(this.partial, this.path));
  }

  /** Closes it; what was begun goes, unless a checkpoint of before still goes on with it. */
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
