import { EventEmitter } from "node:events";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

/** A checkpoint belongs to one run: whatever the results depend on is in its identity, and a resume with anything else is refused. */

const folder = temporaryFolder();
const ROWS = 12;
const CLASSES = 3;

const logits = (seed: number) => ({
  ...{ dtype: "F32", shape: [ROWS, CLASSES] },
  data: Float32Array.from({ length: ROWS * CLASSES }, (_, index) => Math.sin(index + seed)),
});
const targets = (seed: number) => ({
  ...{ dtype: "I32", shape: [ROWS] },
  data: Int32Array.from({ length: ROWS }, (_, row) => (row + seed) % CLASSES),
});
const lengths = (seed: number) => ({ dtype: "U8", shape: [CLASSES], data: Uint8Array.of(1, 2, seed) });
const TIME = new Date("2026-01-02T03:04:05Z");

/** A folder with all kinds of inputs, and the arguments of runs that read them. */
function place() {
  const path = folder.path(`run-${readdirSync(folder.path(".")).length}`);
  mkdirSync(path);
  const at = (name: string) => join(path, name);
  const put = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(at(name), bytes);
    utimesSync(at(name), TIME, TIME);
  };
  put("base.safetensors", safetensorsBytes({ logits: logits(0), more: logits(1) }));
  put("other.safetensors", safetensorsBytes({ logits: logits(2), more: logits(3) }));
  put("targets.safetensors", safetensorsBytes({ targets: targets(0), more: targets(0) }));
  put("lengths.safetensors", safetensorsBytes({ token_bytes: lengths(3), more: lengths(3) }));
  put("passage.json", JSON.stringify({ ids: [...targets(0).data], tokens: Array.from({ length: ROWS }, () => "x") }));
  const common = ["--targets", at("targets.safetensors"), "--passage", at("passage.json"), "--checkpoint", at("c")];
  const outputs = ["--tokens", at("t.csv"), "--report", at("r.html"), "--json"];
  return {
    ...{ at, put },
    score: ["score", at("base.safetensors"), "--token-bytes", at("lengths.safetensors"), ...common, ...outputs],
    compare: ["compare", at("base.safetensors"), at("other.safetensors"), ...common, ...outputs],
  };
}

type Place = ReturnType<typeof place>;

function run(argv: readonly string[], stopAt = Number.POSITIVE_INFINITY) {
  const signals = new EventEmitter();
  let calls = 0;
  const loadEngine = async () => async () => standInEngine(() => void (++calls === stopAt && signals.emit("SIGINT", "SIGINT")));
  return runHere(argv, { signals, seams: { loadEngine, batchBytes: CLASSES * 4 } });
}

interface Change {
  /** The entry of the identity that differs. */
  readonly entry: string;
  readonly command?: "score" | "compare";
  /** Returns the arguments of the resume. */
  readonly change: (argv: readonly string[], place: Place) => readonly string[];
}

const add =
  (...more: string[]): Change["change"] =>
  (argv) => [...argv, ...more];
const without =
  (option: string): Change["change"] =>
  (argv) => {
    const at = argv.indexOf(option);
    return argv.filter((_, index) => index !== at && index !== at + 1);
  };
const saved =
  (entry: string): Change["change"] =>
  (argv, { at }) => {
    const content = readFileSync(at("c"), "utf8");
    writeFileSync(at("c"), content.replace(new RegExp(`"${entry}":"[^"]*"`), `"${entry}":"another"`));
    return argv;
  };
/** The same size and time, another beginning. */
const rewritten =
  (name: string, bytes: Uint8Array | string): Change["change"] =>
  (argv, { put }) => {
    put(name, bytes);
    return argv;
  };
const touched =
  (name: string): Change["change"] =>
  (argv, { at }) => {
    utimesSync(at(name), TIME, new Date(TIME.getTime() + 1));
    return argv;
  };
