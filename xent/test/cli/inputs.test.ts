import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

/** What the system says of an input is one line and exit code 2; what is not a file is not read; what changes is told. */

const folder = temporaryFolder();
const ROWS = 6;
const bytes = safetensorsBytes({
  logits: { dtype: "F32", shape: [ROWS, 2], data: Float32Array.from({ length: ROWS * 2 }, (_, index) => Math.sin(index)) },
  targets: { dtype: "I32", shape: [ROWS], data: Int32Array.from({ length: ROWS }, (_, index) => index % 2) },
});
const input = folder.write("a.safetensors", bytes);
const text = { ids: [0, 1, 0, 1, 0, 1], tokens: ["a", "b", "c", "d", "e", "f"] };

async function refused(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(["score", ...argv]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^xent: [^\n]{1,300}\n$/);
  return stderr;
}

/** Each place where a path is read. */
const READERS: readonly (readonly [name: string, argv: (path: string) => string[]])[] = [
  ["the logits", (path) => [path]],
  ["--targets", (path) => [input, "--targets", path]],
  ["--token-bytes", (path) => [input, "--token-bytes", path]],
  ["--passage", (path) => [input, "--passage", path]],
];

describe.skipIf(process.platform === "win32").each(READERS)("%s", (_, argv) => {
  test("paths that the system refuses", async () => {
    const loop = folder.path("loop");
    try {
      symlinkSync("loop", loop);
    } catch {
      // made by the test before
    }
    expect(await refused(...argv(loop))).toContain("its symbolic links lead in a circle");
    expect(await refused(...argv(join(input, "x")))).toContain("a part of the path is not a folder");
    expect(await refused(...argv("x".repeat(300)))).toContain("too long for a file");
    expect(await refused(...argv(`${folder.path("deep/")}${"x/".repeat(3000)}`))).toContain("too long for a file");
    expect(await refused(...argv(folder.path("no/such")))).toContain("no such file");
    expect(await refused(...argv("a\0b"))).toContain("cannot be read");
  });

  test("pipes and devices are not opened", async () => {
    const pipe = folder.path(`pipe-${readdirSync(folder.path(".")).length}`);
    execFileSync("mkfifo", [pipe]);
    expect(await refused(...argv(pipe))).toContain("is a pipe, not a regular file");
    symlinkSync(pipe, `${pipe}.index.json`);
    expect(await refused(...argv(`${pipe}.index.json`))).toContain("is a pipe, not a regular file");
  });
});

test.skipIf(process.platform === "win32")("a pipe among the files of a folder", async () => {
  const shards = folder.path("with-pipe");
  mkdirSync(shards);
  writeFileSync(join(shards, "0.safetensors"), bytes);
  execFileSync("mkfifo", [join(shards, "1.safetensors")]);
  expect(await refused(shards)).toContain("1.safetensors: is a pipe");
});

describe("JSON", () => {
  const encoded: readonly (readonly [name: string, encode: (json: string) => Buffer])[] = [
    ["a byte order mark", (json) => Buffer.from(`\ufeff${json}`)],
    ["UTF-16, as PowerShell writes it", (json) => Buffer.from(`\ufeff${json}`, "utf16le")],
    ["UTF-16, big-endian", (json) => Buffer.from(`\ufeff${json}`, "utf16le").swap16()],
    ["UTF-16 without a mark", (json) => Buffer.from(json, "utf16le")],
    ["UTF-16 without a mark, big-endian", (json) => Buffer.from(json, "utf16le").swap16()],
  ];
  test.each(encoded)("with %s", async (_, encode) => {
    const passage = folder.write("passage.json", encode(JSON.stringify(text)));
    expect((await runHere(["score", input, "--passage", passage])).code).toBe(0);
    const index = folder.write("m.index.json", encode('{"weight_map":{"logits":"a.safetensors"}}'));
    expect((await runHere(["score", index])).code).toBe(0);
  });

  test("that is not UTF-8, has a key twice, or is too large", async () => {
    const put = (bytes: Uint8Array) => folder.write("bad.json", bytes);
    expect(await refused(input, "--passage", put(Uint8Array.of(0x7b, 0xff, 0x7d)))).toContain("is not text in UTF-8; expected");
    expect(await refused(input, "--passage", put(Buffer.from('{"ids":[],"ids":[]}')))).toContain('gives the key "ids" twice');
    const index = folder.write("twice.index.json", Buffer.from('{"weight_map":{"logits":"a.safetensors","logits":"a"}}'));
    expect(await refused(index)).toContain('gives the key "logits" twice');
    const large = put(new Uint8Array(0));
    // without blocks on the disk
    truncateSync(large, 2 ** 27 + 1);
    expect(await refused(input, "--passage", large)).toContain(`has ${2 ** 27 + 1} bytes, at most ${2 ** 27} are read`);
  });
});

