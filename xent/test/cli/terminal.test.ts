import { EventEmitter } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorLine, jsonLine, oneLine } from "../../src/one-line.js";
import { printable } from "../../src/report/text.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";
import { steering } from "./steering.js";

/** No text or name from outside reaches the terminal with control characters or marks that turn the writing direction. */

const folder = temporaryFolder();
/** One of each kind: C0, escape, DEL, C1's own escape, line separator, Arabic letter mark, override, isolate. */
const HOSTILE = "a\x07\x1b[31m\r\x7f\x9b31m\u0085\u2028\u061c\u200f\u202e\u2066z";
const character = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 2 }));

describe("texts for the terminal", () => {
  test("are free of control characters, whatever they hold; JSON keeps every text", () => {
    fc.assert(
      fc.property(fc.array(character, { maxLength: 400 }), (characters) => {
        const text = characters.join("");
        for (const shown of [oneLine(text), errorLine(text), printable(text), jsonLine([text]).slice(0, -1)]) {
          expect(steering(shown)).toBe(undefined);
          expect(shown).not.toContain("\n");
        }
        expect(errorLine(text).length).toBeLessThanOrEqual(300);
        expect(JSON.parse(jsonLine([text]))).toEqual([text]);
      }),
    );
  });

  test("a long error keeps its beginning and its remedy", () => {
    const line = errorLine(`${"folder/".repeat(100)}a.npy: is empty (0 bytes); write it again`);
    expect(line.length).toBe(300);
    expect(line).toMatch(/^folder\/.*\.\.\..*a\.npy: is empty \(0 bytes\); write it again$/);
  });
});

const path = folder.path(`${HOSTILE}.safetensors`);
const tensors = (logits: string) => ({
  [logits]: { dtype: "F32", shape: [4, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  targets: { dtype: "I32", shape: [4], data: Int32Array.of(0, 1, 1, 0) },
});
writeFileSync(path, safetensorsBytes(tensors("logits")));

async function shown(...argv: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await runHere(argv);
  const lines = `${stdout}\n${stderr}`;
  expect(steering(lines)).toBe(undefined);
  return { code, text: lines };
}

describe("names and texts in a run", () => {
  test.each([
    ["a file that is missing", ["score", `no/${HOSTILE}.npy`], 2],
    ["a command", [HOSTILE], 2],
    ["an option's value", ["score", path, "--threads", HOSTILE], 2],
    ["an option", ["score", path, `--${HOSTILE}`], 2],
    ["a tensor's name", ["score", path, "--logits-name", HOSTILE], 2],
    ["a report", ["score", path, "--report", `no/${HOSTILE}.html`], 1],
    ["a table", ["score", path, "--tokens", `no/${HOSTILE}.csv`], 1],
    ["the other file", ["compare", path, `${path}x`], 2],
  ])("%s", async (_, argv, code) => {
    expect((await shown(...argv)).code).toBe(code);
  });

  test("a tensor's name, in a file, an archive's folder, an index", async () => {
    const other = folder.write("other.safetensors", safetensorsBytes(tensors(HOSTILE)));
    expect((await shown("score", other)).text).toContain("a\\u0007\\u001b[31m\\r");
    const place = folder.path("index");
    mkdirSync(place);
    writeFileSync(join(place, "m.index.json"), JSON.stringify({ weight_map: { logits: `../${HOSTILE}` } }));
    expect((await shown("score", place)).code).toBe(2);
  });

  test("a passage's texts, as a table and as JSON", async () => {
    const passage = folder.path("passage.json");
    writeFileSync(passage, JSON.stringify({ ids: [0, 1, 1, 0], tokens: new Array(4).fill(HOSTILE) }));
    expect((await shown("score", path, "--passage", passage)).code).toBe(0);
    const { code, text } = await shown("score", path, "--passage", passage, "--json");
    expect([code, JSON.parse(text).mostSurprising[0].token]).toEqual([0, HOSTILE]);
  });

  test("a checkpoint's name after Ctrl-C, on both streams", async () => {
    for (const more of [[], ["--json"]]) {
      const signals = new EventEmitter();
      const loadEngine = async () => async () => standInEngine(() => void signals.emit("SIGINT", "SIGINT"));
      const argv = ["score", path, "--checkpoint", folder.path(`${HOSTILE}.checkpoint`), ...more];
      const { code, stdout, stderr } = await runHere(argv, { signals, seams: { loadEngine, batchBytes: 8 } });
      expect([code, stderr.includes("--resume to continue")]).toEqual([130, true]);
      expect(steering(stdout + stderr)).toBe(undefined);
    }
  });

  test("a report is headed by the file's name, not by a path of the machine", async () => {
    const plain = folder.write("plain.safetensors", safetensorsBytes(tensors("logits")));
    const report = folder.path("r.html");
    expect((await shown("score", plain, "--report", report)).code).toBe(0);
    expect(readFileSync(report, "utf8")).toMatch(/<h1>Score of plain\.safetensors<\/h1>/);
    expect((await shown("compare", plain, path, "--report", report)).code).toBe(0);
    const [, head = ""] = /<h1>(.*)<\/h1>/.exec(readFileSync(report, "utf8")) ?? [];
    expect(head).toMatch(/ compared with plain\.safetensors$/);
    expect(head).not.toContain("/");
  });
});

describe("no stack trace for what the system or the memory refuses", () => {
  test.each([
    [
      "a system error",
      Object.assign(new Error("EAGAIN: no\x1b more processes"), { code: "EAGAIN", syscall: "uv" }),
      /^xent: EAGAIN: no {1,2}more processes\n$/,
    ],
    [
      "no memory",
      new RangeError("Array buffer allocation failed"),
      /^xent: there is too little memory: Array buffer allocation failed\n$/,
    ],
  ])("%s", async (_, error, line) => {
    const loadEngine = async () => async () => {
      throw error;
    };
    const { code, stderr } = await runHere(["score", path], { seams: { loadEngine } });
    expect(code).toBe(1);
    expect(stderr).toMatch(line);
  });
});