/** Inputs in the order in which they are opened. */
const FILES = {
  score: ["base.safetensors", "targets.safetensors", "lengths.safetensors", "passage.json"],
  compare: ["base.safetensors", "other.safetensors", "targets.safetensors", "passage.json"],
};
const other: Readonly<Record<string, Uint8Array | string>> = {
  "base.safetensors": safetensorsBytes({ logits: logits(0.5), more: logits(1) }),
  "other.safetensors": safetensorsBytes({ logits: logits(2.5), more: logits(3) }),
  "targets.safetensors": safetensorsBytes({ targets: targets(0), more: targets(1) }),
  "lengths.safetensors": safetensorsBytes({ token_bytes: lengths(4), more: lengths(3) }),
  "passage.json": JSON.stringify({ ids: [...targets(0).data], tokens: Array.from({ length: ROWS }, () => "y") }),
};

const CHANGES: readonly Change[] = [
  { entry: "version", change: saved("version") },
  { entry: "kernels", change: saved("kernels") },
  { entry: "tensors", change: add("--logits-name", "more") },
  { entry: "tensors", change: add("--targets-name", "more") },
  { entry: "tensors", change: add("--token-bytes-name", "more") },
  { entry: "tensors", command: "compare", change: add("--other-name", "more") },
  { entry: "--shift", change: add("--shift", "1") },
  { entry: "--ignore-index", change: add("--ignore-index", "1") },
  { entry: "--softcap", change: add("--softcap", "15") },
  { entry: "--temperature", change: add("--temperature", "2") },
  { entry: "--softcap", command: "compare", change: add("--softcap", "15") },
  { entry: "--temperature", command: "compare", change: add("--temperature", "2") },
  { entry: "--top", change: add("--top", "1") },
  { entry: "--tokens", change: (argv, { at }) => [...argv, "--tokens", at("u.csv")] },
  { entry: "--tokens", change: without("--tokens") },
  { entry: "--report", change: (argv, { at }) => [...argv, "--report", at("s.html")] },
  { entry: "--report", change: without("--report") },
  { entry: "command", change: (_, { compare }) => compare },
  { entry: "command", command: "compare", change: (_, { score }) => score },
  { entry: "file 4, passage.json, size", change: without("--passage") },
  ...(["score", "compare"] as const).flatMap((command) =>
    FILES[command].flatMap((name, index): Change[] => {
      const file = `file ${index + 1}, ${name},`;
      return [
        { entry: `${file} size`, command, change: saved(`${file} size`) },
        { entry: `${file} last change`, command, change: touched(name) },
        { entry: `${file} hash of its beginning`, command, change: rewritten(name, other[name] ?? "") },
      ];
    }),
  ),
];

test.each(CHANGES)("$command $entry", async ({ entry, command = "score", change }) => {
  const { [command]: argv, ...rest } = place();
  const here = { ...rest, [command]: argv } as Place;
  expect((await run(argv, 2)).code).toBe(130);
  const { code, stdout, stderr } = await run([...change(argv, here), "--resume"]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^xent: [^\n]*\n$/);
  expect(stderr).toContain(`c: belongs to another run: `);
  // other entries may differ too, and push it out of the line
  expect(stderr).toMatch(new RegExp(`[:;] ${entry}: [^;]+ in the checkpoint, [^;]+ now|and \\d+ more`));
  // the refused resume has left everything as it was
  const isOption = /^(--|tensors)/.test(entry);
  if (isOption) expect((await run([...argv, "--resume"])).code).toBe(0);
});

test("every entry of an identity is in the list above", async () => {
  const entries = new Set(CHANGES.map(({ entry }) => entry));
  for (const command of ["score", "compare"] as const) {
    const { at, [command]: argv } = place();
    const given = [...argv, "--shift", "1", "--softcap", "15", "--temperature", "2"];
    expect((await run(given, 2)).code).toBe(130);
    const { identity } = JSON.parse(readFileSync(at("c"), "utf8")) as { readonly identity: object };
    expect(Object.keys(identity).filter((entry) => !entries.has(entry))).toEqual([]);
  }
});
