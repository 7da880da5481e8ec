import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { InputError } from "./input-error.js";
import { Lock } from "./lock.js";
import { complete, create, partialOf, written } from "./output.js";
import { OutputError } from "./output-error.js";

/** Bytes of the end that is hashed. */
const END = 4096;

/** The part of a file that is known to be good. */
export interface WrittenPart {
  readonly bytes: number;
  /** Hash of its end, from which a resumed run knows that the file is the one that was left. */
  readonly end: string;
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

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
  #end: Uint8Array;

  private constructor(path: string, lock: Lock, { handle, length, end }: Reopened, isResumed = true) {
    this.path = path;
    this.partial = partialOf(path);
    this.#handle = handle;
    this.#lock = lock;
    this.#length = length;
    this.#end = end;
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
      return new GrowingFile(path, lock, { handle, length: 0, end: new Uint8Array(0) }, false);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Resumes the partial file after a part and cuts off the rest.
   * @throws InputError when the file is missing or does not begin with that part; it stays as it is then. OutputError when another run
   * writes it, or when it cannot be written to
   */
  static async resume(path: string, part: WrittenPart): Promise<GrowingFile> {
    const lock = Lock.take(path);
    try {
      return new GrowingFile(path, lock, await reopened(path, part));
    } catch (error) {
      lock.release();
      throw error;
    }
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
    this.#end = Buffer.concat([this.#end, bytes.subarray(-END)]).subarray(-END);
  }

  /** What is written so far, for a checkpoint. */
  get part(): WrittenPart {
    return { bytes: this.#length, end: hashOf(this.#end) };
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

  /** Closes the partial file and removes it, unless a checkpoint still needs it: that of the resumed run, or of this one. */
  async abandon({ isNeeded = false }: { readonly isNeeded?: boolean } = {}): Promise<void> {
    await this.#handle.close();
    if (!this.#isResumed && !isNeeded) await rm(this.partial, { force: true });
    this.#lock.release();
  }
}

/** A partial file of an interrupted run, cut to the part that is known to be good. */
interface Reopened {
  readonly handle: FileHandle;
  readonly length: number;
  readonly end: Uint8Array;
}

/** Opens the partial file of an interrupted run for writing. A link is not followed. */
async function reopened(path: string, part: WrittenPart): Promise<Reopened> {
  const partial = partialOf(path);
  // O_NOFOLLOW does not exist on Windows
  const handle = await open(partial, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw new OutputError(partial, error);
    throw new InputError(`${partial}: no such file, but the checkpoint needs it; run without --resume`);
  });
  try {
    const { bytes: length } = part;
    const { size } = await handle.stat();
    if (size < length) {
      throw new InputError(
        `${partial}: expected at least ${length} bytes, as the checkpoint says, got ${size}; run without --resume`,
      );
    }
    const end = new Uint8Array(Math.min(length, END));
    await written(path, () => handle.read(end, 0, end.length, length - end.length));
    if (hashOf(end) !== part.end) {
      throw new InputError(`${partial}: is not the file that the checkpoint belongs to; run without --resume`);
    }
    await written(path, () => handle.truncate(length));
    return { handle, length, end };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
