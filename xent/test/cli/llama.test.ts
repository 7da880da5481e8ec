import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { asIntegers, asLogits } from "../../src/files/tensor.js";
import { openTensorFile } from "../../src/files/tensor-file.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere } from "./stand-in.js";

/** llama.cpp's logits files, written by test/files/data/llama.py with numpy: odd vocabulary, three chunks, -inf, equal logits. */

const folder = temporaryFolder();
const DATA = join(import.meta.dirname, "../files/data");
const facts = JSON.parse(readFileSync(join(DATA, "llama.json"), "utf8"));
const [base, other] = [join(DATA, "base.kld"), join(DATA, "other.kld")];
const bytes = readFileSync(base);

async function results(...argv: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runHere([...argv, "--json"], { seams: { batchBytes: 5 * 37 * 4 } });
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}
async function refused(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(argv);
  expect([code, stdout, stderr.split("\n").length]).toEqual([2, "", 2]);
  return stderr;
}
/** The file with an i32 at some positions changed, or with another length. */
let files = 0;
function changed(words: Readonly<Record<number, number>>, length = bytes.length): string {
  const copy = new Uint8Array(length);
  copy.set(bytes.subarray(0, length));
  for (const [at, value] of Object.entries(words)) new DataView(copy.buffer).setInt32(Number(at), value, true);
  return folder.write(`changed${files++}.kld`, copy);
}

test("the recorded files are of this program", () => {
  expect(
    createHash("sha256")
      .update(readFileSync(join(DATA, "llama.py")))
      .digest("hex"),
  ).toBe(facts.program);
});

describe("a logits file", () => {
  test("is read to the last bit, whole and in parts of rows", () => {
    const file = openTensorFile(base);
    const logits = asLogits(file.find("logits", "--logits-name"), "logits");
    expect(logits.shape).toEqual([3, 4, 37]);
    const all = logits.readAll();
    expect(createHash("sha256").update(new Uint8Array(all.buffer)).digest("hex")).toBe(facts.values);
    expect(logits.readElements(50, 200)).toEqual(all.slice(50, 200));
    const targets = asIntegers(file.find("targets", "--targets-name"), "targets");
    expect([...targets.readAll()]).toEqual(facts.targets);
    expect([...targets.readElements(3, 9)]).toEqual(facts.targets.slice(3, 9));
    file.close();
  });

  test("is scored as it is stored, not normalised again", async () => {
    const { nats, tokens, classes } = await results("score", base);
    expect([tokens, classes]).toEqual([12, 37]);
    expect(nats).toBeCloseTo(facts.nats, 10);
  });
});

describe("compare as llama.cpp defines it", () => {
  const near = (figures: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, expect.closeTo(value, 9)]));

  test("with another file, and with logits of another model", async () => {
    expect(await results("compare", base, other)).toMatchObject(near(facts.againstFile));
    const data = new Float32Array(Uint8Array.from(Buffer.from(facts.otherLogits, "hex")).buffer);
    const tensors = folder.write("other.safetensors", safetensorsBytes({ logits: { dtype: "F32", shape: [12, 37], data } }));
    expect(await results("compare", base, tensors)).toMatchObject(near(facts.against));
  });

  test("two files of other tokens or another n_ctx are refused", async () => {
    expect(await refused("compare", base, changed({ [20 + 4 * 5]: 1 + (bytes.readInt32LE(20 + 4 * 5) % 36) }))).toMatch(
      /row 0 predicts token \d+, but in .*base\.kld token \d+; compare files of the same text/,
    );
    // 8 x 4 tokens and 3 rows of each chunk: another size
    const size = 20 + 4 * 8 * 4 + 4 * 3 * 84;
    expect(await refused("compare", base, changed({ 8: 8, 16: 4 }, size))).toMatch(
      /has n_ctx 8, but .*base\.kld 9; write both with the same -c/,
    );
  });
});

