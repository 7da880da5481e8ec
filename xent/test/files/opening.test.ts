/** Tensor files: which reader opens them, which names they have, and that all of them are closed again. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ByteFile } from "../../src/files/byte-file.js";
import { InputError } from "../../src/files/input-error.js";
import type { InputFile } from "../../src/files/input-file.js";
import { openTensors } from "../../src/files/shards.js";
import { elementCount, Tensor } from "../../src/files/tensor.js";
import { noTensor, openTensorFile } from "../../src/files/tensor-file.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder } from "./written.js";
import { zipBytes } from "./written-zip.js";

const folder = temporaryFolder();
const tensor = { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const one = { dtype: "F32", shape: [2], data: Float32Array.of(5, 6) };
const npy = npyBytes(npyDict("<f4", [2, 2]), tensor.data);

/** Opens a file; what is refused at once is refused by the promise too. */
const opening = async (path: string) => openTensorFile(path);

let folders = 0;
function written(files: Readonly<Record<string, Uint8Array | string>>): string {
  const path = folder.path(`open-${folders++}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

describe("the first bytes decide, then the ending", () => {
  const formats = {
    npy,
    npz: zipBytes([{ name: "logits.npy", data: npy }]),
    safetensors: safetensorsBytes({ logits: tensor }),
  };

  test.each(Object.entries(formats))("%s under any name", async (format, bytes) => {
    for (const ending of ["npy", "npz", "safetensors", "bin"]) {
      const path = folder.write(`a.${ending}`, bytes);
      const file = await openTensorFile(path);
      expect([file.format, file.path, file.files.map((each) => each.path)]).toEqual([format, path, [path]]);
      file.close();
    }
  });

  test.each([
    ["a.npy", /: not a .npy file: expected it to begin with \\x93NUMPY/],
    ["a.npz", /: is truncated or damaged \(/],
    ["a.safetensors", /: not a .safetensors file: /],
    ["a.bin", /: is not a .safetensors, .npy or .npz file; save it as one of these$/],
    ["npz", /: is not a .safetensors, .npy or .npz file/],
    [".npz.bin", /: is not a .safetensors, .npy or .npz file/],
  ])("%s without such bytes", async (name, message) => {
    await expect(opening(folder.write(name, new Uint8Array(200).fill(0x41)))).rejects.toThrow(message);
  });

  test.each([
    ["version https://git-lfs.github.com/spec/v1", /is a Git LFS pointer, not the data; run git lfs pull$/],
    ["GGUF\x03", /is a GGUF model, not logits;/],
    ["a GGUF", /is not a .safetensors, .npy or .npz file/],
  ])("%j", async (text, message) => {
    await expect(opening(folder.write("other.bin", new TextEncoder().encode(text)))).rejects.toThrow(message);
  });
});

describe("names", () => {
  test("an error lists twenty names, and how many more there are", () => {
    const names = Array.from({ length: 21 }, (_, index) => `t${index}`);
    const listed = (count: number) =>
      names
        .slice(0, count)
        .map((name) => `"${name}"`)
        .join(", ");
    const error = (count: number) => {
      try {
        return noTensor("f", names.slice(0, count), "x", "--name");
      } catch (thrown) {
        return (thrown as InputError).message;
      }
    };
    expect(error(0)).toBe('f: has no tensor "x"; it has none: choose one with --name');
    expect(error(1)).toBe('f: has no tensor "x"; it has "t0": choose one with --name');
    expect(error(20)).toBe(`f: has no tensor "x"; it has ${listed(20)}: choose one with --name`);
    expect(error(21)).toBe(`f: has no tensor "x"; it has ${listed(20)} and 1 more: choose one with --name`);
  });

  test("of shards: the whole tensors, else the numbered ones; nothing else counts as a number", async () => {
    const shards = safetensorsBytes({
      "a.0": tensor,
      "a.1": tensor,
      "a.1x": one,
      "a.x1": one,
      "a.": one,
      b: tensor,
      "ab.0": one,
    });
    const file = await openTensors(written({ "x.safetensors": shards, "y.safetensors": safetensorsBytes({ b: tensor }) }));
    const names = ["a", "a.0", "a.1x", "b", "ab", "x", "a.x1", ""];
    expect(names.filter((name) => file.has(name))).toEqual(["a", "a.0", "a.1x", "b", "ab", "a.x1"]);
    expect([file.find("a", ""), file.find("b", "")].map(({ shape, name }) => [name, ...shape])).toEqual([
      ["a", 4, 2],
      ["b", 4, 2],
    ]);
    expect(file.find("a.0", "")).toMatchObject({ name: "a.0", shape: [2, 2] });
    expect(file.find("ab", "")).toMatchObject({ name: "ab", shape: [2] });
    expect(() => file.find("x", "--name")).toThrow(/has no tensor "x"; it has "a.0", "a.1", /);
    file.close();
  });
});

describe("closing", () => {
  const isClosed = (file: InputFile) => {
    try {
      file.checkUnchanged();
      return false;
    } catch (error) {
      return /read after close/.test((error as Error).message);
    }
  };

  test("closes all shards and their index", async () => {
    const index = JSON.stringify({ other: [1], weight_map: { "a.0": "x.npz", "a.1": "y.safetensors" } });
    const path = written({
      "x.npz": zipBytes([{ name: "a.0.npy", data: npy, deflated: true }]),
      "y.safetensors": safetensorsBytes({ "a.1": tensor }),
      "m.index.json": index,
    });
    const file = await openTensors(path);
    expect(file.files.map((each) => each.path.slice(path.length + 1))).toEqual(["x.npz", "y.safetensors", "m.index.json"]);
    expect(file.files.map(isClosed)).toEqual([false, false, false]);
    const found = new Tensor(file.find("a", ""), "F32");
    expect([found.rows, found.columns]).toEqual([4, 2]);
    const out = new Float32Array(8);
    await found.fill(out, 0);
    expect(Array.from(out)).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    file.close();
    expect(file.files.map(isClosed)).toEqual([true, true, true]);
  });

  test("a shard that cannot be opened closes those before it", async () => {
    const opened: ByteFile[] = [];
    const { close } = ByteFile.prototype;
    const closed = new Set<string>();
    ByteFile.prototype.close = function (this: ByteFile) {
      opened.push(this);
      closed.add(this.path);
      close.call(this);
    };
    try {
      const path = written({ "a.npy": npy, "b.npy": npy.slice(0, 20), "c.npy": npy });
      await expect(openTensors(path)).rejects.toThrow(InputError);
      expect([...closed].sort()).toEqual([join(path, "a.npy"), join(path, "b.npy")]);
    } finally {
      ByteFile.prototype.close = close;
    }
  });

  test.each([
    ['{"weight_map": {"a": 1}}'],
    ['{"weight_map": {"a": "x.npy", "b": 1}}'],
    ['{"weight_map": {}}'],
    ['{"weight_map": []}'],
    ['{"weight_map": "x.npy"}'],
    ['{"weight": {"a": "x.npy"}}'],
    ["[]"],
    ["null"],
  ])("%s is no index", async (text) => {
    await expect(openTensors(join(written({ "x.npy": npy, "m.index.json": text }), "m.index.json"))).rejects.toThrow(
      /m.index.json: .*expected \{ "weight_map": \{ TENSOR: FILE \} \}$/,
    );
  });
});

test.each([
  [[], 1, 1, 1],
  [[5], 5, 5, 1],
  [[0], 0, 0, 1],
  [[2, 3], 6, 2, 3],
  [[2, 3, 4], 24, 6, 4],
  [[2, 0], 0, 2, 0],
])("a tensor of %j has %i elements, %i rows, %i columns", async (shape, length, rows, columns) => {
  const entry = { file: new ByteFile(folder.write("t.bin", npy)), name: "t", dtype: "F32", shape, byteOffset: 0 };
  const of = new Tensor(entry, "F32");
  expect([elementCount(shape), of.length, of.rows, of.columns, of.elementBytes, of.name]).toEqual([
    length,
    length,
    rows,
    columns,
    4,
    "t",
  ]);
  entry.file.close();
});

test("a .npy of 64 dimensions is read, of more refused", async () => {
  const of = (dimensions: number) => npyBytes(npyDict("<f4", new Array(dimensions).fill(1)), new Float32Array(1));
  (await openTensorFile(folder.write("many.npy", of(64)))).close();
  await expect(opening(folder.write("many.npy", of(65)))).rejects.toThrow(/has a header whose 'shape' has 65 sizes, at most 64;/);
});
