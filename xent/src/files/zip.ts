import type { ByteFile } from "./byte-file.js";
import { readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";

/**
 * The directory of a zip archive (PKWARE, APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3). Read from its end:
 *
 *     ...          members, each a local header (30 bytes, name, extra field) and its data
 *     directory    one record a member: 46 bytes, name, extra field, comment
 *     [zip64 end record, zip64 locator (20 bytes)]      where 32 bits do not hold an offset or a length
 *     end record   22 bytes and a comment
 *
 * Only what numpy writes is read: whole archives, members stored or deflated, names in UTF-8 or ASCII.
 */
export interface ZipMember {
  readonly name: string;
  readonly isDeflated: boolean;
  /** Position of its data in the file, and their length there. */
  readonly offset: number;
  readonly length: number;
  /** Length after inflating. */
  readonly size: number;
}

const END = { mark: 0x06054b50, bytes: 22, longestComment: 65_535 };
const LOCATOR = { mark: 0x07064b50, bytes: 20 };
const END64 = { mark: 0x06064b50, bytes: 56 };
const RECORD = { mark: 0x02014b50, bytes: 46 };
const LOCAL = { mark: 0x04034b50, bytes: 30 };

const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
const ZIP64 = 1;

/** A field that holds this has its value in the zip64 extra field. */
const ELSEWHERE = 0xffffffff;

/** An archive of arrays has some; what claims a directory beyond this is damaged. */
const LONGEST_DIRECTORY = 2 ** 26;

/** Deflate never makes more of one byte (zlib, "Maximum Compression Factor"). */
const MOST_INFLATED = 1032;

const DAMAGED = "the archive is damaged: save it again with np.savez";

/**
 * Reads the directory.
 * @throws InputError when it is truncated, damaged, encrypted or compressed otherwise
 */
export function readZip(file: ByteFile): ZipMember[] {
  const { position, length, count } = directoryOf(file);
  if (length > LONGEST_DIRECTORY) throw new InputError(`${file.path}: has a directory of ${length} bytes; ${DAMAGED}`);
  if (position + length > file.size) {
    throw new InputError(
      `${file.path}: truncated: expected ${position + length} bytes for its directory, got ${file.size}; ` +
        "copy or download it again",
    );
  }
  const bytes = readUpTo(file, position, length);
  const view = new DataView(bytes.buffer);
  const members: ZipMember[] = [];
  for (let at = 0, index = 0; index < count; index++) {
    if (at + RECORD.bytes > length || view.getUint32(at, true) !== RECORD.mark) {
      throw new InputError(`${file.path}: its directory lists ${count} members, but ends after ${index}; ${DAMAGED}`);
    }
    const nameEnd = at + RECORD.bytes + view.getUint16(at + 28, true);
    const end = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (end > length) throw new InputError(`${file.path}: its directory ends within member ${index}; ${DAMAGED}`);
    members.push(memberOf(file, new DataView(bytes.buffer, at, end - at)));
    at = end;
  }
  return members;
}

interface Directory {
  readonly position: number;
  readonly length: number;
  readonly count: number;
}

function directoryOf(file: ByteFile): Directory {
  const tail = Math.max(0, file.size - END.bytes - END.longestComment);
  const view = new DataView(readUpTo(file, tail, file.size - tail).buffer);
  for (let at = view.byteLength - END.bytes; at >= 0; at--) {
    const isEnd = view.getUint32(at, true) === END.mark && at + END.bytes + view.getUint16(at + 20, true) === view.byteLength;
    if (!isEnd) continue;
    const here = {
      position: view.getUint32(at + 16, true),
      length: view.getUint32(at + 12, true),
      count: view.getUint16(at + 10, true),
    };
    return large(file, tail + at) ?? here;
  }
  throw new InputError(
    `${file.path}: truncated: its ${file.size} bytes do not end with a zip archive's end record; copy or download it again`,
  );
}

/** The zip64 end record, where there is one before the end record. */
function large(file: ByteFile, end: number): Directory | undefined {
  if (end < LOCATOR.bytes) return undefined;
  const locator = new DataView(readUpTo(file, end - LOCATOR.bytes, LOCATOR.bytes).buffer);
  if (locator.getUint32(0, true) !== LOCATOR.mark) return undefined;
  const at = Number(locator.getBigUint64(8, true));
  const record = new DataView(readUpTo(file, at, END64.bytes).buffer);
  if (record.byteLength < END64.bytes || record.getUint32(0, true) !== END64.mark) {
    throw new InputError(`${file.path}: has no zip64 end record at byte ${at}; ${DAMAGED}`);
  }
  const number = (offset: number) => Number(record.getBigUint64(offset, true));
  return { position: number(48), length: number(40), count: number(32) };
}

/** A member from its record; where its data begin, the header before them says. */
function memberOf(file: ByteFile, record: DataView): ZipMember {
  const nameBytes = record.getUint16(28, true);
  const name = new TextDecoder().decode(new Uint8Array(record.buffer, record.byteOffset + RECORD.bytes, nameBytes));
  const refuse = (reason: string) => new InputError(`${file.path}: member ${JSON.stringify(name)}: ${reason}`);
  const method = record.getUint16(10, true);
  if ((record.getUint16(8, true) & ENCRYPTED) !== 0) throw refuse("is encrypted; save it again with np.savez");
  if (method !== STORED && method !== DEFLATED) {
    throw refuse(`is compressed by method ${method}, expected 0 (stored) or 8 (deflated); save it again with np.savez`);
  }
  const extra = new DataView(record.buffer, record.byteOffset + RECORD.bytes + nameBytes, record.getUint16(30, true));
  const [size, length, header] = widened(extra, [
    record.getUint32(24, true),
    record.getUint32(20, true),
    record.getUint32(42, true),
  ]) as [number, number, number];
  const local = new DataView(readUpTo(file, header, LOCAL.bytes).buffer);
  if (local.byteLength < LOCAL.bytes || local.getUint32(0, true) !== LOCAL.mark) {
    throw refuse(`has no header at byte ${header}; ${DAMAGED}`);
  }
  const offset = header + LOCAL.bytes + local.getUint16(26, true) + local.getUint16(28, true);
  if (offset + length > file.size) {
    throw refuse(`truncated: expected ${offset + length} bytes, got ${file.size}; copy or download it again`);
  }
  if (method === STORED && size !== length) throw refuse(`is stored in ${length} bytes, expected ${size}; ${DAMAGED}`);
  if (size > (length + 1) * MOST_INFLATED) throw refuse(`cannot make ${size} bytes of ${length}; ${DAMAGED}`);
  return { name, isDeflated: method === DEFLATED, offset, length, size };
}

/** Values of 32 bits, those that did not fit from the zip64 extra field, which has them in this order. */
function widened(extra: DataView, values: readonly number[]): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === ZIP64) {
      let next = at + 4;
      const end = Math.min(next + length, extra.byteLength);
      return values.map((value) => {
        if (value !== ELSEWHERE || next + 8 > end) return value;
        next += 8;
        return Number(extra.getBigUint64(next - 8, true));
      });
    }
    at += 4 + length;
  }
  return [...values];
}
