import { crc32, deflateRawSync } from "node:zlib";
import { Breaks, type Draw, damaged, type Made } from "./draw.js";
import { makeNpy } from "./make-npy.js";

/** A member before it is written. What the archive's directory says may differ from what the member's own header says. */
interface Member {
  readonly name: Buffer;
  readonly centralName: Buffer;
  readonly stored: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly size: bigint;
  readonly length: bigint;
  readonly offset: bigint | undefined;
  readonly zip64: boolean;
  readonly localExtra: Uint8Array;
  readonly extra: Uint8Array;
  readonly comment: Uint8Array;
  readonly descriptor: Uint8Array;
}

const U32 = 0xffffffffn;
const NONE = new Uint8Array(0);

/** A valid .npz in one of the forms that writers use, or one with broken fields. */
export function makeZip(draw: Draw): Made {
  const breaks = new Breaks(draw, 0.03);
  const names = ["a", "b", "targets", "logits"].slice(0, 1 + draw.integer(4));
  const named = breaks.of("member twice", names, () => [...names, draw.pick(["a", "a", "b"])]);
  const members = named.map((name) => memberOf(draw, breaks, name));
  return { bytes: archiveOf(draw, breaks, members), broken: breaks.names };
}

/** The same, damaged in a third of all cases. */
export const makeDamagedZip = (draw: Draw): Made => damaged(draw, makeZip(draw));

function memberOf(draw: Draw, breaks: Breaks, base: string): Member {
  const name = breaks.of("member's name", `${base}.npy`, () =>
    draw.pick([
      base,
      `x/${base}.npy`,
      `._${base}.npy`,
      `${base}.npy.npy`,
      `é${base}.npy`,
      `../${base}.npy`,
      `/${base}.npy`,
      `\\${base}.npy`,
      `${base}.NPY`,
      ".npy",
      `${base}\0.npy`,
    ]),
  );
  const data = breaks.of("member's bytes", makeNpy(draw, 0).bytes, () =>
    draw.pick([draw.bytes(draw.integer(200)), makeNpy(draw, 0.3).bytes]),
  );
  const isDeflated = draw.chance(0.5);
  const deflated = new Uint8Array(deflateRawSync(data, { level: draw.pick([0, 1, 6, 9]) }));
  const whole = isDeflated ? deflated : data;
  const stored = breaks.of("member's data", whole, () => {
    const copy = whole.slice();
    if (copy.length > 0) copy[draw.integer(copy.length)] = draw.integer(256);
    return draw.pick([copy, whole.slice(0, -1), new Uint8Array(Buffer.concat([whole, draw.bytes(3)]))]);
  });
  const method = isDeflated ? 8 : 0;
  const label = Buffer.from(name);
  const hasDescriptor = draw.chance(0.2);
  const flags = (hasDescriptor ? 8 : 0) | (draw.chance(0.3) ? 0x800 : 0);
  const wrong = (size: number) => () => (draw.chance(0.5) ? draw.oddSize() : BigInt(Math.max(0, size + draw.integer(9) - 4)));
  const crc = crc32(data);
  return {
    name: label,
    centralName: breaks.of("names differ", label, () => Buffer.from(`${draw.pick(["a", "c"])}.npy`)),
    stored,
    flags: breaks.of("flags", flags, () => flags ^ (1 << draw.integer(16))),
    method: breaks.of("method", method, () => draw.pick([0, 8, 1, 9, 12, 14, 93, 99])),
    crc: breaks.of("checksum", crc, () => draw.pick([0, crc ^ 1, draw.integer(2 ** 32)])),
    size: breaks.of("size", BigInt(data.length), wrong(data.length)),
    length: breaks.of("length", BigInt(stored.length), wrong(stored.length)),
    offset: breaks.of<bigint | undefined>("offset", undefined, () =>
      draw.chance(0.5) ? draw.oddSize() : BigInt(draw.integer(300)),
    ),
    zip64: draw.chance(0.25),
    localExtra: draw.chance(0.3) ? extraOf(draw.pick([0x5455, 0x7875, 0x6375]), draw.bytes(draw.integer(12))) : NONE,
    extra: breaks.of("extra field", draw.chance(0.3) ? extraOf(0x5455, draw.bytes(5)) : NONE, () =>
      draw.pick([
        draw.bytes(1 + draw.integer(8)),
        extraOf(1, draw.bytes(draw.integer(28))),
        unicodePath(label, draw.pick(["a.npy", "b.npy", name])),
        extraOf(0x9901, draw.bytes(7)),
      ]),
    ),
    comment: draw.chance(0.1) ? Buffer.from("a comment") : NONE,
    descriptor: hasDescriptor ? descriptorOf(draw, crc, stored.length, data.length) : NONE,
  };
}

function extraOf(id: number, data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(data.length, 2);
  return Buffer.concat([head, data]);
}

function unicodePath(raw: Buffer, name: string): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(crc32(raw), 1);
  return extraOf(0x7075, Buffer.concat([head, Buffer.from(name)]));
}

