import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { firstDifferentByte } from "../../../test/support/first-difference.js";
import { InputError } from "../../src/files/input-error.js";
import { asIntegers, asLogits } from "../../src/files/tensor.js";
import { openTensorFile } from "../../src/files/tensor-file.js";
import { npyBytes, npyDict, temporaryFolder } from "./written.js";
import { zipBytes } from "./written-zip.js";

const folder = temporaryFolder();
/** The contents of xent/test/files/data/*.npz, written by numpy's savez and savez_compressed. */
const logits = Float32Array.from({ length: 12 }, (_, index) => index / 8);
const targets = BigInt64Array.of(1n, -100n, 3n);

const npy = npyBytes(npyDict("<f4", [3, 4]), logits);
const members = [
  { name: "logits.npy", data: npy },
  { name: "targets.npy", data: npyBytes(npyDict("<i8", [3]), targets) },
];

async function filled(path: string): Promise<Float32Array> {
  const file = await openTensorFile(path);
  try {
    const out = new Float32Array(8);
    await asLogits(file.find("logits", ""), "logits").fill(out, 4);
    return out;
  } finally {
    file.close();
  }
}

describe("reading", () => {
  test.each(["stored", "deflated"])("files written by numpy, %s", async (name) => {
    const path = `xent/test/files/data/${name}.npz`;
    const file = await openTensorFile(path);
    expect([file.format, file.names]).toEqual(["npz", ["logits", "targets"]]);
    expect(asIntegers(file.find("targets", ""), "targets").readAll()).toEqual(targets);
    const tensor = asLogits(file.find("logits", ""), "logits");
    expect([tensor.rows, tensor.columns, tensor.readRows(1, 3)]).toEqual([3, 4, logits.slice(4)]);
    expect(tensor.label).toBe(`${path}: array "logits"`);
    file.close();
    expect(await filled(path)).toEqual(logits.slice(4));
  });

  test.each([false, true])("deflated %s, in 64 bits", async (deflated) => {
    const bytes = zipBytes(
      members.map((member) => ({ ...member, deflated })),
      true,
    );
    expect(await filled(folder.write("large.npz", bytes))).toEqual(logits.slice(4));
  });

  test("a deflated array read in parts: forward, repeated, backward, within and across chunks", async () => {
    const count = 300_000; // 1.2 MB, five chunks
    const values = Float32Array.from({ length: count }, (_, index) => Math.sin(index));
    const data = npyBytes(npyDict("<f4", [count, 1]), values);
    const file = await openTensorFile(folder.write("parts.npz", zipBytes([{ name: "logits.npy", data, deflated: true }])));
    const tensor = asLogits(file.find("logits", ""), "logits");
    const range = fc.tuple(fc.nat(count), fc.nat(70_000)).map(([first, length]) => [first, Math.min(length, count - first)]);
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 4 }), async (ranges) => {
        for (const [first = 0, length = 0] of ranges) {
          const out = new Float32Array(length);
          await tensor.fill(out, first);
          const expected = values.slice(first, first + length);
          // a deep comparison takes ten times as long as all reading
          expect(firstDifferentByte(out, expected), `${length} values from ${first} on`).toBe(expected.byteLength);
        }
      }),
      { numRuns: 20 },
    );
    file.close();
  });

  test("an unreadable array does not matter until it is requested", async () => {
    const objects = { name: "config.npy", data: npyBytes(npyDict("|O", [1]), new Uint8Array(8)) };
    const path = folder.write("mixed.npz", zipBytes([objects, ...members]));
    expect(await filled(path)).toEqual(logits.slice(4));
    const file = await openTensorFile(path);
    expect(() => file.find("config", "")).toThrow(/^.*mixed.npz: array "config": contains pickled Python objects/);
    file.close();
  });
});

