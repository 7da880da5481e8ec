import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { standInEngine } from "../cli/stand-in.js";
import { safetensorsBytes } from "../files/written.js";
import { runChecked } from "./command.js";
import { type Draw, damaged } from "./draw.js";
import { demand, type Outcome } from "./fault.js";
import { changedJson } from "./json-forms.js";

const ROWS = 24;
const BATCH = 4;

/** An interrupted run: what it left, and what it would have ended with. */
interface Interrupted {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly left: ReadonlyMap<string, Uint8Array>;
  readonly results: string;
}

const runs = new Map<string, readonly [Interrupted, ...Interrupted[]]>();

/** Checkpoints and tables that are not as they were written: refused in one line, or resumed to the same results. */
export async function fuzzCheckpoints(draw: Draw, folder: string): Promise<Outcome> {
  const { argv, folder: place, left, results } = draw.pick(await runsIn(folder));
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  for (const [name, bytes] of left) writeFileSync(join(place, name), bytes);
  const path = join(place, "c");
  const before = readFileSync(path, "utf8");
  const how = draw.pick(["bytes", "JSON", "JSON", "with its hash", "with its hash", "with its hash", "table"]);
  if (how === "bytes") writeFileSync(path, damagedOnce(draw, Buffer.from(before)));
  else if (how === "table") {
    const table = draw.pick(Array.from(left.keys()).filter((name) => name !== "c") as [string, ...string[]]);
    const content = left.get(table) as Uint8Array;
    writeFileSync(join(place, table), damagedOnce(draw, content));
  } else {
    const changed = changedJson(draw, before);
    writeFileSync(path, how === "JSON" ? changed : hashed(changed));
  }
  const { outcome, stdout } = await resumed([...argv, "--resume"]);
  if (outcome === "read" && how !== "with its hash") demand(timeless(stdout) === results, `other results after ${how}`, stdout);
  return outcome;
}

/** A damage that changes something. */
function damagedOnce(draw: Draw, bytes: Uint8Array): Uint8Array {
  for (;;) {
    const made = damaged(draw, { bytes, broken: [] });
    if (made.broken.length > 0) return made.bytes;
  }
}

/** Gives the checkpoint the hash of its changed content, as someone would who means it. */
function hashed(json: string): string {
  try {
    const { format, hash: _, ...content } = JSON.parse(json) as Readonly<Record<string, unknown>>;
    const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32);
    return JSON.stringify({ format, hash, ...content });
  } catch {
    return json;
  }
}

const timeless = (stdout: string) => JSON.stringify({ ...JSON.parse(stdout), seconds: 0 });

async function runsIn(folder: string): Promise<readonly [Interrupted, ...Interrupted[]]> {
  const known = runs.get(folder);
  if (known !== undefined) return known;
  const passage = join(folder, "passage.json");
  const ids = Array.from({ length: ROWS }, (_, index) => index % 3);
  writeFileSync(passage, JSON.stringify({ ids, tokens: ids.map((id) => `t${id} `) }));
  const models = [0, 1].map((shift) => {
    const path = join(folder, `model-${shift}.safetensors`);
    const logits = Float32Array.from({ length: ROWS * 3 }, (_, index) => 3 * Math.sin(index + shift));
    writeFileSync(
      path,
      safetensorsBytes({
        logits: { dtype: "F32", shape: [ROWS, 3], data: logits },
        targets: { dtype: "I32", shape: [ROWS], data: Int32Array.from(ids) },
      }),
    );
    return path;
  });
  const made = [
    await interrupted(join(folder, "run"), ["score", models[0] as string, "--passage", passage], "t.jsonl"),
    await interrupted(join(folder, "run"), ["score", models[0] as string], "t.csv"),
    await interrupted(join(folder, "run"), ["compare", ...models], "t.parquet"),
  ] as const;
  runs.set(folder, made);
  return made;
}

async function interrupted(folder: string, command: readonly string[], table: string): Promise<Interrupted> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const at = (name: string) => join(folder, name);
  const argv = [...command, "--tokens", at(table), "--report", at("r.html"), "--checkpoint", at("c"), "--json"];
  const whole = await resumed(argv);
  const signals = new EventEmitter();
  let calls = 0;
  const loadEngine = async () => async () => standInEngine(() => void (++calls === 3 && signals.emit("SIGINT", "SIGINT")));
  const { runHere } = await import("../cli/stand-in.js");
  const { code } = await runHere(argv, { signals, seams: { loadEngine, batchBytes: batchBytes(argv) } });
  demand(code === 130, "no interrupted run to begin with", String(code));
  const names = readdirSync(folder).filter((name) => name !== "r.html" && name !== table);
  return {
    argv,
    folder,
    left: new Map(names.map((name) => [name, new Uint8Array(readFileSync(at(name)))])),
    results: timeless(whole.stdout),
  };
}

const batchBytes = (argv: readonly string[]) => BATCH * 3 * 4 * (argv[0] === "compare" ? 2 : 1);

const resumed = (argv: readonly string[]) => runChecked(argv, { seams: { batchBytes: batchBytes(argv) } });