describe("xent convert", () => {
  const hex = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, "hex")).buffer);
  const logits = { dtype: "F32", shape: [3, 9, 37], data: hex(facts.baseLogits) };
  const input_ids = { dtype: "I32", data: Int32Array.from(facts.tokens as number[]) };
  const put = (name: string, tensor: typeof logits) =>
    folder.write(name, safetensorsBytes({ logits: tensor, input_ids: { ...input_ids, shape: tensor.shape.slice(0, -1) } }));
  const out = folder.path("out.kld");

  test("writes numpy's bytes, from windows and from flat rows", async () => {
    for (const shape of [
      [3, 9, 37],
      [27, 37],
    ]) {
      const path = put(`convert${shape.length}.safetensors`, { ...logits, shape });
      expect(await runHere(["convert", path, "--n-ctx", "9", "--out", out])).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(Buffer.compare(readFileSync(out), bytes)).toBe(0);
    }
  });

  test("an input that changes under way is an error, and no file appears", async () => {
    const chunks = 300;
    const data = new Float32Array(chunks * 9 * 37).fill(1);
    const ids = { dtype: "I32", shape: [chunks, 9], data: new Int32Array(chunks * 9) };
    const path = folder.write(
      "growing.safetensors",
      safetensorsBytes({ logits: { dtype: "F32", shape: [chunks, 9, 37], data }, input_ids: ids }),
    );
    mkdirSync(folder.path("unfinished"));
    let isOver = false;
    const running = refused("convert", path, "--n-ctx", "9", "--out", folder.path("unfinished/out.kld")).finally(() => {
      isOver = true;
    });
    while (!isOver && !readdirSync(folder.path("unfinished")).some((name) => name.endsWith(".partial"))) await setImmediate();
    utimesSync(path, 0, 0);
    expect(await running).toContain("was changed while it was being read");
    expect(readdirSync(folder.path("unfinished"))).toEqual([]);
  });

  test("refuses windows of another length and rows without a distribution", async () => {
    const path = put("windows.safetensors", logits);
    expect(await refused("convert", path, "--n-ctx", "27", "--out", out)).toContain(
      "--n-ctx: expected the length of the windows in",
    );
    const data = logits.data.slice();
    data[37 * 4 + 3] = Number.NaN;
    const nan = put("nan.safetensors", { ...logits, data });
    expect(await refused("convert", nan, "--n-ctx", "9", "--out", folder.path("none.kld"))).toContain(
      "row 4 has NaN, +inf or only -inf",
    );
    expect(existsSync(folder.path("none.kld"))).toBe(false);
  });
});

describe("what is wrong with a file is said by its field", () => {
  test.each<[string, () => string, RegExp]>([
    ["n_ctx", () => changed({ 8: 0 }), /its header has n_ctx = 0, expected at least 3/],
    ["n_vocab", () => changed({ 12: -1 }), /its header has n_vocab = -1, expected at least 1/],
    ["n_chunk", () => changed({ 16: 0 }), /its header has n_chunk = 0, expected at least 1/],
    ["a cut header", () => changed({}, 15), /truncated within its header: 15 bytes/],
    [
      "cut tokens",
      () => changed({}, 30),
      /truncated: expected 1136 bytes for n_ctx 9, n_vocab 37 and n_chunk 3, got 30: its tokens end/,
    ],
    ["cut rows", () => changed({}, 1000), /got 1000: its rows end after 2 whole chunks/],
    ["more bytes", () => changed({}, 1140), /expected 1136 bytes .*, got 1140: bytes follow the last row/],
    ["scale", () => changed({ 128: 0x7fc00000 }), /row 0: its scale is NaN; the model's logits were not finite there/],
    ["min_log_prob", () => changed({ 132: 0x7f800000 }), /row 0: its min_log_prob is Infinity/],
    ["above 0", () => changed({ 132: 0x41000000 }), /row 0: scale .* and min_log_prob 8 give a log-probability of .*, above 0/],
  ])("%s", async (_, path, message) => {
    expect(await refused("score", path())).toMatch(message);
  });

  test("a temperature of log-probabilities", async () => {
    expect(await refused("score", base, "--temperature", "2")).toMatch(
      /^xent: --temperature: .* holds log-probabilities, not logits/,
    );
  });
});
