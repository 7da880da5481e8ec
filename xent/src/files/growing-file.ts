import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { idOf, statIfThere } from "./file-kind.js";
import { InputError } from "./input-error.js";
import { Lock } from "./lock.js";
import { complete, create, partialOf, type Tell, written } from "./output.js";
import { OutputError } from "./output-error.js";

/** Bytes of the end that is hashed. */
const END = 4096;

/** Bytes per read when a part is copied. */
const CHUNK = 2 ** 20;

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
  #length: number;
  #end: Uint8Array;
  /** Whether it is closed because all of it is written. */
  #isWhole = false;

  private constructor(path: string, lock: Lock, { handle, length, end }: Reopened) {
    this.path = path;
    this.partial = partialOf(path);
    this.#handle = handle;
    this.#lock = lock;
    this.#length = length;
    this.#end = end;
  }

  /**
   * Creates the partial file. One that an earlier run has left is removed, and told.
   * @throws OutputError when another run writes this file, or when it cannot be created
   */
  static async create(path: string, tell: Tell): Promise<GrowingFile> {
    const lock = Lock.take(path);
    try {
      const partial = partialOf(path);
      const handle = await written(path, async () => {
        if (statIfThere(partial) !== undefined)
          tell(`${partial}: left by an earlier run, removed; --resume continues such a file`);
        await rm(partial, { force: true });
        return create(partial, path);
      });
      return new GrowingFile(path, lock, { handle, length: 0, end: new Uint8Array(0) });
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

  /** @returns the text of the last `bytes` bytes */
  async lastText(bytes: number): Promise<string> {
    return Buffer.from(await readAt(this.#handle, this.#length - bytes, bytes)).toString();
  }

  /** What is written so far, for a checkpoint. */
  get part(): WrittenPart {
    return { bytes: this.#length, end: hashOf(this.#end) };
  }

  /** Flushes the partial file, so that a checkpoint may count on its length. */
  async sync(): Promise<void> {
    await written(this.path, () => this.#handle.sync());
  }

  /** Flushes the file and gives it its final name. */
  async finish(): Promise<void> {
    await this.convert(() => complete(this.partial, this.path));
  }

  /**
   * Flushes the file, then lets `operation` use the partial file, which is still locked.
   * @throws OutputError when another run has taken this one for dead and its place
   */
  async convert(operation: () => Promise<void>): Promise<void> {
    await this.sync();
    if (!(await this.#isOurs())) {
      throw new OutputError(this.path, `another run has taken over ${this.partial}; run again when no other run writes it`);
    }
    await this.#handle.close();
    this.#isWhole = true;
    await operation();
  }

  /**
   * Ends the use of the file.
   * @param isNeeded whether a checkpoint needs the partial file; else it is removed if it is still there
   */
  async close({ isNeeded }: { readonly isNeeded: boolean }): Promise<void> {
    const isOurs = this.#isWhole ? this.#lock.isHeld : await this.#isOurs();
    await this.#handle.close();
    if (!isNeeded && isOurs) await rm(this.partial, { force: true });
    this.#lock.release();
  }

  async #isOurs(): Promise<boolean> {
    const there = statIfThere(this.partial);
    const own = idOf(await this.#handle.stat({ bigint: true }));
    return this.#lock.isHeld && there !== undefined && idOf(there) === own;
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
  const flags = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);
  const handle = await open(partial, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw new OutputError(partial, error);
    return copied(path, part);
  });
  try {
    const end = await endOf(handle, partial, part);
    await written(path, () => handle.truncate(part.bytes));
    return { handle, length: part.bytes, end };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A run that was killed when its file had its final name, but its checkpoint was still there: the file is whole, and begins alike. */
async function copied(path: string, part: WrittenPart): Promise<FileHandle> {
  const partial = partialOf(path);
  const missing = new InputError(`${partial}: no such file, but the checkpoint needs it; run without --resume`);
  if (statIfThere(path)?.isFile() !== true) throw missing;
  const whole = await written(path, () => open(path));
  try {
    await endOf(whole, path, part).catch(() => {
      throw missing;
    });
    const handle = await written(path, () => create(partial, path));
    try {
      for (let at = 0; at < part.bytes; at += CHUNK) {
        const bytes = await readAt(whole, at, Math.min(CHUNK, part.bytes - at));
        await written(path, () => handle.writeFile(bytes));
      }
      return handle;
    } catch (error) {
      await handle.close();
      await rm(partial, { force: true });
      throw error;
    }
  } finally {
    await whole.close();
  }
}

/** @throws InputError when a file does not begin with a part, as far as the part's hash tells */
async function endOf(handle: FileHandle, name: string, { bytes, end }: WrittenPart): Promise<Uint8Array> {
  const { size } = await handle.stat();
  if (size < bytes) {
    throw new InputError(`${name}: expected at least ${bytes} bytes, as the checkpoint says, got ${size}; run without --resume`);
  }
  const length = Math.min(bytes, END);
  const got = await readAt(handle, bytes - length, length);
  if (hashOf(got) === end) return got;
  throw new InputError(`${name}: is not the file that the checkpoint belongs to; run without --resume`);
}

/** Reads bytes that are known to be there. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0)
      throw new InputError("the unfinished table became shorter while it was being read; run without --resume");
    done += bytesRead;
  }
  return bytes;
}
