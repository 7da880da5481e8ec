import { mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openTensors } from "../../src/files/shards.js";
import { asIntegers, asLogits } from "../../src/files/tensor.js";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder, type WrittenTensor } from "./written.js";
import { zipBytes } from "./written-zip.js";

const folder = temporaryFolder();
let folders = 0;

/** Writes these files to a new folder. */
function written(files: Readonly<Record<string, Uint8Array | string>>): string {
  const path = folder.path(`shards-${folders++}`);
  mkdirSync(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return path;
}

/** Rows of two classes, from `first` on. */
const rows = (first: number, count: number): WrittenTensor => ({
  dtype: "F32",
  shape: [count, 2],
  data: Float32Array.from({ length: count * 2 }, (_, index) => first * 2 + index),
});
const counting = (count: number) => Float32Array.from({ length: count * 2 }, (_, index) => index);
const ids = (first: number, count: number): WrittenTensor => ({
  dtype: "I32",
  shape: [count],
  data: Int32Array.from({ length: count }, (_, index) => first + index),
});

async function logitsOf(path: string, name = "logits"): Promise<Float32Array> {
  const file = await openTensors(path);
  try {
    const tensor = asLogits(file.find(name, "--logits-name"), "logits");
    expect([tensor.columns, tensor.rows * 2]).toEqual([2, tensor.length]);
    const out = new Float32Array(tensor.length);
    await tensor.fill(out, 0);
    expect(tensor.readAll()).toEqual(out);
    // ranges that cross file boundaries
    for (let row = 0; row + 2 <= tensor.rows; row++) {
      expect(tensor.readRows(row, row + 2)).toEqual(out.slice(row * 2, row * 2 + 4));
    }
    return out;
  } finally {
    file.close();
  }
}

describe("rows of several files are concatenated", () => {
  test("a folder: sorted by name, numbers by value; other files are ignored", async () => {
    const path = written({
      "part-10.safetensors": safetensorsBytes({ logits: rows(4, 2), targets: ids(4, 2) }),
      "part-2.safetensors": safetensorsBytes({ logits: rows(1, 3), targets: ids(1, 3) }),
      "part-1.safetensors": safetensorsBytes({ logits: rows(0, 1), targets: ids(0, 1) }),
      "readme.txt": "no tensors",
    });
    expect(await logitsOf(path)).toEqual(counting(6));
    const file = await openTensors(path);
    expect([file.format, file.names, file.files.length]).toEqual(["shards", ["logits", "targets"], 3]);
    expect(asIntegers(file.find("targets", ""), "targets").readAll()).toEqual(Int32Array.of(0, 1, 2, 3, 4, 5));
    file.close();
  });

  test("a folder of .npy and .npz, three dimensions among them", async () => {
    const npy = (first: number, count: number) => npyBytes(npyDict("<f4", [1, count, 2]), rows(first, count).data);
    const path = written({ "a.npy": npy(0, 2), "b.npz": zipBytes([{ name: "logits.npy", data: npy(2, 3), deflated: true }]) });
    expect(await logitsOf(path)).toEqual(counting(5));
  });

  test("an index: in its order, given directly or found in the folder", async () => {
    const index = JSON.stringify({ weight_map: { "logits.0": "z.safetensors", "logits.1": "a.safetensors" } });
    const path = written({
      "logits.index.json": index,
      "a.safetensors": safetensorsBytes({ "logits.1": rows(2, 1) }),
      "z.safetensors": safetensorsBytes({ "logits.0": rows(0, 2) }),
      "other.safetensors": safetensorsBytes({ logits: rows(0, 9) }),
    });
    expect(await logitsOf(path)).toEqual(counting(3));
    expect(await logitsOf(join(path, "logits.index.json"))).toEqual(counting(3));
  });

  test("numbered tensors are sorted by number across files", async () => {
    const tensors = { "logits.10": rows(3, 1), "logits.2": rows(1, 2) };
    const path = written({
      "a.safetensors": safetensorsBytes(tensors),
      "b.safetensors": safetensorsBytes({ "logits.1": rows(0, 1), "logits.x": rows(0, 1) }),
    });
    expect(await logitsOf(path)).toEqual(counting(4));
  });

  test("a single file is opened as such", async () => {
    expect(await logitsOf(folder.write("one.safetensors", safetensorsBytes({ logits: rows(0, 3) })))).toEqual(counting(3));
  });
});

describe("errors", () => {
  const errorOf = async (path: string, name = "logits"): Promise<string> => {
    try {
      const file = await openTensors(path);
      try {
        file.find(name, "--logits-name");
      } finally {
        file.close();
      }
    } catch (error) {
      return (error as Error).message.replaceAll(path, "PATH");
    }
    throw new Error("no error");
  };

  test("rows that do not match", async () => {
    const other = { dtype: "F32", shape: [1, 3], data: new Float32Array(3) };
    const path = written({
      "a.safetensors": safetensorsBytes({ logits: rows(0, 2) }),
      "b.safetensors": safetensorsBytes({ logits: other }),
    });
    expect(await errorOf(path)).toBe(
      'PATH/b.safetensors: tensor "logits": expected the dtype and row length of PATH/a.safetensors: tensor "logits", ' +
        "F32 of shape [2,2], got F32 of shape [1,3]",
    );
    const half = written({
      "a.safetensors": safetensorsBytes({ logits: rows(0, 2) }),
      "b.safetensors": safetensorsBytes({ logits: { dtype: "BF16", shape: [1, 2], data: new Uint16Array(2) } }),
    });
    expect(await errorOf(half)).toMatch(/, F32 of shape \[2,2\], got BF16 of shape \[1,2\]$/);
  });

  test("a missing tensor, an empty folder, two indexes", async () => {
    const path = written({ "a.safetensors": safetensorsBytes({ logits: rows(0, 2), targets: ids(0, 2) }) });
    expect(await errorOf(path, "x")).toBe('PATH: has no tensor "x"; it has "logits", "targets": choose one with --logits-name');
    expect(await errorOf(written({ "a.txt": "" }))).toBe("PATH: is a folder without .safetensors, .npy or .npz files");
    expect(await errorOf(written({ "a.index.json": "", "b.index.json": "" }))).toBe(
      "PATH: has 2 *.index.json files; give one of them",
    );
  });

  test("an invalid index, an index that names a missing file", async () => {
    const expected = 'expected { "weight_map": { TENSOR: FILE } }';
    for (const text of ["null", "{}", '{"weight_map":{}}', '{"weight_map":{"a":1}}', "[1]"]) {
      expect(await errorOf(folder.write("bad.index.json", new TextEncoder().encode(text)))).toBe(`PATH: ${expected}`);
    }
    expect(await errorOf(folder.write("bad.index.json", Uint8Array.of(123)))).toBe(`PATH: is not JSON; ${expected}`);
    const path = written({ "x.index.json": '{"weight_map":{"logits":"gone.safetensors"}}' });
    expect(await errorOf(path)).toBe("PATH/gone.safetensors: no such file; check the path");
    expect(await errorOf(folder.path("gone.index.json"))).toBe("PATH: no such file; check the path");
  });
});

describe("what is not of the folder", () => {
  const shard = safetensorsBytes({ logits: rows(0, 2), targets: ids(0, 2) });
  const rowsOf = async (path: string) => {
    const file = await openTensors(path);
    const tensor = asLogits(file.find("logits", ""), "logits");
    file.close();
    return tensor.rows;
  };

  test("names that begin with a dot: shards, an index", async () => {
    const sidecar = Uint8Array.of(0, 5, 22, 7, 0, 2, 0, 0);
    const index = JSON.stringify({ weight_map: { logits: "a.safetensors" } });
    const plain = written({ "a.safetensors": shard, "._a.safetensors": sidecar, ".b.npy": sidecar });
    expect(await rowsOf(plain)).toBe(2);
    const indexed = written({ "a.safetensors": shard, "m.index.json": index, "._m.index.json": sidecar });
    expect(await rowsOf(indexed)).toBe(2);
  });

  test.skipIf(process.platform === "win32")("files that an index or a link leads to outside", async () => {
    const outside = written({ "secret.safetensors": shard });
    const link = written({ "a.safetensors": shard });
    symlinkSync(join(outside, "secret.safetensors"), join(link, "b.safetensors"));
    await expect(openTensors(link)).rejects.toThrow(
      `${link}: leads to "b.safetensors", which is outside its folder; put the file itself into the folder`,
    );
    const name = outside.split("/").at(-1) as string;
    const through = written({ "a.safetensors": shard });
    symlinkSync(outside, join(through, "in"));
    for (const file of [`../${name}/secret.safetensors`, "in/secret.safetensors", `x/../../${name}/secret.safetensors`]) {
      mkdirSync(join(through, "x"), { recursive: true });
      writeFileSync(join(through, "m.index.json"), JSON.stringify({ weight_map: { logits: file } }));
      await expect(openTensors(through)).rejects.toThrow("which is outside its folder");
    }
    // an absolute path is taken as one of the folder
    writeFileSync(join(through, "m.index.json"), JSON.stringify({ weight_map: { logits: join(outside, "secret.safetensors") } }));
    await expect(openTensors(through)).rejects.toThrow("no such file");
  });

  test.skipIf(process.platform === "win32")(
    "a folder whose name another's begins with is another; a link to the folder itself is no harm",
    async () => {
      const [one, two] = [written({ "a.safetensors": shard }), written({ "a.safetensors": shard })];
      renameSync(two, `${one}-more`);
      writeFileSync(
        join(one, "m.index.json"),
        JSON.stringify({ weight_map: { logits: `../${one.split("/").at(-1)}-more/a.safetensors` } }),
      );
      await expect(openTensors(one)).rejects.toThrow("which is outside its folder");
      const linked = written({ "a.safetensors": shard });
      symlinkSync(realpathSync(linked), `${linked}-link`);
      symlinkSync(join(linked, "a.safetensors"), join(linked, "b.safetensors"));
      expect(await rowsOf(`${linked}-link`)).toBe(4);
    },
  );

  describe.skipIf(process.platform === "win32")("links", () => {
    /** Hugging Face's cache: files are links to blobs, which are named after their hash. */
    function cached(links: Readonly<Record<string, string>>, blobs: Readonly<Record<string, Uint8Array | string>>): string {
      const model = join(written({}), "models--org--name");
      const snapshot = join(model, "snapshots", "0123abcd");
      mkdirSync(snapshot, { recursive: true });
      mkdirSync(join(model, "blobs"));
      for (const [name, content] of Object.entries(blobs)) writeFileSync(join(model, "blobs", name), content);
      for (const [name, target] of Object.entries(links)) symlinkSync(target, join(snapshot, name));
      return snapshot;
    }
    const index = JSON.stringify({ weight_map: { logits: "a.safetensors" } });
    const outside = "which is outside its folder";

    test("of Hugging Face's cache are followed: a folder, its index, a file", async () => {
      const plain = cached({ "a.safetensors": "../../blobs/aa" }, { aa: shard });
      expect(await rowsOf(plain)).toBe(2);
      expect(await rowsOf(join(plain, "a.safetensors"))).toBe(2);
      const links = { "a.safetensors": "../../blobs/aa", "m.index.json": "../../blobs/ii" };
      const indexed = cached(links, { aa: shard, ii: index });
      expect(await rowsOf(indexed)).toBe(2);
      expect(await rowsOf(join(indexed, "m.index.json"))).toBe(2);
    });

    test("of such a folder that lead elsewhere are not", async () => {
      const secret = join(written({ "secret.safetensors": shard }), "secret.safetensors");
      const far = cached({ "a.safetensors": secret }, {});
      await expect(openTensors(far)).rejects.toThrow(outside);
      // through a blob that is a link itself, through a folder of blobs that is one, to another model's blobs, beside the blobs
      const blob = cached({ "a.safetensors": "../../blobs/aa" }, {});
      symlinkSync(secret, join(blob, "../../blobs/aa"));
      await expect(openTensors(blob)).rejects.toThrow(outside);
      const blobs = cached({ "a.safetensors": "../../blobs/secret.safetensors" }, {});
      renameSync(join(blobs, "../../blobs"), join(blobs, "../../other"));
      symlinkSync(join(secret, ".."), join(blobs, "../../blobs"));
      await expect(openTensors(blobs)).rejects.toThrow(outside);
      const other = cached({}, { aa: shard });
      symlinkSync(join(other, "../../blobs/aa"), join(cached({}, {}), "a.safetensors"));
      const model = cached({ "a.safetensors": join(other, "../../blobs/aa") }, {});
      await expect(openTensors(model)).rejects.toThrow(outside);
      const beside = cached({ "a.safetensors": "../../a.safetensors" }, {});
      writeFileSync(join(beside, "../../a.safetensors"), shard);
      await expect(openTensors(beside)).rejects.toThrow(outside);
    });

    test("that the user names are followed anywhere", async () => {
      const place = written({});
      const real = written({ "a.safetensors": shard, "m.index.json": index });
      symlinkSync(join(real, "a.safetensors"), join(place, "b.safetensors"));
      expect(await rowsOf(join(place, "b.safetensors"))).toBe(2);
      symlinkSync(real, join(place, "folder"));
      expect(await rowsOf(join(place, "folder"))).toBe(2);
      expect(await rowsOf(join(place, "folder", "m.index.json"))).toBe(2);
    });

    test("from a folder to an index outside are not", async () => {
      const real = written({ "m.index.json": index });
      const place = written({ "a.safetensors": shard });
      symlinkSync(join(real, "m.index.json"), join(place, "m.index.json"));
      await expect(openTensors(place)).rejects.toThrow(outside);
      expect(await rowsOf(join(place, "m.index.json"))).toBe(2);
    });
  });
});
