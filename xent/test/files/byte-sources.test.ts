/** Bytes by position: of a file, of parts joined end to end, of a deflated part. Each against the same range of one array. */
import { mkdirSync, renameSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteFile } from "../../src/files/byte-file.js";
import { type ByteSource, readUpTo } from "../../src/files/byte-source.js";
import { statIfThere } from "../../src/files/file-kind.js";
import { InflatedBytes } from "../../src/files/inflated-bytes.js";
import { InputError } from "../../src/files/input-error.js";
import { JoinedBytes } from "../../src/files/joined-bytes.js";
import { concatenate, temporaryFolder } from "./written.js";

const folder = temporaryFolder();

/** Bytes that deflate hardly shortens. */
const noise = (length: number) =>
  Uint8Array.from({ length }, (_, index) => (Math.imul(index + 1, 0x9e3779b1) >>> 24) ^ (index >> 5));

/** A source that is an array, and the reads that it got. */
class Bytes implements ByteSource {
  readonly path = "array";
  readonly reads: [length: number, position: number][] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  readInto(bytes: Uint8Array, position: number): void {
    this.reads.push([bytes.length, position]);
    bytes.set(this.#bytes.subarray(position, position + bytes.length));
  }

  async fill(bytes: Uint8Array, position: number): Promise<void> {
    this.readInto(bytes, position);
  }
}

function readOf(source: ByteSource, length: number, position: number): Uint8Array {
  const bytes = new Uint8Array(length);
  source.readInto(bytes, position);
  return bytes;
}

async function fillOf(source: ByteSource, length: number, position: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await source.fill(bytes, position);
  return bytes;
}

test("readUpTo ends with the source", () => {
  const source = new Bytes(noise(10));
  expect(readUpTo(source, 0, 4)).toEqual(noise(10).slice(0, 4));
  expect(readUpTo(source, 7, 4)).toEqual(noise(10).slice(7));
});

describe("joined parts", () => {
  const whole = noise(40);
  // 10..20, nothing, 3..4, 0..9
  const joined = new JoinedBytes(
    "joined",
    [
      [10, 10],
      [5, 0],
      [3, 1],
      [0, 9],
    ].map(([offset = 0, length = 0]) => ({ source: new Bytes(whole), offset, length })),
  );
  const expected = Uint8Array.of(...whole.subarray(10, 20), ...whole.subarray(3, 4), ...whole.subarray(0, 9));

  test("any range has the bytes of the concatenation", async () => {
    expect(joined.size).toBe(20);
    for (let from = 0; from <= 20; from++) {
      for (let to = from; to <= 20; to++) {
        expect(readOf(joined, to - from, from)).toEqual(expected.slice(from, to));
        expect(await fillOf(joined, to - from, from)).toEqual(expected.slice(from, to));
      }
    }
  });

  test("only the parts in the range are read", () => {
    const [first, second] = [new Bytes(whole), new Bytes(whole)];
    const two = new JoinedBytes("two", [
      { source: first, offset: 0, length: 8 },
      { source: second, offset: 2, length: 8 },
    ]);
    readOf(two, 8, 0);
    readOf(two, 3, 8);
    expect([first.reads, second.reads]).toEqual([[[8, 0]], [[3, 2]]]);
  });

  test.each([
    [1, -1],
    [1, 20],
    [21, 0],
    [2, 19],
  ])("%i bytes at %i are refused", async (length, position) => {
    const error = new RangeError(`joined: expected bytes within 0..20, got ${position}+${length}`);
    expect(() => readOf(joined, length, position)).toThrow(error);
    await expect(fillOf(joined, length, position)).rejects.toThrow(error);
  });
});

describe("a deflated part", () => {
  const whole = noise(600_000);
  const deflated = deflateRawSync(whole);
  const OFFSET = 7;
  const part = () => {
    const source = new Bytes(concatenate([new Uint8Array(OFFSET), deflated]));
    return { source, bytes: new InflatedBytes("part", { source, offset: OFFSET, length: deflated.length }, whole.length) };
  };

  test("the deflated bytes are longer than a chunk and a step", () => {
    expect(deflated.length).toBeGreaterThan(2 ** 18 + 2 ** 15);
  });

  test.each([0, 1, 1000, 70_000, 599_990])("a synchronous read at %i reads little more than it needs", (position) => {
    const { source, bytes } = part();
    expect(readOf(bytes, 10, position)).toEqual(whole.slice(position, position + 10));
    const most = Math.max(...source.reads.map(([length]) => length));
    expect(most).toBeLessThan(position + 10 + 1024 + 2 ** 15);
    expect(source.reads.every(([length, at]) => at === OFFSET && length <= deflated.length)).toBe(true);
  });

  test("reads that go on read each deflated byte once; a step back begins again", async () => {
    const { source, bytes } = part();
    expect(await fillOf(bytes, 100, 50)).toEqual(whole.slice(50, 150));
    expect(await fillOf(bytes, 100, 150)).toEqual(whole.slice(150, 250));
    expect(await fillOf(bytes, 1000, 500_000)).toEqual(whole.slice(500_000, 501_000));
    const forward = source.reads.length;
    expect(source.reads.map(([, at]) => at)).toEqual(Array.from({ length: forward }, (_, index) => OFFSET + index * 2 ** 18));
    expect(source.reads.reduce((sum, [length]) => sum + length, 0)).toBeLessThanOrEqual(deflated.length);
    expect(await fillOf(bytes, 100, 500_999)).toEqual(whole.slice(500_999, 501_099));
    expect(source.reads.slice(forward)[0]).toEqual([2 ** 18, OFFSET]);
    bytes.close();
    expect(await fillOf(bytes, 10, 600_000 - 10)).toEqual(whole.slice(-10));
    bytes.close();
    bytes.close();
  });

  test("more bytes than it has", async () => {
    const { bytes } = part();
    const truncated = (expected: number) =>
      new InputError(`part: truncated: expected ${expected} bytes after inflating, got 600000; copy or download it again`);
    expect(() => readOf(bytes, 11, 599_990)).toThrow(truncated(600_001));
    await expect(fillOf(bytes, 11, 599_990)).rejects.toThrow(truncated(600_000));
  });

  test("a read error of the source is the error of the read", async () => {
    const { bytes } = part();
    class Broken extends Bytes {
      override async fill(): Promise<void> {
        throw new InputError("array: shrank");
      }
    }
    const broken = new InflatedBytes("part", { source: new Broken(deflated), offset: 0, length: deflated.length }, whole.length);
    await expect(fillOf(broken, 1, 0)).rejects.toThrow(new InputError("array: shrank"));
    expect(await fillOf(bytes, 1, 0)).toEqual(whole.slice(0, 1));
  });

  test("what is no deflated data", async () => {
    const source = new Bytes(new Uint8Array(100).fill(0xff));
    const broken = new InflatedBytes("part", { source, offset: 0, length: 100 }, 100);
    const message = /^part: cannot be inflated \(invalid block type\); the archive is damaged: save it again$/;
    expect(() => readOf(broken, 1, 0)).toThrow(message);
    await expect(fillOf(broken, 1, 0)).rejects.toThrow(message);
  });
});

describe("a file", () => {
  const bytes = noise(100);

  test("any range, synchronously or not", async () => {
    const file = new ByteFile(folder.write("range.bin", bytes));
    await fc.assert(
      fc.asyncProperty(fc.nat(100), fc.nat(100), async (from, length) => {
        const to = Math.min(100, from + length);
        expect(readOf(file, to - from, from)).toEqual(bytes.slice(from, to));
        expect(await fillOf(file, to - from, from)).toEqual(bytes.slice(from, to));
      }),
    );
    const short = /range.bin: ends at byte 100, expected 101 bytes/;
    expect(() => readOf(file, 11, 90)).toThrow(short);
    await expect(fillOf(file, 11, 90)).rejects.toThrow(short);
    file.close();
    file.close();
    expect(() => readOf(file, 1, 0)).toThrow(/range.bin: read after close\(\)/);
  });

  const changes: readonly (readonly [string, (path: string) => void])[] = [
    ["is longer", (path) => writeFileSync(path, noise(101))],
    ["has the same length and another time", (path) => utimesSync(path, 1, 1)],
    [
      "is another file with the same length and time",
      (path) => {
        const { atime, mtime } = statOf(path);
        writeFileSync(`${path}.new`, bytes);
        utimesSync(`${path}.new`, atime, mtime);
        renameSync(`${path}.new`, path);
      },
    ],
    ["is gone", (path) => unlinkSync(path)],
    [
      "is a folder",
      (path) => {
        unlinkSync(path);
        mkdirSync(path);
      },
    ],
  ];

  function statOf(path: string): { atime: Date; mtime: Date } {
    const stats = statIfThere(path);
    if (stats === undefined) throw new Error(`no ${path}`);
    return stats;
  }

  test("that nothing writes to is unchanged", () => {
    const file = new ByteFile(folder.write("same.bin", bytes));
    file.checkUnchanged();
    file.close();
  });

  test.each(changes)("that %s was changed", (name, change) => {
    // whole seconds, which every file system keeps
    const path = folder.write(`${name.replaceAll(" ", "-")}.bin`, bytes);
    utimesSync(path, 1000, 1000);
    const file = new ByteFile(path);
    file.checkUnchanged();
    change(path);
    expect(() => file.checkUnchanged()).toThrow(/: was changed while it was being read/);
    file.close();
  });

  test("two names of a file have one id, two files have two", () => {
    const path = folder.write("one.bin", bytes);
    const names = [path, folder.path("./one.bin"), `${folder.path(".")}/one.bin`, folder.write("two.bin", bytes)];
    const files = names.map((name) => new ByteFile(name));
    const [one, ...others] = files.map(({ id }) => id);
    expect(others.map((id) => id === one)).toEqual([true, true, false]);
    for (const file of files) file.close();
  });

  test("nothing at a path", () => {
    expect([statIfThere(folder.path("none")), statIfThere(`${folder.path("one.bin")}/x`)]).toEqual([undefined, undefined]);
  });
});
