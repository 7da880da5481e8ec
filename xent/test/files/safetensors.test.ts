import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INTEGER_DTYPES, LOGIT_DTYPES, makeArray } from "../../src/files/dtypes.js";
import { InputError } from "../../src/files/input-error.js";
import { asIntegers, asLogits } from "../../src/files/tensor.js";
import { openTensorFile } from "../../src/files/tensor-file.js";
import { safetensorsBytes, temporaryFolder, withHeader } from "./written.js";

const folder = temporaryFolder();

const logits = { dtype: "F32", shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, index) => index / 8) };
const targets = { dtype: "I64", shape: [3], data: BigInt64Array.of(1n, -100n, 3n) };

/** The error of opening a file of these bytes, without the path. */
async function errorOf(bytes: Uint8Array, name = "bad.safetensors"): Promise<string> {
  const path = folder.write(name, bytes);
  try {
    (await openTensorFile(path)).close();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    const { message } = error as InputError;
    expect(message.startsWith(`${path}: `)).toBe(true);
    return message.slice(path.length + 2);
  }
  throw new Error("no error");
}

const DAMAGED = "the file is damaged or not a .safetensors file: write it again with safetensors' save_file";

describe("reading", () => {
  test("rows, elements and whole tensors are read as written", async () => {
    const file = await openTensorFile(folder.write("good.safetensors", safetensorsBytes({ logits, targets })));
    const tensor = asLogits(file.find("logits", "--logits-name"), "logits");
    expect([tensor.rows, tensor.columns, tensor.length, tensor.shape]).toEqual([3, 4, 12, [3, 4]]);
    expect(tensor.readRows(1, 3)).toEqual(logits.data.slice(4));
    expect(tensor.readRows(2, 2)).toEqual(new Float32Array(0));
    expect(tensor.readElements(3, 5)).toEqual(logits.data.slice(3, 5));
    expect(asIntegers(file.find("targets", ""), "targets").readAll()).toEqual(targets.data);
    expect(file.names).toEqual(["logits", "targets"]);
    file.close();
    file.close();
    expect(() => tensor.readAll()).toThrow(/read after close/);
  });

  test.each([...LOGIT_DTYPES, ...INTEGER_DTYPES])("%s", async (dtype) => {
    const data = makeArray(dtype, 6);
    new Uint8Array(data.buffer).forEach((_, index, bytes) => {
      bytes[index] = (index * 37 + 1) % 251;
    });
    const file = await openTensorFile(folder.write("dtype.safetensors", safetensorsBytes({ x: { dtype, shape: [2, 3], data } })));
    const entry = file.find("x", "");
    const tensor = /F/.test(dtype) ? asLogits(entry, "logits") : asIntegers(entry, "targets");
    expect(tensor.readAll()).toEqual(data);
    file.close();
  });

  test("three dimensions: rows span the first two; empty tensors and any order of names are allowed", async () => {
    const empty = { dtype: "F32", shape: [0, 7], data: new Float32Array(0) };
    const cube = { dtype: "F32", shape: [3, 2, 2], data: logits.data };
    const bytes = safetensorsBytes({ empty, cube, other: { dtype: "F8_E4M3", shape: [2], data: new Uint8Array(2) } });
    const file = await openTensorFile(folder.write("three.safetensors", bytes));
    const tensor = asLogits(file.find("cube", ""), "logits");
    expect([tensor.rows, tensor.columns]).toEqual([6, 2]);
    expect(tensor.readRows(5, 6)).toEqual(logits.data.slice(10));
    expect(asLogits(file.find("empty", ""), "logits").readAll()).toEqual(new Float32Array(0));
    file.close();
  });

  test("the order of the header's entries does not matter, nor where an empty tensor stands among them", async () => {
    const empty = { dtype: "F32", shape: [0, 7], data: new Float32Array(0) };
    const tensors = { empty, logits, none: empty, targets };
    const orders = fc.shuffledSubarray(["empty", "logits", "none", "targets"], { minLength: 4 });
    await fc.assert(
      fc.asyncProperty(orders, async (names) => {
        const bytes = safetensorsBytes(tensors, (header) => Object.fromEntries(names.map((name) => [name, header[name]])));
        const file = await openTensorFile(folder.write("order.safetensors", bytes));
        expect(asLogits(file.find("logits", ""), "logits").readAll()).toEqual(logits.data);
        expect(asIntegers(file.find("targets", ""), "targets").readAll()).toEqual(targets.data);
        file.close();
      }),
    );
  });

  test("the first bytes decide the format, not the file's ending", async () => {
    const file = await openTensorFile(folder.write("model.bin", safetensorsBytes({ logits })));
    expect(file.format).toBe("safetensors");
    file.close();
  });

  test("a read beyond the tensor is refused instead of reading its neighbour", async () => {
    const file = await openTensorFile(folder.write("good.safetensors", safetensorsBytes({ logits, targets })));
    const tensor = asLogits(file.find("logits", ""), "logits");
    expect(() => tensor.readRows(2, 4)).toThrow(RangeError);
    expect(() => tensor.readInto(new Float32Array(1), -1)).toThrow(RangeError);
    file.close();
  });

  // a sparse file takes no disk space, except on Windows
  test.skipIf(process.platform === "win32")("rows beyond 2 and 4 GiB are found", async () => {
    const columns = 1 << 16;
    const rows = 20_000; // x 256 KiB = 4.9 GiB
    const bytes = rows * columns * 4;
    const path = folder.path("huge.safetensors");
    const head = withHeader(JSON.stringify({ logits: { dtype: "F32", shape: [rows, columns], data_offsets: [0, bytes] } }));
    const descriptor = openSync(path, "w");
    writeSync(descriptor, head);
    ftruncateSync(descriptor, head.length + bytes);
    const marked = [0, 8191, 8192, 16_383, 16_384, 19_999];
    for (const row of marked) writeSync(descriptor, Float32Array.of(row + 0.5), 0, 4, head.length + row * columns * 4);
    closeSync(descriptor);
    const file = await openTensorFile(path);
    const tensor = asLogits(file.find("logits", ""), "logits");
    expect(marked.map((row) => tensor.readRows(row, row + 1)[0])).toEqual(marked.map((row) => row + 0.5));
    expect(tensor.readElements(tensor.length - 1, tensor.length)).toEqual(Float32Array.of(0));
    const shared = new Float32Array(new SharedArrayBuffer(columns * 4));
    for (const row of marked) {
      await tensor.fill(shared, row * columns);
      expect([shared[0], shared[1]]).toEqual([row + 0.5, 0]);
    }
    file.close();
  });
});

