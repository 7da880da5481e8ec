import { crc32, deflateRawSync } from "node:zlib";
import { concatenate } from "./written.js";

export interface WrittenMember {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflated?: boolean;
  /** Changes the central directory record before it is written. */
  readonly change?: (record: DataView) => void;
}

const U32 = 0xffffffff;

/** A zip archive; with `zip64` every length and offset has 64 bits. */
export function zipBytes(members: readonly WrittenMember[], zip64 = false): Uint8Array {
  const parts: Uint8Array[] = [];
  const records: Uint8Array[] = [];
  let position = 0;
  for (const { name, data, deflated = false, change } of members) {
    const stored = deflated ? new Uint8Array(deflateRawSync(data)) : data;
    const label = new TextEncoder().encode(name);
    const sizes = zip64 ? [U32, U32] : [stored.length, data.length];
    const fields = { method: deflated ? 8 : 0, sizes, label };
    const local = header(30, 0x04034b50, 8, 18, fields);
    local.view.setUint16(26, label.length, true);
    const record = header(46, 0x02014b50, 10, 20, fields);
    record.view.setUint32(16, crc32(data), true);
    record.view.setUint16(28, label.length, true);
    // another extra field before the zip64 one, as Unix tools write it
    const extra = zip64 ? concatenate([other(), extra64([data.length, stored.length, position])]) : other();
    record.view.setUint16(30, extra.length, true);
    record.view.setUint32(42, zip64 ? U32 : position, true);
    change?.(record.view);
    parts.push(local.bytes, label, stored);
    records.push(concatenate([record.bytes, label, extra]));
    position += local.bytes.length + label.length + stored.length;
  }
  const directory = concatenate(records);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, zip64 ? 0xffff : members.length, true);
  end.setUint32(12, zip64 ? U32 : directory.length, true);
  end.setUint32(16, zip64 ? U32 : position, true);
  const large = zip64 ? [end64(members.length, directory.length, position)] : [];
  return concatenate([...parts, directory, ...large, new Uint8Array(end.buffer)]);
}

interface Fields {
  readonly method: number;
  readonly sizes: readonly number[];
  readonly label: Uint8Array;
}

function header(length: number, mark: number, methodAt: number, sizesAt: number, { method, sizes }: Fields) {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, mark, true);
  view.setUint16(methodAt, method, true);
  sizes.forEach((size, index) => {
    view.setUint32(sizesAt + 4 * index, size, true);
  });
  return { view, bytes: new Uint8Array(view.buffer) };
}

function other(): Uint8Array {
  return Uint8Array.of(0x55, 0x54, 2, 0, 7, 7);
}

function extra64(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + 8 * values.length));
  view.setUint16(0, 1, true);
  view.setUint16(2, 8 * values.length, true);
  values.forEach((value, index) => {
    view.setBigUint64(4 + 8 * index, BigInt(value), true);
  });
  return new Uint8Array(view.buffer);
}

/** The zip64 end record and its locator. */
function end64(count: number, length: number, position: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(76));
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(32, BigInt(count), true);
  view.setBigUint64(40, BigInt(length), true);
  view.setBigUint64(48, BigInt(position), true);
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(position + length), true);
  return new Uint8Array(view.buffer);
}
