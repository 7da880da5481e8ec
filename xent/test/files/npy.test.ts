import { describe, expect, test } from "vitest";
import { InputError } from "../../src/files/input-error.js";
import { asIntegers, asLogits } from "../../src/files/tensor.js";
import { openTensorFile } from "../../src/files/tensor-file.js";
import { npyBytes, npyDict, temporaryFolder } from "./written.js";

const folder = temporaryFolder();

async function errorOf(bytes: Uint8Array): Promise<string> {
  const path = folder.write("bad.npy", bytes);
  try {
    (await openTensorFile(path)).close();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as InputError).message.slice(path.length + 2);
  }
  throw new Error("no error");
}

describe("reading", () => {
  test.each([1, 2, 3] as const)("version %i", async (version) => {
    const data = Float64Array.from({ length: 6 }, (_, index) => Math.exp(index));
    const file = await openTensorFile(folder.write("a.npy", npyBytes(npyDict("<f8", [2, 3]), data, version)));
    const tensor = asLogits(file.find("any name", ""), "logits");
    expect([file.format, tensor.dtype, tensor.rows, tensor.columns]).toEqual(["npy", "F64", 2, 3]);
    expect(tensor.readRows(1, 2)).toEqual(data.slice(3));
    expect(file.has("any name")).toBe(false);
    file.close();
  });

  test.each([
    ["|i1", Int8Array.of(-1, 2)],
    ["|u1", Uint8Array.of(255, 2)],
    ["<i2", Int16Array.of(-300, 2)],
    ["<u2", Uint16Array.of(65_535, 2)],
    ["<i4", Int32Array.of(-70_000, 2)],
    ["<u4", Uint32Array.of(4_294_967_295, 2)],
    ["<i8", BigInt64Array.of(-1n, 2n ** 62n)],
    ["<u8", BigUint64Array.of(2n ** 64n - 1n, 2n)],
  ])("%s", async (descr, data) => {
    const file = await openTensorFile(folder.write("i.npy", npyBytes(npyDict(descr, [2]), data)));
    expect(asIntegers(file.find("", ""), "targets").readAll()).toEqual(data);
    file.close();
  });

  test("an array of one dimension has the same bytes in Fortran order", async () => {
    const file = await openTensorFile(folder.write("f.npy", npyBytes(npyDict("<f4", [1, 2], true), Float32Array.of(1, 2))));
    expect(asLogits(file.find("", ""), "logits").readAll()).toEqual(Float32Array.of(1, 2));
    file.close();
  });
});

describe("headers that numpy reads", () => {
  const shapeOf = async (header: string) => {
    const file = await openTensorFile(folder.write("h.npy", npyBytes(header, new Float32Array(6))));
    const { dtype, shape } = file.find("", "");
    file.close();
    return [dtype, ...shape];
  };

  test.each([
    ["Python 2's sizes", "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }"],
    ["double quotes", `{"descr": "<f4", "fortran_order": False, "shape": (2, 3)}`],
    ["another order, no space, no comma at the end", "{'shape':(2,3),'fortran_order':False,'descr':'<f4'}"],
    ["a key twice", "{'descr': '<i8', 'shape': (6,), 'shape': (2, 3), 'fortran_order': False, 'descr': '<f4', }"],
    ["Python 2's text", "{'descr': u'<f4', 'fortran_order': False, 'shape': (2, 3), }"],
  ])("%s", async (_, header) => {
    expect(await shapeOf(header)).toEqual(["F32", 2, 3]);
  });

  test("other keys, bytes and other characters in texts, which numpy refuses too", async () => {
    const refusal = (header: string) => errorOf(npyBytes(header, new Float32Array(6)));
    const rest = "'fortran_order': False, 'shape': (6,), ";
    expect(await refusal(`{'descr': '<f4', ${rest}'x': 1}`)).toMatch(
      /^has a header with the key "x", which numpy does not write;/,
    );
    expect(await refusal(`{'descr': b'<f4', ${rest}}`)).toMatch(/^has a header whose 'descr' is b'<f4', not a string;/);
    expect(await refusal(`{'descr': '<f4', ${rest}\u2028}`)).toMatch(/^has a header that is not a dict;/);
    expect(await refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (06,)}")).toMatch(/not a tuple of whole numbers;/);
    const sizes = (count: number) => refusal(`{'descr': '<f4', 'fortran_order': False, 'shape': (6, ${"1,".repeat(count - 1)})}`);
    expect(await sizes(65)).toMatch(/^has a header whose 'shape' has 65 sizes, at most 64;/);
    await expect(sizes(64)).rejects.toThrow("no error");
  });

  test("sizes whose product is beyond all numbers before a 0", async () => {
    const shape = `(${"9007199254740991, ".repeat(25)}0)`;
    const bytes = npyBytes(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}}`, new Float32Array(0));
    const file = openTensorFile(folder.write("huge.npy", bytes));
    expect(asLogits(file.find("", ""), "logits").length).toBe(0);
    file.close();
    expect(await errorOf(npyBytes(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}}`, new Float32Array(1)))).toMatch(
      /it contains more than one array/,
    );
  });

  test("a key within a text is not a key", async () => {
    const header = `{'descr': "<f4', 'shape': (9,), 'x': '", 'fortran_order': False, 'shape': (2, 3), }`;
    expect(await errorOf(npyBytes(header, new Float32Array(6)))).toMatch(
      /^has a header whose 'descr' is "<f4', 'shape'.*, not a string;/,
    );
  });
});