describe("errors", () => {
  const bytes = safetensorsBytes({ logits, targets });

  test("truncated", async () => {
    expect(await errorOf(bytes.slice(0, -5))).toBe(
      `truncated: expected ${bytes.length} bytes, got ${bytes.length - 5}; copy or download it again`,
    );
    const header = bytes.length - 72;
    expect(await errorOf(bytes.slice(0, 100))).toBe(
      `truncated: expected ${header} bytes for its header, got 100; copy or download it again`,
    );
    expect(await errorOf(bytes.slice(0, 5))).toBe("not a .safetensors file, or truncated: expected at least 8 bytes, got 5");
    expect(await errorOf(new Uint8Array(0))).toBe("is empty (0 bytes); write it again");
  });

  test("another kind of file", async () => {
    const text = (content: string) => new TextEncoder().encode(content);
    expect(await errorOf(text("hello, this is no tensor file"))).toBe(
      "not a .safetensors file: its first 8 bytes give a header of 8367736964726416000 bytes, " +
        "expected at most 100000000; check that the path is right",
    );
    expect(await errorOf(withHeader("[1, 2]"))).toBe(
      'not a .safetensors file: its header does not begin with "{"; check that the path is right',
    );
    expect(await errorOf(text("hello"), "hello.txt")).toBe("is not a .safetensors, .npy or .npz file; save it as one of these");
    expect(await errorOf(text("version https://git-lfs.github.com/spec/v1\n"))).toBe(
      "is a Git LFS pointer, not the data; run git lfs pull",
    );
    expect(await errorOf(text("GGUF............"), "m.gguf")).toMatch(/^is a GGUF model, not logits/);
  });

  test("a header that is too long", async () => {
    const long = withHeader("{}");
    new DataView(long.buffer).setBigUint64(0, 100_000_001n, true);
    expect(await errorOf(long)).toBe(
      "not a .safetensors file: its first 8 bytes give a header of 100000001 bytes, " +
        "expected at most 100000000; check that the path is right",
    );
  });

  test("a header that is not JSON, or not an object of tensors", async () => {
    expect(await errorOf(withHeader("{not json"))).toBe(`its header is not JSON; ${DAMAGED}`);
    const invalid = withHeader('{"x": "....."}');
    invalid.set([0xff, 0xfe], 16);
    expect(await errorOf(invalid)).toBe(`its header is not text in UTF-8; ${DAMAGED}`);
    expect(await errorOf(withHeader('{"x": 3}'))).toBe(`tensor "x": expected a "dtype"; ${DAMAGED}`);
    expect(await errorOf(withHeader('{"x": null}'))).toBe(`tensor "x": expected a "dtype"; ${DAMAGED}`);
  });

  const spoiled = (entry: unknown) => errorOf(safetensorsBytes({ logits }, () => ({ logits: entry })));

  test("an invalid shape, missing or invalid offsets", async () => {
    expect(await spoiled({ dtype: "F32", shape: [3, -4], data_offsets: [0, 48] })).toBe(
      `tensor "logits": expected a "shape" of at most 64 whole numbers, got [3,-4]; ${DAMAGED}`,
    );
    expect(await spoiled({ dtype: "F32", shape: [3, 4] })).toBe(
      `tensor "logits": expected "data_offsets" of two whole numbers, got undefined; ${DAMAGED}`,
    );
    expect(await spoiled({ dtype: "F32", shape: [3, 4], data_offsets: [0, 48.5] })).toBe(
      `tensor "logits": expected "data_offsets" of two whole numbers, got [0,48.5]; ${DAMAGED}`,
    );
  });

  test("offsets that do not match the shape, including an overflowing product", async () => {
    expect(await spoiled({ dtype: "F32", shape: [3, 5], data_offsets: [0, 48] })).toBe(
      `tensor "logits": F32 of shape [3,5] has 60 bytes, but its offsets [0,48] give 48; ${DAMAGED}`,
    );
    expect(await spoiled({ dtype: "F4", shape: [3, 4], data_offsets: [48, 0] })).toMatch(/give -48; /);
    expect(await spoiled({ dtype: "F32", shape: [2 ** 50, 2 ** 50], data_offsets: [0, 48] })).toMatch(/give 48; /);
  });

  test("offsets beyond the end of the file", async () => {
    const header = { logits: { dtype: "F32", shape: [3, 400], data_offsets: [0, 4800] } };
    const file = safetensorsBytes({ logits }, () => header);
    expect(await errorOf(file)).toBe(
      `truncated: expected ${file.length + 4752} bytes, got ${file.length}; copy or download it again`,
    );
  });

  test("overlapping tensors, gaps between them, and bytes after the last", async () => {
    const both = (begin: number) =>
      errorOf(
        safetensorsBytes({ logits, targets }, (header) => ({
          ...header,
          targets: { dtype: "I64", shape: [3], data_offsets: [begin, begin + 24] },
        })),
      );
    expect(await both(40)).toBe(`tensor "targets": overlaps "logits": begins at 40, expected 48; ${DAMAGED}`);
    expect(await both(56)).toBe(`tensor "targets": leaves a gap after "logits": begins at 56, expected 48; ${DAMAGED}`);
    const file = safetensorsBytes({ logits, targets }, ({ logits: only }) => ({ logits: only }));
    expect(await errorOf(file)).toBe(`expected ${file.length - 24} bytes, as its header says, got ${file.length}; ${DAMAGED}`);
  });

  test("line breaks and escapes in names do not reach the terminal", async () => {
    expect(await errorOf(withHeader('{"a\\n\\u001b[31mb": {}}'))).toBe(
      `tensor "a\\n\\u001b[31mb": expected a "dtype"; ${DAMAGED}`,
    );
    expect(new InputError("a\nb\x1b[31m\u2028c").message).toBe("a b [31m c");
  });

  test("a missing tensor: the error lists those present", async () => {
    const path = folder.write("names.safetensors", safetensorsBytes({ logits, targets }));
    const file = await openTensorFile(path);
    expect(() => file.find("labels", "--targets-name")).toThrow(
      new InputError(`${path}: has no tensor "labels"; it has "logits", "targets": choose one with --targets-name`),
    );
    expect([file.has("logits"), file.has("labels")]).toEqual([true, false]);
    file.close();
  });

  test("a wrong dtype: the error lists the right ones and a conversion", async () => {
    const eight = { dtype: "F8_E4M3", shape: [3, 4], data: new Uint8Array(12) };
    const path = folder.write("dtypes.safetensors", safetensorsBytes({ eight, logits, targets }));
    const file = await openTensorFile(path);
    expect(() => asLogits(file.find("eight", ""), "logits")).toThrow(
      new InputError(
        `${path}: tensor "eight": logits of dtype F8_E4M3 cannot be read; ` +
          "expected F32, F64, F16, BF16: convert with a.astype(np.float32)",
      ),
    );
    expect(() => asIntegers(file.find("logits", ""), "targets")).toThrow(
      new InputError(
        `${path}: tensor "logits": targets of dtype F32 cannot be read; ` +
          "expected I8, U8, I16, U16, I32, U32, I64, U64: convert with a.astype(np.int32)",
      ),
    );
    file.close();
  });

  test.each([
    [
      "a tensor",
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}',
      "a",
    ],
    [
      "one of them escaped",
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      "a",
    ],
    ["the metadata", '{"__metadata__":{},"__m\\u0065tadata__":null}', "__metadata__"],
    ["a field", '{"a":{"dtype":"U8","shape":[1],"dtype":"I8","data_offsets":[0,1]}}', "dtype"],
    ["in the metadata", '{"__metadata__":{"x":"1","x":"2"}}', "x"],
  ])("a key twice: %s", async (_, header, key) => {
    const path = folder.write("twice.safetensors", withHeader(header, [new Uint8Array(1)]));
    expect(() => openTensorFile(path)).toThrow(`${path}: its header gives the key ${JSON.stringify(key)} twice; ${DAMAGED}`);
  });

  test("what is nested deeply, has many sizes, or metadata that are no texts", async () => {
    const deep = (levels: number) => withHeader(`{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`);
    expect(await errorOf(deep(126))).toBe(`tensor "a": expected a "dtype"; ${DAMAGED}`);
    expect(await errorOf(deep(127))).toBe(`its header nests more than 127 levels deep; ${DAMAGED}`);
    expect(await errorOf(deep(1e6))).toBe(`its header nests more than 127 levels deep; ${DAMAGED}`);
    const shape = (sizes: number) =>
      spoiled({ dtype: "F32", shape: [0, ...new Array(sizes - 1).fill(2 ** 53 - 1)], data_offsets: [0, 0] });
    expect(await shape(64)).toMatch(/^expected \d+ bytes, as its header says/);
    expect(await shape(65)).toMatch(/^tensor "logits": expected a "shape" of at most 64 whole numbers, got \[0,9007/);
    for (const metadata of ['{"a":1}', '"a"', "[]"]) {
      expect(await errorOf(withHeader(`{"__metadata__":${metadata}}`))).toBe(`expected texts in "__metadata__"; ${DAMAGED}`);
    }
    expect(await errorOf(withHeader('{"\\ud800":{}}'))).toBe(`its header has a name that is not text ("\\ud800"); ${DAMAGED}`);
    const none = openTensorFile(folder.write("null.safetensors", withHeader('{"__metadata__":null}')));
    expect(none.names).toEqual([]);
    none.close();
  });

  test("a missing tensor among many: the error lists some", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `"t${index}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`);
    const file = await openTensorFile(folder.write("many.safetensors", withHeader(`{${names.join()}}`)));
    expect(() => file.find("x", "--logits-name")).toThrow(/"t19" and 10 more: choose one with --logits-name$/);
    file.close();
  });

  test("the same key in several objects, and keys like texts, are no repetition", async () => {
    const header =
      '{"__metadata__":{"a":"\\"a\\":","b":"\\",\\"a\\":\\"1","dtype":"a\\\\"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const file = await openTensorFile(folder.write("once.safetensors", withHeader(header, [new Uint8Array(1)])));
    expect(file.names).toEqual(["a"]);
    file.close();
  });

  test("a missing file, a folder, a file that shrinks", async () => {
    const missing = folder.path("missing.safetensors");
    expect(() => openTensorFile(missing)).toThrow(new InputError(`${missing}: no such file; check the path`));
    const here = folder.path(".");
    expect(() => openTensorFile(here)).toThrow(new InputError(`${here}: is a folder; give a file`));
    const below = folder.path("names.safetensors/x");
    expect(() => openTensorFile(below)).toThrow(new InputError(`${below}: no such file; a part of the path is not a folder`));
    const path = folder.write("shrinks.safetensors", bytes);
    const file = await openTensorFile(path);
    folder.write("shrinks.safetensors", bytes.slice(0, -4));
    const shorter = new InputError(
      `${path}: ends at byte ${bytes.length - 4}, expected ${bytes.length} bytes; ` +
        "the file shrank while it was being read: wait until it is fully written, then run again",
    );
    const tensor = asIntegers(file.find("targets", ""), "targets");
    expect(() => tensor.readAll()).toThrow(shorter);
    await expect(tensor.fill(new BigInt64Array(3), 0)).rejects.toThrow(shorter);
    file.close();
  });

  test.skipIf(process.platform === "win32")("a pipe or device is refused before it is read", async () => {
    expect(() => openTensorFile("/dev/null")).toThrow(
      new InputError("/dev/null: is a device, not a regular file; save the data to a file first"),
    );
  });
});