describe("an input that changes while it is read", () => {
  const changes: readonly (readonly [name: string, change: (path: string) => void])[] = [
    ["is appended to", (path) => appendFileSync(path, "x")],
    ["is written again", (path) => writeFileSync(path, bytes)],
    ["has a later time", (path) => utimesSync(path, new Date(), new Date(Date.now() + 5000))],
    [
      "is replaced by another file",
      (path) => {
        writeFileSync(`${path}.new`, bytes);
        renameSync(`${path}.new`, path);
      },
    ],
  ];
  test.each(changes)("%s: after the totals an error, and no table", async (_, change) => {
    const place = folder.path(`changing-${readdirSync(folder.path(".")).length}`);
    mkdirSync(place);
    const path = join(place, "b.safetensors");
    writeFileSync(path, bytes);
    utimesSync(path, new Date(0), new Date(0));
    const loadEngine = async () => async () => standInEngine(() => change(path));
    const argv = ["score", path, "--tokens", join(place, "t.csv"), "--report", join(place, "r.html"), "--json"];
    const { code, stdout, stderr } = await runHere(argv, { seams: { loadEngine } });
    expect([code, JSON.parse(stdout).rows]).toEqual([2, ROWS]);
    expect(stderr).toBe(
      `xent: ${path}: was changed while it was being read, so the results are of no use; run again when nothing writes to it\n`,
    );
    expect(readdirSync(place)).toEqual(["b.safetensors"]);
  });
});

test("every kind of input is watched: targets, byte counts, a passage, an index and its files", async () => {
  const place = folder.path("watched");
  const at = (name: string) => join(place, name);
  const one = (name: string, dtype: string, data: ArrayBufferView) =>
    safetensorsBytes({ [name]: { dtype, shape: [ROWS], data } });
  const files: Readonly<Record<string, Uint8Array>> = {
    "m.index.json": Buffer.from('{"weight_map":{"logits":"a.safetensors","targets":"b.safetensors"}}'),
    "a.safetensors": bytes,
    "b.safetensors": safetensorsBytes({ other: { dtype: "F32", shape: [1], data: Float32Array.of(1) } }),
    "targets.safetensors": one("targets", "I32", Int32Array.from(text.ids)),
    "lengths.safetensors": safetensorsBytes({ token_bytes: { dtype: "U8", shape: [2], data: Uint8Array.of(1, 2) } }),
    "passage.json": Buffer.from(JSON.stringify(text)),
  };
  const changes: readonly ((path: string) => void)[] = [
    (path) => appendFileSync(path, " "),
    (path) => utimesSync(path, new Date(), new Date(Date.now() + 5000)),
    (path) => truncateSync(path, 3),
    (path) => rmSync(path),
    (path) => {
      writeFileSync(`${path}.new`, files[basename(path)] ?? "");
      renameSync(`${path}.new`, path);
    },
  ];
  const argv = ["score", at("m.index.json"), "--targets", at("targets.safetensors"), "--token-bytes", at("lengths.safetensors")];
  argv.push("--passage", at("passage.json"), "--tokens", at("t.csv"), "--report", at("r.html"), "--json");
  for (const [name] of Object.entries(files)) {
    for (const change of changes) {
      rmSync(place, { recursive: true, force: true });
      mkdirSync(place);
      for (const [file, content] of Object.entries(files)) writeFileSync(at(file), content);
      let calls = 0;
      const loadEngine = async () => async () => standInEngine(() => void (calls++ === 0 && change(at(name))));
      const { code, stderr } = await runHere(argv, { seams: { loadEngine, batchBytes: 8 } });
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/^xent: [^\n]+(was changed|shrank) while it was being read[^\n]*\n$/),
      ]);
      expect(stderr).toContain(at(name));
      expect(readdirSync(place).filter((left) => !(left in files))).toEqual([]);
    }
  }
});

test("token_bytes longer than the vocabulary are refused before they are read", async () => {
  const long = folder.write("long.npy", new Uint8Array(0));
  const header = `{'descr': '<i8', 'fortran_order': False, 'shape': (${2 ** 28},), }`.padEnd(117);
  writeFileSync(
    long,
    Buffer.concat([Buffer.from([0x93]), Buffer.from("NUMPY"), Buffer.from([1, 0, 118, 0]), Buffer.from(`${header}\n`)]),
  );
  truncateSync(long, 128 + 8 * 2 ** 28);
  expect(await refused(input, "--token-bytes", long)).toContain(
    `has ${2 ** 28} entries, but ${input}: tensor "logits" has 2 classes`,
  );
});