describe("errors", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const dict = npyDict("<f4", [2, 3]);
  const bytes = npyBytes(dict, data);

  test("truncated: in the elements, the header, the first bytes", async () => {
    expect(await errorOf(bytes.slice(0, -1))).toBe("truncated: expected 152 bytes, got 151; copy or download it again");
    expect(await errorOf(bytes.slice(0, 60))).toBe(
      "truncated: expected 128 bytes for its header, got 60; copy or download it again",
    );
    expect(await errorOf(bytes.slice(0, 11))).toBe("truncated: expected at least 12 bytes, got 11; copy or download it again");
    expect(await errorOf(bytes.slice(0, 4))).toBe("not a .npy file: expected it to begin with \\x93NUMPY; save it with np.save");
  });

  test("big-endian", async () => {
    expect(await errorOf(npyBytes(npyDict(">f4", [2, 3]), data))).toBe(
      "is big-endian (>f4); convert with np.save(path, a.astype(a.dtype.newbyteorder('<')))",
    );
  });

  test("Fortran order", async () => {
    expect(await errorOf(npyBytes(npyDict("<f4", [2, 3], true), data))).toBe(
      "is in Fortran order; convert with np.save(path, np.ascontiguousarray(a))",
    );
  });

  test("Python objects, records, text and other types", async () => {
    expect(await errorOf(npyBytes(npyDict("|O", [2, 3]), data))).toBe(
      "contains pickled Python objects, which are never loaded; save numbers: np.save(path, a.astype(np.float32))",
    );
    const records = "{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (3,), }";
    expect(await errorOf(npyBytes(records, data))).toBe(
      'contains records, not numbers; save one field: np.save(path, a["field"])',
    );
    for (const descr of ["<U4", "<c8", "<V4", "<f16", "=f4", "", "|S3", "<f3"]) {
      expect(await errorOf(npyBytes(npyDict(descr, [2, 3]), data))).toBe(
        `has dtype '${descr}', which cannot be read; ` +
          "save numbers: np.save(path, a.astype(np.float32)), or np.int32 for targets",
      );
    }
  });

  test("bfloat16, to which numpy gives no name: the advice converts the file", async () => {
    expect(await errorOf(npyBytes(npyDict("<V2", [2, 3]), new Uint16Array(6)))).toBe(
      "has dtype '<V2', as numpy writes bfloat16; convert with " +
        "np.save(path, np.load(path).view(ml_dtypes.bfloat16).astype(np.float32))",
    );
  });

  test("float16 is read as 16-bit words", async () => {
    const words = Uint16Array.of(0x3c00, 0xc000, 0, 0x7c00, 1, 0x7bff);
    const file = await openTensorFile(folder.write("half.npy", npyBytes(npyDict("<f2", [2, 3]), words)));
    const logits = asLogits(file.find("", ""), "logits");
    expect([logits.dtype, logits.readRows(1, 2)]).toEqual(["F16", words.slice(3)]);
    file.close();
  });

  test("a type that logits cannot have", async () => {
    const path = folder.write("integers.npy", npyBytes(npyDict("<i2", [2, 3]), new Int16Array(6)));
    const file = await openTensorFile(path);
    expect(() => asLogits(file.find("", ""), "logits")).toThrow(
      new InputError(
        `${path}: logits of dtype I16 cannot be read; expected F32, F64, F16, BF16: convert with a.astype(np.float32)`,
      ),
    );
    file.close();
  });

  test("an unknown version, a header that is too long", async () => {
    const later = bytes.slice();
    later[6] = 9;
    expect(await errorOf(later)).toBe("unknown .npy version 9.0, expected 1.0, 2.0 or 3.0; save it with np.save");
    later.set([1, 1], 6);
    expect(await errorOf(later)).toBe("unknown .npy version 1.1, expected 1.0, 2.0 or 3.0; save it with np.save");
    const long = npyBytes(dict, data, 2);
    new DataView(long.buffer).setUint32(8, 65_537, true);
    expect(await errorOf(long)).toBe("its header has 65537 bytes, expected at most 65536; save one plain array with np.save");
  });

  test.each([
    ["not a dict", "that is not a dict"],
    ["{'fortran_order': False, 'shape': (2, 3), }", "without a 'descr'"],
    ["{'descr': '<f4', 'shape': (2, 3), }", "without a 'fortran_order'"],
    ["{'descr': '<f4', 'fortran_order': False, }", "without a 'shape'"],
    [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999,), }",
      "whose shape (99999999999999999,) is too large for any file",
    ],
    [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (np.int64(6), np.int64(5)), }",
      "whose 'shape' is (np.int64(6), np.int64(5)), not a tuple of whole numbers",
    ],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (6), }", "whose 'shape' is (6), not a tuple of whole numbers"],
    ["{'descr': '<f4', 'fortran_order': 0, 'shape': (6,), }", "whose 'fortran_order' is 0, not True or False"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (6,}, }", "that is not a dict"],
    ["{'descr': '<f4', 'fortran_order': False, 'shape: (6,), }", "that is not a dict"],
    ["{'descr': '<f4' 'fortran_order': False, 'shape': (6,), }", "whose 'descr' is '<f4' 'fortran_order': False, not a string"],
  ])("a damaged header: %s", async (header, what) => {
    expect(await errorOf(npyBytes(header, data))).toBe(`has a header ${what}; the file is damaged: save it again with np.save`);
  });

  test("more than one array in a file", async () => {
    expect(await errorOf(new Uint8Array([...bytes, ...bytes]))).toBe(
      "expected 152 bytes, got 304: it contains more than one array; save each to its own file",
    );
  });
});
