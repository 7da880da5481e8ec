import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from "yauzl";
import type { ByteFile } from "./byte-file.js";
import { readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";

/** A member of a zip archive, as the directory at its end describes it. */
export interface ZipMember {
  readonly name: string;
  /** The name's bytes. */
  readonly rawName: Buffer;
  /** A reason not to read it. */
  readonly problem: string | undefined;
  readonly isDeflated: boolean;
  /** Position of the member's header, which precedes its data. */
  readonly headerAt: number;
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

/** No archive of arrays has nearly as many members. */
const MOST_MEMBERS = 2 ** 16;

/** Of all members together; the format allows 65,535 for each. */
const MOST_NAME_BYTES = 2 ** 24;

/** Info-ZIP's extra field for a second name, which numpy does not look at. */
const UNICODE_PATH = 0x7075;

/** Bytes read at once from the directory, whose entries have about 60. */
const WINDOW = 2 ** 16;

/** Layout of a member's header: signature, ..., lengths of the name and of the extra fields, name, extra fields. */
const HEADER = { signature: 0x04034b50, nameLengthAt: 26, extraLengthAt: 28, bytes: 30 } as const;

const DAMAGED = "the archive is damaged: save it again with np.savez";

/** Lets yauzl read from a file that is already open. */
class ByteFileReader extends RandomAccessReader {
  readonly #file: ByteFile;
  #window = new Uint8Array(0);
  #windowAt = 0;

  constructor(file: ByteFile) {
    super();
    this.#file = file;
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, callback: (error: Error | null) => void): void {
    process.nextTick(callback, this.#tryRead(buffer.subarray(offset, offset + length), position));
  }

  #tryRead(bytes: Uint8Array, position: number): Error | null {
    const end = position + bytes.length;
    if (end > this.#file.size) return new Error(`expected ${end} bytes, got ${this.#file.size}`);
    try {
      if (position < this.#windowAt || end > this.#windowAt + this.#window.length) {
        this.#window = readUpTo(this.#file, position, Math.max(WINDOW, bytes.length));
        this.#windowAt = position;
      }
      bytes.set(this.#window.subarray(position - this.#windowAt, end - this.#windowAt));
      return null;
    } catch (error) {
      return error as Error;
    }
  }
}

/**
 * Returns the members of a zip archive whose names `isWanted` accepts.
 * @throws InputError when the archive is truncated or damaged, or has too many members
 */
export async function readZip(file: ByteFile, isWanted: (name: string) => boolean): Promise<ZipMember[]> {
  try {
    // problemOf checks the sizes, because its errors name the member
    const options = { autoClose: false, validateEntrySizes: false };
    const archive = await fromRandomAccessReaderPromise(new ByteFileReader(file), file.size, options);
    if (archive.entryCount > MOST_MEMBERS) {
      throw new InputError(
        `${file.path}: has ${archive.entryCount} members, at most ${MOST_MEMBERS} are read; save fewer arrays with np.savez`,
      );
    }
    const members: ZipMember[] = [];
    let nameBytes = 0;
    for await (const entry of archive.eachEntry()) {
      nameBytes += entry.fileNameLength;
      if (nameBytes > MOST_NAME_BYTES) {
        throw new InputError(`${file.path}: has names of more than ${MOST_NAME_BYTES} bytes; save it again with np.savez`);
      }
      if (isWanted(entry.fileName)) members.push(memberOf(entry));
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

function memberOf(entry: Entry): ZipMember {
  return {
    name: entry.fileName,
    // a copy: the entry's buffer holds its extra fields and its comment too
    rawName: Buffer.from(entry.fileNameRaw),
    problem: problemOf(entry),
    isDeflated: entry.compressionMethod === DEFLATED,
    headerAt: entry.relativeOffsetOfLocalHeader,
    length: entry.compressedSize,
    size: entry.uncompressedSize,
    crc: entry.crc32,
  };
}

function problemOf(entry: Entry): string | undefined {
  const { compressionMethod: method, compressedSize: length, uncompressedSize: size } = entry;
  if (entry.isEncrypted()) return "is encrypted; save it again with np.savez";
  if (method !== STORED && method !== DEFLATED) {
    return `is compressed by method ${method}, expected 0 (stored) or 8 (deflated); save it again with np.savez`;
  }
  if (method === STORED && size !== length) return `is stored in ${length} bytes, expected ${size}; ${DAMAGED}`;
  if (size > (length + 1) * MOST_INFLATED) return `cannot inflate ${length} bytes to ${size}; ${DAMAGED}`;
  if (entry.extraFields.some(({ id }) => id === UNICODE_PATH)) return `has two names; ${DAMAGED}`;
  return undefined;
}

/**
 * @returns the position of a member's data
 * @throws InputError when the member cannot be read, or is not where the directory says
 */
export function dataStartOf(file: ByteFile, { name, rawName, problem, headerAt, length }: ZipMember): number {
  const refuse = (reason: string) => new InputError(`${file.path}: member ${JSON.stringify(name)}: ${reason}`);
  if (problem !== undefined) throw refuse(problem);
  const header = Buffer.from(readUpTo(file, headerAt, HEADER.bytes + rawName.length));
  const misplaced = () => refuse(`is not at byte ${headerAt}, where the archive's directory says; ${DAMAGED}`);
  if (header.length < HEADER.bytes + rawName.length || header.readUInt32LE(0) !== HEADER.signature) throw misplaced();
  const nameLength = header.readUInt16LE(HEADER.nameLengthAt);
  if (nameLength !== rawName.length || !header.subarray(HEADER.bytes).equals(rawName)) throw misplaced();
  const dataStart = headerAt + HEADER.bytes + nameLength + header.readUInt16LE(HEADER.extraLengthAt);
  if (dataStart + length <= file.size) return dataStart;
  throw refuse(`ends at byte ${dataStart + length}, but the file has ${file.size}; ${DAMAGED}`);
}
