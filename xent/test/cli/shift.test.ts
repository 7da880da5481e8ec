import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { npyBytes, npyDict, safetensorsBytes, temporaryFolder, type WrittenTensor } from "../files/written.js";
import { zipBytes } from "../files/written-zip.js";
import { runHere, standInEngine } from "./stand-in.js";

/** Targets that are the input ids: row i predicts token i + 1 of its sequence. */

const folder = temporaryFolder();
const V = 5;
const floats = (shape: readonly number[], from = 0): WrittenTensor => ({
  dtype: "F32",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => 2 * Math.cos((from + index) * 1.3)),
});
const integers = (shape: readonly number[], ids: readonly number[]): WrittenTensor => ({
  dtype: "I64",
  shape,
  data: BigInt64Array.from(ids, BigInt),
});
let files = 0;
const put = (tensors: Readonly<Record<string, WrittenTensor>>, name = `f${files++}.safetensors`) =>
  folder.write(name, safetensorsBytes(tensors));

async function scored(argv: readonly string[], batchBytes = 3 * V * 4) {
  const { code, stdout, stderr } = await runHere(["score", ...argv, "--json"], { seams: { batchBytes } });
  const said = stderr.replace(/^xent: .* is named after input ids, so row i predicts target i \+ 1 of its sequence; .*\n$/, "");
  expect([code, said]).toEqual([0, ""]);
  const { seconds: _, ...json } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  return json;
}
async function refused(argv: readonly string[]) {
  const { code, stdout, stderr } = await runHere(["score", ...argv]);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
}

const T = 4;
const IDS = [1, 0, 4, 2, 3, -100, 1, 1];
/** The next tokens of two sequences of four, as they would be given with --shift 0. */
const NEXT = [0, 4, 2, -100, -100, 1, 1, -100];
const logits = floats([2, T, V]);
const explicit = put({ logits, targets: integers([2, T], NEXT) });

