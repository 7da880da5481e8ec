import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import type { ByteFile } from "./byte-file.js";
import { InputError } from "./input-error.js";

/** The position of a member's data in a zip archive. */
export interface ZipMember {
  readonly name: string;
  readonly isDeflated: boolean;
  /** Position of the data in the file. */
  readonly offset: number;
  /** Length in the file. */
  readonly length: number;
  /** Length after inflating. */
  readonly size: number;
  /** CRC-32 of the inflated data. */
  readonly crc: number;
}

const STORED = 0;
const DEFLATED = 8;

/** The most bytes that deflate can make of one (zlib, "Maximum Compression Factor"). */
const MOST_INFLATED = 1032;

const DAMAGED = "the archive is damaged: save it again with np.savez";

/** Lets yauzl read from a file that is already open. */
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
 * Returns the members of a zip archive whose names `isWanted` accepts.
 * @throws InputError when the archive is truncated or damaged, or when such a member is encrypted or neither stored nor deflated
 */
export async function readZip(file: ByteFile, isWanted: (name: string) => boolean): Promise<ZipMember[]> {
  try {
    // memberOf checks the sizes, because its errors name the member
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
  const { fileName: name, compressionMethod: method, compressedSize: length, uncompressedSize: size, crc32: crc } = entry;
  const refuse = (reason: string) => new InputError(`${file.path}: member ${JSON.stringify(name)}: ${reason}`);
  if (entry.isEncrypted()) throw refuse("is encrypted; save it again with np.savez");
  if (method !== STORED && method !== DEFLATED) {
    throw refuse(`is compressed by method ${method}, expected 0 (stored) or 8 (deflated); save it again with np.savez`);
  }
  if (method === STORED && size !== length) throw refuse(`is stored in ${length} bytes, expected ${size}; ${DAMAGED}`);
  if (size > (length + 1) * MOST_INFLATED) throw refuse(`cannot inflate ${length} bytes to ${size}; ${DAMAGED}`);
  const { fileDataStart: offset } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
  return { name, isDeflated: method === DEFLATED, offset, length, size, crc };
}
