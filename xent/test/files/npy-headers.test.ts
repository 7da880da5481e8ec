/** Headers of .npy files at the edges of what is read. */
import { describe, expect, test } from "vitest";
import { openTensorFile } from "../../src/files/tensor-file.js";
import { concatenate, npyBytes, npyDict, temporaryFolder } from "./written.js";

const folder = temporaryFolder();

/** The dtype and shape of a file, or its error without the path. */
async function opened(bytes: Uint8Array): Promise<(string | number)[] | string> {
  const path = folder.write("a.npy", bytes);
  try {
    const file = await openTensorFile(path);
    const { dtype, shape } = file.find("", "");
    file.close();
    return [dtype, ...shape];
  } catch (error) {
    return (error as Error).message.slice(path.length + 2);
  }
}

const withShape = (shape: string, elements: number) =>
  opened(npyBytes(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`, new Float32Array(elements)));
const withDescr = (descr: string, bytes: number) => opened(npyBytes(npyDict(descr, [1]), new Uint8Array(bytes)));

describe("shapes", () => {
  test.each([
    ["()", 1, []],
    ["(10,)", 10, [10]],
    ["(10L,)", 10, [10]],
    ["(12, 10)", 120, [12, 10]],
    ["(12L, 10L)", 120, [12, 10]],
    ["( 2 , 3 )", 6, [2, 3]],
    ["(2,3,)", 6, [2, 3]],
    ["(0, 4)", 0, [0, 4]],
  ])("%s", async (shape, elements, expected) => {
    expect(await withShape(shape, elements)).toEqual(["F32", ...expected]);
  });

  test.each([
    "(6)",
    "(60)",
    "(6L)",
    "6",
    "[6]",
    "x(6,)",
    "(6,)x",
    "(6,,)",
    "(-6,)",
    "(6.0,)",
    "(6 1,)",
    "(6,x)",
    "(x,6)",
    "(6x,)",
  ])("%s is no tuple of whole numbers", async (shape) => {
    expect(await withShape(shape, 6)).toBe(
      `has a header whose 'shape' is ${shape}, not a tuple of whole numbers; the file is damaged: save it again with np.save`,
    );
  });

  test.each(["(9007199254740992,)", "(1, 9007199254740992)", "(9007199254740992, 0)"])("%s is too large", async (shape) => {
    expect(await withShape(shape, 0)).toMatch(/^has a header whose shape .* is too large for any file;/);
  });
});

describe("dtypes", () => {
  test.each([
    ["<f4", 4, "F32"],
    ["f4", 4, "F32"],
    ["|f4", 4, "F32"],
    ["|b1", 1, "BOOL"],
    ["b1", 1, "BOOL"],
    [">i1", 1, "I8"],
    [">u1", 1, "U8"],
    [">b1", 1, "BOOL"],
  ])("%s", async (descr, bytes, dtype) => {
    expect(await withDescr(descr, bytes)).toEqual([dtype, 1]);
  });

  test.each(["x<f4", "<f4x", "<f4 ", "=f4", "<f", "<f3", "<b4", "<c8", "<x4", "f", "4", "", "<toString4", "|b8", "|b2"])(
    "%s cannot be read",
    async (descr) => {
      expect(await withDescr(descr, 4)).toMatch(/^has dtype '.*', which cannot be read; save numbers: /);
    },
  );

  test.each([">f4", ">i2", ">u8"])("%s is big-endian", async (descr) => {
    expect(await withDescr(descr, 4)).toMatch(/^is big-endian \(>..\); convert with np.save/);
  });
});

describe("lengths", () => {
  /** A version 2 header of exactly `length` bytes, then the elements. */
  const ofLength = (length: number, elements = 1) => {
    const head = new Uint8Array(12);
    head.set([0x93, ...new TextEncoder().encode("NUMPY"), 2, 0]);
    new DataView(head.buffer).setUint32(8, length, true);
    const dict = new TextEncoder().encode(npyDict("<f4", [elements]).padEnd(length));
    return concatenate([head, dict, new Uint8Array(4 * elements)]);
  };

  test("a header of 65536 bytes is read, a longer one refused", async () => {
    expect(await opened(ofLength(65_536))).toEqual(["F32", 1]);
    expect(await opened(ofLength(65_537))).toMatch(/^its header has 65537 bytes, expected at most 65536;/);
  });

  test("an array without elements ends with its header", async () => {
    expect(await opened(ofLength(70, 0))).toEqual(["F32", 0]);
    expect(await opened(ofLength(70, 0).slice(0, -1))).toMatch(/^truncated: expected 82 bytes for its header, got 81;/);
  });

  test.each([0, 4, 255])("version %i", async (version) => {
    const bytes = ofLength(70);
    bytes[6] = version;
    expect(await opened(bytes)).toBe(`unknown .npy version ${version}.0, expected 1.0, 2.0 or 3.0; save it with np.save`);
  });

  test("less than a preamble", async () => {
    const bytes = ofLength(70).slice(0, 11);
    expect(await opened(bytes)).toBe("truncated: expected at least 12 bytes, got 11; copy or download it again");
  });
});