describe("the shift", () => {
  test.each(["input_ids", "labels"])("is 1 for targets named %s, within each sequence, at any batch size", async (name) => {
    const file = put({ logits, [name]: integers([2, T], IDS) });
    const want = { ...(await scored([explicit])), shift: 1 };
    for (const bytes of [V * 4, 3 * V * 4, 1000]) expect(await scored([file], bytes)).toEqual(want);
    const { stderr } = await runHere(["score", file]);
    expect(stderr).toBe(
      `xent: ${file}: tensor "${name}": is named after input ids, so row i predicts target i + 1 of its sequence; ` +
        "give --shift 0 if the targets are the next tokens already\n",
    );
    expect((await runHere(["score", file, "--shift", "1"])).stderr).toBe("");
    expect(await scored([file, "--shift", "1"])).toEqual(want);
    expect(want).toMatchObject({ rows: 8, tokens: 5 });
  });

  test.each(["input_ids", "labels"])(
    "is 1 for an array %s of a .npz, and for a tensor with a number behind the name",
    async (name) => {
      const want = { ...(await scored([explicit])), shift: 1 };
      const members = [
        { name: "logits.npy", data: npyBytes(npyDict("<f4", [2, T, V]), logits.data) },
        { name: `${name}.npy`, data: npyBytes(npyDict("<i8", [2, T]), BigInt64Array.from(IDS, BigInt)) },
      ];
      expect(await scored([folder.write(`${name}.npz`, zipBytes(members))])).toEqual(want);
      mkdirSync(folder.path(`one of ${name}`));
      put({ "logits.0": logits, [`${name}.0`]: integers([2, T], IDS) }, `one of ${name}/0.safetensors`);
      expect(await scored([folder.path(`one of ${name}`)])).toEqual(want);
    },
  );

  test.each(["input_ids", "labels"])("is 1 for a file %s.npy, and said; --shift says it better", async (name) => {
    const array = put({ logits });
    const ids = npyBytes(npyDict("<i8", [2, T]), BigInt64Array.from(IDS, BigInt));
    mkdirSync(folder.path(`shards ${name}`));
    for (const path of [folder.write(`${name}.npy`, ids), folder.write(`shards ${name}/${name}.npy`, ids)]) {
      const given = path.includes("shards") ? folder.path(`shards ${name}`) : path;
      const argv = ["score", array, "--targets", given, "--json"];
      const { stdout, stderr } = await runHere(argv);
      const { seconds: _, ...json } = JSON.parse(stdout);
      expect(json).toEqual({ ...(await scored([explicit])), shift: 1 });
      expect(stderr).toBe(
        `xent: ${path}: is named after input ids, so row i predicts target i + 1 of its sequence; ` +
          "give --shift 0 if the targets are the next tokens already\n",
      );
      expect((await scored([...argv.slice(1), "--shift", "1"]))["shift"]).toBe(1);
      expect((await scored([...argv.slice(1), "--shift", "0"]))["shift"]).toBe(undefined);
    }
    const other = folder.write("ids.npy", ids);
    expect((await scored([array, "--targets", other]))["shift"]).toBe(undefined);
  });

  test("is 0 for targets of another name; --shift overrides", async () => {
    const file = put({ logits, targets: integers([2, T], IDS) });
    const { shift, tokens } = await scored([file]);
    expect([shift, tokens]).toEqual([undefined, 7]);
    expect(await scored([file, "--shift", "1"])).toEqual({ ...(await scored([explicit])), shift: 1 });
    const ids = put({ logits, input_ids: integers([2, T], IDS) });
    expect(await scored([ids, "--shift", "0"])).toEqual(await scored([file]));
    const two = put({ logits, targets: integers([2, T], [4, 2, -100, -100, 1, 1, -100, -100]) });
    expect(await scored([ids, "--shift", "2"])).toEqual({ ...(await scored([two])), shift: 2 });
  });

  test("targets are looked for as targets, labels, input_ids", async () => {
    const [none, wrong] = [integers([2, T], new Array(8).fill(-100)), integers([2, T], new Array(8).fill(99))];
    const right = integers([2, T], IDS);
    const all = await scored([put({ logits, input_ids: wrong, labels: wrong, targets: right })]);
    expect(all["shift"]).toBe(undefined);
    expect((await scored([put({ logits, input_ids: wrong, labels: right })]))["shift"]).toBe(1);
    const named = put({ logits, input_ids: right, targets: none });
    expect((await scored([named, "--targets-name", "input_ids"]))["shift"]).toBe(1);
    expect(await refused([put({ logits, ids: right })])).toContain('has no tensor "targets"; it has "logits", "ids": choose one');
  });

  test("of joined files stays within each one's sequences", async () => {
    const path = folder.path("joined");
    mkdirSync(path);
    put({ logits: floats([1, 3, V]), input_ids: integers([3], [1, 2, 3]) }, "joined/a.safetensors");
    put({ logits: floats([2, 2, V], 15), input_ids: integers([4], [4, 0, 1, 2]) }, "joined/b.safetensors");
    const whole = put({ logits: floats([7, V]), targets: integers([7], [2, 3, -100, 0, -100, 2, -100]) });
    expect(await scored([path])).toEqual({ ...(await scored([whole])), shift: 1 });
    put({ logits: floats([3, V]), input_ids: integers([3], [1, 2, 3]) }, "joined/a.safetensors");
    expect(await refused([path])).toMatch(/consists of several files, and a shift needs to know where a sequence ends; save/);
  });

  test("the table, the report's facts and the passage know it", async () => {
    const file = put({ logits: floats([T, V]), input_ids: integers([T], [1, 0, 4, 2]) });
    const passage = folder.write(
      "passage.json",
      new TextEncoder().encode(JSON.stringify({ ids: [1, 0, 4, 2], tokens: ["one", "zero", "four", "two"] })),
    );
    const { stdout } = await runHere(["score", file, "--passage", passage, "--no-color"]);
    expect(stdout).toMatch(/^shift +row i predicts target i \+ 1 of its sequence; --shift 0 if/m);
    const { mostSurprising } = await scored([file, "--passage", passage]);
    const rows = (mostSurprising as { row: number; token: string }[]).sort((a, b) => a.row - b.row);
    expect(rows.map(({ row, token }) => [row, token])).toEqual([
      [0, "zero"],
      [1, "four"],
      [2, "two"],
    ]);
  });

  test("of compare", async () => {
    const [base, other] = [put({ logits, labels: integers([2, T], IDS) }), put({ logits: floats([2, T, V], 3) })];
    const shifted = await runHere(["compare", base, other, "--json"]);
    const plain = await runHere(["compare", explicit, other, "--json"]);
    const { seconds: _, ...got } = JSON.parse(shifted.stdout);
    const { seconds: __, ...want } = JSON.parse(plain.stdout);
    expect(got).toEqual({ ...want, shift: 1 });
  });

  test("a checkpoint of another shift is refused", async () => {
    const file = put({ logits, labels: integers([2, T], IDS) });
    const { EventEmitter } = await import("node:events");
    const signals = new EventEmitter();
    const loadEngine = async () => async () => standInEngine(() => void signals.emit("SIGINT", "SIGINT"));
    const argv = ["score", file, "--checkpoint", folder.path("c")];
    expect((await runHere(argv, { signals, seams: { loadEngine, batchBytes: V * 4 } })).code).toBe(130);
    const { code, stderr } = await runHere([...argv, "--shift", "0", "--resume"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--shift: 1 in the checkpoint, 0 now")]);
  });
});

describe("errors", () => {
  const ids = put({ logits, input_ids: integers([2, T], IDS) });

  test("a target too few per sequence: how to line them up", async () => {
    const short = folder.write("short.npy", npyBytes(npyDict("<i8", [6]), BigInt64Array.from([0n, 4n, 2n, 1n, 1n, 1n])));
    expect(await refused([ids, "--targets", short])).toBe(
      `xent: ${short}: expected 8 targets, one per row of the logits [2,4,5], got 6: the last row predicts a next token that is ` +
        "not there; leave it out (logits[..., :-1, :]), or give all input ids with --shift 1\n",
    );
  });

  test("a shift as long as a sequence, sequences of another length", async () => {
    expect(await refused([ids, "--shift", "4"])).toContain("--shift: expected less than 4, the length of the sequences in");
    expect(await refused([ids, "--shift", "-1"])).toContain('--shift: expected an integer of 0 or more, got "-1"');
    const flat = put({ logits: floats([8, V]), input_ids: integers([2, T], IDS) });
    expect(await refused([flat])).toMatch(/has sequences of 4 tokens, but .* of 8, so they cannot be shifted; give both/);
    const wrong = put({ logits, labels: integers([2, T], [1, 0, 9, 2, 3, 0, 1, 1]) });
    expect(await refused([wrong])).toMatch(/"labels": row 2: expected a target in 0\.\.4 .* got 9/);
  });
});
