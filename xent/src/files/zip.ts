import { type ByteSource, readUpTo } from "./byte-source.js";
import { InputError } from "./input-error.js";

/**
 * Layout of a zip archive (APPNOTE.TXT):
 *
 *     members     each: a header with its name, then its data
 *     directory   one record per member: name, lengths, CRC-32, position of its header
 *     end record  position, length and count of the directory; then a comment
 *
 * Values that do not fit into 32 bits are in a zip64 field of their record, and in a zip64 end record before the end record.
 *
 * Readers that are lenient differ on damaged archives. This one takes members as numpy's zipfile does, and refuses an archive whose
 * parts do not fit together: directory, count and end have to meet to the byte.
 */
const HEADER = { signature: 0x04034b50, bytes: 30 } as const;
const RECORD = { signature: 0x02014b50, bytes: 46 } as const;
const END = { signature: 0x06054b50, bytes: 22 } as const;
const LOCATOR = { signature: 0x07064b50, bytes: 20 } as const;
const END_64 = { signature: 0x06064b50, bytes: 56 } as const;
const ZIP64_FIELD = 1;

/** The latest version of the format, 6.3. */
const LATEST = 63;

const LONGEST_COMMENT = 0xffff;
const U32 = 0xffffffff;

/** Encrypted, a patch to other data, or strongly encrypted. */
const UNREADABLE = 0x61;
const UTF_8 = 0x800;

const STORED = 0;
const DEFLATED = 8;

/** The most bytes that deflate can make of one (zlib, "Maximum Compression Factor"). */
const MOST_INFLATED = 1032;

/** No archive of arrays has nearly as many members, or as long a directory. */
const MOST_MEMBERS = 2 ** 16;
const LONGEST_DIRECTORY = 2 ** 25;

const DAMAGED = "the archive is damaged: save it again with np.savez";

/** A member of a zip archive, as the directory describes it. */
export interface ZipMember {
  readonly name: string;
  /** The name as it is written. */
  readonly label: Buffer;
  readonly flags: number;
  readonly method: number;
  /** Position of the member's header, which precedes its data. */
  readonly headerAt: number;
  /** Length in the file. */
  readonly length: number;
  /** Length after inflating. */
  readonly size: number;
  /** CRC-32 of the inflated data. */
  readonly crc: number;
}

/** @returns whether a member is deflated rather than stored */
export function isDeflated({ method }: ZipMember): boolean {
  return method === DEFLATED;
}

/**
 * Returns the members of a zip archive whose names `isWanted` accepts.
 * @throws InputError when the archive is truncated or damaged, or has too many members
 */
export function readZip(file: ByteSource, isWanted: (name: string) => boolean): ZipMember[] {
  const refuse = (reason: string) => new InputError(`${file.path}: is truncated or damaged (${reason}); copy or save it again`);
  const { start, length, count } = directoryOf(file, refuse);
  if (count > MOST_MEMBERS || length > LONGEST_DIRECTORY) {
    throw new InputError(
      `${file.path}: has ${count} members and a directory of ${length} bytes, at most ${MOST_MEMBERS} and ` +
        `${LONGEST_DIRECTORY} are read; save fewer arrays with np.savez`,
    );
  }
  const directory = bufferOf(file, start, length);
  const members: ZipMember[] = [];
  let found = 0;
  for (let at = 0; at < directory.length; found++) {
    const { member, end } = recordAt(directory, at, refuse);
    at = end;
    if (isWanted(member.name)) members.push(member);
  }
  if (found !== count) throw refuse(`its directory has ${found} members, its end record says ${count}`);
  return members;
}

/**
 * @returns the position of a member's data
 * @throws InputError when the member cannot be read, or is not where the directory says
 */
export function dataStartOf(file: ByteSource, member: ZipMember): number {
  const { name, label, flags, method, headerAt, length, size } = member;
  const refuse = (reason: string) => new InputError(`${file.path}: member ${JSON.stringify(name)}: ${reason}`);
  if ((flags & UNREADABLE) !== 0) throw refuse("is encrypted; save it again with np.savez");
  if (method !== STORED && method !== DEFLATED) {
    throw refuse(`is compressed by method ${method}, expected 0 (stored) or 8 (deflated); save it again with np.savez`);
  }
  if (method === STORED && size !== length) throw refuse(`is stored in ${length} bytes, expected ${size}; ${DAMAGED}`);
  if (size > (length + 1) * MOST_INFLATED) throw refuse(`cannot inflate ${length} bytes to ${size}; ${DAMAGED}`);
  const header = bufferOf(file, headerAt, HEADER.bytes + label.length);
  const isThere =
    header.length === HEADER.bytes + label.length &&
    header.readUInt32LE(0) === HEADER.signature &&
    header.readUInt16LE(26) === label.length &&
    header.subarray(HEADER.bytes).equals(label);
  if (!isThere) throw refuse(`is not at byte ${headerAt}, where the archive's directory says; ${DAMAGED}`);
  const dataStart = headerAt + header.length + header.readUInt16LE(28);
  if (dataStart + length <= file.size) return dataStart;
  throw refuse(`ends at byte ${dataStart + length}, but the file has ${file.size}; ${DAMAGED}`);
}