function descriptorOf(draw: Draw, crc: number, length: number, size: number): Uint8Array {
  const fields = Buffer.alloc(16);
  fields.writeUInt32LE(0x08074b50, 0);
  fields.writeUInt32LE(crc, 4);
  fields.writeUInt32LE(length, 8);
  fields.writeUInt32LE(size, 12);
  return draw.chance(0.7) ? fields : fields.subarray(4);
}

/** Writes numbers of 2, 4 or 8 bytes, as a list of [width, value]. */
function numbers(...fields: readonly (readonly [width: 2 | 4 | 8, value: number | bigint])[]): Buffer {
  return Buffer.concat(
    fields.map(([width, value]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      return bytes.subarray(0, width);
    }),
  );
}

function archiveOf(draw: Draw, breaks: Breaks, members: readonly Member[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const records: Uint8Array[] = [];
  let position = 0n;
  const push = (...bytes: readonly Uint8Array[]) => {
    for (const part of bytes) {
      parts.push(part);
      position += BigInt(part.length);
    }
  };
  for (const member of members) {
    const at = position;
    push(localHeader(member), member.name, member.localExtra, member.stored, member.descriptor);
    if (draw.chance(0.05)) push(draw.bytes(draw.integer(9)));
    records.push(record(draw, member, member.offset ?? at));
  }
  const directory = Buffer.concat(records);
  const start = breaks.of("directory's position", position, () => draw.pick([draw.oddSize(), position + 1n, position - 1n, 0n]));
  const length = breaks.of("directory's length", BigInt(directory.length), () =>
    draw.pick([draw.oddSize(), BigInt(directory.length - 1)]),
  );
  const count = breaks.of("number of members", BigInt(members.length), () =>
    draw.pick([draw.oddSize(), BigInt(members.length + 1), BigInt(members.length - 1)]),
  );
  push(directory);
  if (draw.chance(0.2)) {
    const end64 = position;
    push(numbers([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, length], [8, start]));
    push(
      numbers(
        [4, 0x07064b50],
        [4, breaks.of("disk", 0, () => draw.integer(5))],
        [8, breaks.of("end record's position", end64, () => draw.oddSize())],
        [4, 1],
      ),
    );
    push(endOf(breaks, draw, 0xffffn, U32, U32));
  } else push(endOf(breaks, draw, count, length, start));
  return Buffer.concat(parts);
}

function localHeader({ name, flags, method, crc, length, size, localExtra, zip64 }: Member): Buffer {
  const isLater = (flags & 8) !== 0;
  const [ownCrc, ownLength, ownSize] = isLater ? [0, 0n, 0n] : zip64 ? [crc, U32, U32] : [crc, length, size];
  return numbers(
    [4, 0x04034b50],
    [2, 20],
    [2, flags],
    [2, method],
    [4, 0],
    [4, ownCrc],
    [4, ownLength],
    [4, ownSize],
    [2, name.length],
    [2, localExtra.length],
  );
}

/** A directory record. Its zip64 field holds only the values that do not fit, or are said not to. */
function record(draw: Draw, member: Member, at: bigint): Buffer {
  const { centralName, flags, method, crc, length, size, zip64, comment } = member;
  const isLarge = [size, length, at].map((value) => value >= U32 || (zip64 && draw.chance(0.6)));
  const large = [size, length, at].filter((_, index) => isLarge[index]);
  const field = large.length > 0 ? extraOf(1, numbers(...large.map((value) => [8, value] as const))) : NONE;
  const extra = draw.chance(0.5) ? Buffer.concat([field, member.extra]) : Buffer.concat([member.extra, field]);
  const [ownSize, ownLength, ownAt] = [size, length, at].map((value, index) => (isLarge[index] ? U32 : value)) as [
    bigint,
    bigint,
    bigint,
  ];
  const head = numbers(
    ...([
      [4, 0x02014b50],
      [2, 0x031e],
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      [4, crc],
    ] as const),
    ...([
      [4, ownLength],
      [4, ownSize],
      [2, centralName.length],
      [2, extra.length],
      [2, comment.length],
    ] as const),
    ...([
      [2, 0],
      [2, 0],
      [4, 0o100644 * 65_536],
      [4, ownAt],
    ] as const),
  );
  return Buffer.concat([head, centralName, extra, comment]);
}

function endOf(breaks: Breaks, draw: Draw, count: bigint, length: bigint, start: bigint): Buffer {
  const end = (comment: Uint8Array, own = comment.length) =>
    Buffer.concat([numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, length], [4, start], [2, own]), comment]);
  const comment = draw.chance(0.15) ? Buffer.from("written by a test") : NONE;
  return breaks.of("end record", end(comment), () =>
    draw.pick([
      end(comment, draw.integer(65_536)),
      end(end(NONE)),
      end(comment, comment.length + 1),
      Buffer.concat([end(comment), draw.bytes(3)]),
      end(Buffer.from("PK\x05\x06")),
    ]),
  );
}