describe("errors", () => {
  const errorOf = async (bytes: Uint8Array): Promise<string> => {
    const path = folder.write("bad.npz", bytes);
    try {
      const file = await openTensorFile(path);
      try {
        file.find("logits", "--logits-name");
      } finally {
        file.close();
      }
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as InputError).message.slice(path.length + 2);
    }
    throw new Error("no error");
  };
  const bytes = zipBytes(members);
  const changed = (at: number, value: number, size: 2 | 4 = 2) => {
    const change = (record: DataView) => (size === 2 ? record.setUint16(at, value, true) : record.setUint32(at, value, true));
    return errorOf(zipBytes([{ name: "logits.npy", data: npy, change }]));
  };
  const DAMAGED = "the archive is damaged: save it again with np.savez";

  test("truncated", async () => {
    expect(await errorOf(bytes.slice(0, -30))).toBe("is truncated or damaged (it has no end record); copy or save it again");
    const start = bytes.slice(0, bytes.length - 100);
    expect(await errorOf(new Uint8Array([...start, ...bytes.slice(-22)]))).toMatch(
      /^is truncated or damaged \(its directory ends at byte \d+, expected \d+\); copy or save it again$/,
    );
  });

  test("a missing array: the error lists those present", async () => {
    expect(
      await errorOf(
        zipBytes([
          { name: "a.npy", data: npy },
          { name: "readme.txt", data: npy },
        ]),
      ),
    ).toBe('has no tensor "logits"; it has "a": choose one with --logits-name');
  });

  test("no arrays", async () => {
    expect(await errorOf(zipBytes([{ name: "archive/data.pkl", data: npy }]))).toBe(
      "is a zip archive without arrays (PyTorch?); save each array with np.save or all with safetensors' save_file",
    );
  });

  test("an array truncated within the archive", async () => {
    expect(await errorOf(zipBytes([{ name: "logits.npy", data: npy.slice(0, -1) }]))).toMatch(
      /^array "logits": truncated: expected 176 bytes, got 175; copy or download it again$/,
    );
  });

  test("members that are encrypted, compressed by another method, misplaced, or longer than the file", async () => {
    expect(await changed(8, 1)).toBe('member "logits.npy": is encrypted; save it again with np.savez');
    expect(await changed(10, 12)).toBe(
      'member "logits.npy": is compressed by method 12, expected 0 (stored) or 8 (deflated); save it again with np.savez',
    );
    for (const at of [7, 999, 0xfffffffe]) {
      expect(await changed(42, at, 4)).toBe(
        `member "logits.npy": is not at byte ${at}, where the archive's directory says; ${DAMAGED}`,
      );
    }
    expect(await changed(20, 999, 4)).toBe(`member "logits.npy": is stored in 999 bytes, expected 176; ${DAMAGED}`);
    expect(await changed(24, 999, 4)).toBe(`member "logits.npy": is stored in 176 bytes, expected 999; ${DAMAGED}`);
    const longer = {
      name: "logits.npy",
      data: npy,
      deflated: true,
      change: (record: DataView) => record.setUint32(20, 999, true),
    };
    expect(await errorOf(zipBytes([longer]))).toMatch(
      /^member "logits.npy": ends at byte 1039, but the file has \d+; the archive is damaged/,
    );
    expect(await changed(0, 0, 4)).toBe("is truncated or damaged (its directory is broken); copy or save it again");
  });

  test("deflated data that is invalid, too short, or claims too many bytes", async () => {
    const deflated = { name: "logits.npy", data: npyBytes(npyDict("<f4", [3, 4]), logits.slice()), deflated: true };
    const good = zipBytes([deflated]);
    const spoiled = good.slice();
    spoiled[30 + "logits.npy".length] = 0b111; // an invalid block type
    expect(await errorOf(spoiled)).toMatch(/^array "logits": cannot be inflated \(.*\); the archive is damaged: save it again$/);
    const claims = zipBytes([{ ...deflated, change: (record) => record.setUint32(24, 177, true) }]);
    expect(await errorOf(claims)).toMatch(/^array "logits": expected 176 bytes, got 177: it contains more than one array/);
    const bomb = zipBytes([{ ...deflated, change: (record) => record.setUint32(24, 0x7fffffff, true) }]);
    expect(await errorOf(bomb)).toMatch(/^member "logits.npy": cannot inflate \d+ bytes to 2147483647; the archive is damaged/);
    const longer = npyBytes(npyDict("<f4", [4, 4]), logits);
    const short = { ...deflated, data: longer, change: (record: DataView) => record.setUint32(24, longer.length + 16, true) };
    const path = folder.write("short.npz", zipBytes([short]));
    const file = await openTensorFile(path);
    await expect(asLogits(file.find("logits", ""), "logits").fill(new Float32Array(16), 0)).rejects.toThrow(
      `${path}: array "logits": truncated: expected 192 bytes after inflating, got 176; copy or download it again`,
    );
    file.close();
  });

  describe("a checksum that does not match", () => {
    const values = Float32Array.from({ length: 300_000 }, (_, index) => Math.sin(index));
    const large = { name: "logits.npy", data: npyBytes(npyDict("<f4", [300_000, 1]), values) };
    // one bit of the last value differs from what the checksum is of
    const harmed = (deflated: boolean) => {
      const changed = { ...large, data: large.data.slice(), deflated };
      changed.data[changed.data.length - 2] ^= 0x40;
      const change = (record: DataView) => record.setUint32(16, crc32(large.data), true);
      return folder.write("harmed.npz", zipBytes([{ ...changed, change }]));
    };
    const DIFFERS = /array "logits": is damaged: expected the CRC-32 [0-9a-f]{8}, got [0-9a-f]{8}; copy or download it again$/;

    test.each([
      ["stored", false],
      ["deflated", true],
    ])("%s: found with the last element, also when rows were skipped", async (_, deflated) => {
      for (const first of [0, 200_000]) {
        const file = await openTensorFile(harmed(deflated));
        const tensor = asLogits(file.find("logits", ""), "logits");
        await tensor.fill(new Float32Array(99_999), first);
        await expect(tensor.fill(new Float32Array(200_001 - first / 2), first / 2 + 99_999)).rejects.toThrow(DIFFERS);
        file.close();
      }
    });

    test("of a small array, read at once", async () => {
      const change = (record: DataView) => record.setUint32(16, 1, true);
      const file = await openTensorFile(folder.write("small.npz", zipBytes([{ name: "logits.npy", data: npy, change }])));
      const tensor = asLogits(file.find("logits", ""), "logits");
      expect(tensor.readRows(0, 2)).toEqual(logits.slice(0, 8));
      expect(() => tensor.readRows(2, 3)).toThrow(DIFFERS);
      file.close();
    });
  });

  test("a member that has another name in its own header", async () => {
    const other = zipBytes([{ name: "logits.npy", data: npy }]);
    other.set(new TextEncoder().encode("l0gits"), 30);
    expect(await errorOf(other)).toMatch(/^member "logits.npy": is not at byte 0, where the archive's directory says/);
  });

  test("more members than any archive of arrays has", async () => {
    const large = (at: number, value: bigint) => {
      const archive = zipBytes([{ name: "logits.npy", data: npy }], true);
      new DataView(archive.buffer).setBigUint64(archive.length - 22 - 76 + at, value, true);
      return errorOf(archive);
    };
    expect(await large(32, 65_537n)).toMatch(
      /^has 65537 members and a directory of \d+ bytes, at most 65536 and 33554432 are read; save fewer arrays with np.savez$/,
    );
    expect(await large(32, 2n)).toBe(
      "is truncated or damaged (its directory has 1 members, its end record says 2); copy or save it again",
    );
  });

  test("an archive whose parts do not meet, or of which another part is missing", async () => {
    const changedEnd = (at: number, value: number) => {
      const archive = bytes.slice();
      archive[archive.length - 22 + at] = value;
      return errorOf(archive);
    };
    expect(await changedEnd(20, 1)).toMatch(/\(bytes are missing or follow after its end\)/);
    expect(await errorOf(new Uint8Array([...bytes, 0]))).toMatch(/\(bytes are missing or follow after its end\)/);
    expect(await changedEnd(4, 1)).toMatch(/\(it is one of several disks\)/);
    expect(await changedEnd(10, 1)).toMatch(/\(its directory has 2 members, its end record says 1\)/);
    expect(await changedEnd(16, 0)).toMatch(/\(its directory ends at byte \d+, expected \d+\)/);
    const late = zipBytes([{ name: "logits.npy", data: npy, change: (record) => record.setUint16(6, 64, true) }]);
    expect(await errorOf(late)).toMatch(/\(it needs a later version of zip\)/);
  });

  test("a comment, data behind a descriptor, names in code page 437 and UTF-8", async () => {
    const comment = new TextEncoder().encode("a comment");
    const archive = new Uint8Array([...bytes, ...comment]);
    archive[archive.length - comment.length - 2] = comment.length;
    expect(await filled(folder.write("comment.npz", archive))).toEqual(logits.slice(4));
    const flags = (value: number) => (record: DataView) => record.setUint16(8, value, true);
    const named = [
      { name: "logits.npy", data: npy, change: flags(8) },
      { name: "é.npy", data: npy, change: flags(0x800) },
      { name: "é.npy", data: npy },
    ];
    const file = await openTensorFile(folder.write("names.npz", zipBytes(named)));
    expect(file.names).toEqual(["logits", "é", "├⌐"]);
    file.close();
  });

  test("macOS's ._NAME beside NAME is no array", async () => {
    const sidecar = { name: "._logits.npy", data: Uint8Array.of(0, 5, 22, 7) };
    const nested = { name: "__MACOSX/._logits.npy", data: Uint8Array.of(0, 5, 22, 7) };
    const file = await openTensorFile(folder.write("mac.npz", zipBytes([sidecar, nested, ...members])));
    expect(file.names).toEqual(["logits", "targets"]);
    file.close();
  });
});