type Refuse = (reason: string) => InputError;

interface Directory {
  readonly start: number;
  readonly length: number;
  readonly count: number;
}

/** Finds the directory by the last end record. Its comment has to end with the file. */
function directoryOf(file: ByteSource, refuse: Refuse): Directory {
  const tailAt = Math.max(0, file.size - END.bytes - LONGEST_COMMENT);
  const tail = bufferOf(file, tailAt, file.size - tailAt);
  const mark = Buffer.alloc(4);
  mark.writeUInt32LE(END.signature);
  const at = tail.lastIndexOf(mark);
  if (at < 0 || at + END.bytes > tail.length) throw refuse("it has no end record");
  if (at + END.bytes + tail.readUInt16LE(at + 20) !== tail.length) throw refuse("bytes are missing or follow after its end");
  const endAt = tailAt + at;
  const large = directory64(file, endAt, refuse);
  const directory = large ?? {
    start: tail.readUInt32LE(at + 16),
    length: tail.readUInt32LE(at + 12),
    count: tail.readUInt16LE(at + 10),
    end: endAt,
  };
  const disks = tail.readUInt16LE(at + 4) + tail.readUInt16LE(at + 6);
  if (disks !== 0 && large === undefined) throw refuse("it is one of several disks");
  if (directory.start + directory.length === directory.end) return directory;
  throw refuse(`its directory ends at byte ${directory.start + directory.length}, expected ${directory.end}`);
}

/** The zip64 end record, which a locator before the end record points to; undefined without one. */
function directory64(file: ByteSource, endAt: number, refuse: Refuse): (Directory & { readonly end: number }) | undefined {
  const at = endAt - LOCATOR.bytes - END_64.bytes;
  if (at < 0) return undefined;
  const bytes = bufferOf(file, at, END_64.bytes + LOCATOR.bytes);
  const locator = bytes.subarray(END_64.bytes);
  if (locator.readUInt32LE(0) !== LOCATOR.signature) return undefined;
  const isOne = locator.readUInt32LE(4) === 0 && locator.readUInt32LE(16) <= 1;
  if (!isOne) throw refuse("it is one of several disks");
  if (numberAt(locator, 8) !== at || bytes.readUInt32LE(0) !== END_64.signature)
    throw refuse("its zip64 end record is not there");
  return { start: numberAt(bytes, 48), length: numberAt(bytes, 40), count: numberAt(bytes, 32), end: at };
}

function recordAt(directory: Buffer, at: number, refuse: Refuse): { member: ZipMember; end: number } {
  const isRecord = at + RECORD.bytes <= directory.length && directory.readUInt32LE(at) === RECORD.signature;
  if (!isRecord) throw refuse("its directory is broken");
  if (directory.readUInt16LE(at + 6) > LATEST) throw refuse("it needs a later version of zip");
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field)) as [
    number,
    number,
    number,
  ];
  const nameAt = at + RECORD.bytes;
  const extraAt = nameAt + nameLength;
  const end = extraAt + extraLength + commentLength;
  if (end > directory.length) throw refuse("its directory is broken");
  const flags = directory.readUInt16LE(at + 8);
  const label = directory.subarray(nameAt, extraAt);
  const [size, length, headerAt] = with64(
    [24, 20, 42].map((field) => directory.readUInt32LE(at + field)) as [number, number, number],
    directory.subarray(extraAt, extraAt + extraLength),
    refuse,
  );
  const method = directory.readUInt16LE(at + 10);
  const crc = directory.readUInt32LE(at + 16);
  return { member: { name: nameOf(label, flags), label, flags, method, headerAt, length, size, crc }, end };
}

type Values = [size: number, length: number, headerAt: number];

/** Replaces the values that do not fit into 32 bits by those of a zip64 field, which holds only these, in this order. */
function with64(values: Values, extra: Buffer, refuse: Refuse): Values {
  let at = 0;
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) throw refuse("an extra field of its directory is broken");
    if (extra.readUInt16LE(at) === ZIP64_FIELD) {
      let from = at + 4;
      for (const [index, value] of values.entries()) {
        if (value !== U32) continue;
        if (from + 8 > end) throw refuse("a zip64 field of its directory is broken");
        values[index] = numberAt(extra, from);
        from += 8;
      }
    }
    at = end;
  }
  return values;
}

/** The upper half of code page 437, in which names are that are not marked as UTF-8. */
const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** A name ends at its first 0, as in zipfile. */
function nameOf(label: Buffer, flags: number): string {
  const isMarked = (flags & UTF_8) !== 0;
  const text = isMarked
    ? label.toString("utf8")
    : label.toString("latin1").replace(/[\x80-\xff]/g, (character) => CP437[character.charCodeAt(0) - 0x80] ?? "");
  return text.split("\0", 1)[0] ?? "";
}

/** Inexact above 2^53, where no file ends. */
function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function bufferOf(file: ByteSource, position: number, length: number): Buffer {
  return Buffer.from(readUpTo(file, position, length).buffer);
}
