import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import type { ByteFile } from "./byte-file.js";
import { InputError } from "./input-error.js";

/** Where a member's data is in a zip archive. */
export interface ZipMember {
  readonly name: string;
  readonly isDeflated: boolean;
  /** Position of its data in the file, and their length there. */
  readonly offset: number;
  readonly length: number;
  /** Length after inflating. */
  readonly size: number;
}

const STORED = 0;
const DEFLATED = 8;

/** Deflate never makes more of one byte (zlib, "Maximum Compression Factor"). */
const MOST_INFLATED = 1032;

const DAMAGED = "the archive is damaged: save it again with np.savez";

/** Gives yauzl what it asks for of a file that is open already. */
class ByteFileReader extends RandomAccessReader {
  readonly #file: ByteFile;

  constructor(file: ByteFile) {
    super();
    this.#file = file;
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    const end = position + length;
    if (end > this.#file.size) {
      process.nextTick(callback, new Error(`expected ${end} bytes, got ${this.#file.size}`));
      return;
    }
    this.#file.fill(buffer.subarray(offset, offset + length), position).then(() => callback(null), callback);
  }
}

/**
 * The members of a zip archive whose names `isWanted`.
 * @throws InputError when the archive is truncated or damaged, or one of these is encrypted or compressed otherwise than by deflate
 */
export async function readZip(file: ByteFile, isWanted: (name: string) => boolean): Promise<ZipMember[]> {
  try {
    // sizes are checked below, where the error can name the member
    const options = { autoClose: false, validateEntrySizes: false };
    const archive = await fromRandomAccessReaderPromise(new ByteFileReader(file), file.size, options);
    const members: ZipMember[] = [];
    for await (const entry of archive.eachEntry()) {
      if (isWanted(entry.fileName)) members.push(await memberOf(file, archive, entry));
    }
    return members;
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(
      `${file.path}: is truncated or damaged (${reason.replace(/\.$/, "")}); copy it again, or save it again with np.savez`,
      { cause: error },
    );
  }
}

async function memberOf(file: ByteFile, archive: ZipFile, entry: Entry): Promise<ZipMember> {
  const { fileName: name, compressionMethod: method, compressedSize: length, uncompressedSize: size } = entry;
  const refuse = (reason: string) => new InputError(`${file.path}: member ${JSON.stringify(name)}: ${reason}`);
  if (entry.isEncrypted()) throw refuse("is encrypted; save it again with np.savez");
  if (method !== STORED && method !== DEFLATED) {
    throw refuse(`is compressed by method ${method}, expected 0 (stored) or 8 (deflated); save it again with np.savez`);
  }
  if (method === STORED && size !== length) throw refuse(`is stored in ${length} bytes, expected ${size}; ${DAMAGED}`);
  if (size > (length + 1) * MOST_INFLATED) throw refuse(`cannot make ${size} bytes of ${length}; ${DAMAGED}`);
  const { fileDataStart: offset } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
  return { name, isDeflated: method === DEFLATED, offset, length, size };
}
