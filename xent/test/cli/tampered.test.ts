import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isLong } from "../../../test/support/long.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

/** Checkpoints with a hash that fits, but contents that no run has written: each member, changed in every way. */

const folder = temporaryFolder();
const ROWS = 24;
const CLASSES = 3;

const model = (seed: number) => {
  const data = Float32Array.from({ length: ROWS * CLASSES }, (_, index) => Math.sin(index * 7 + seed));
  data[4 * CLASSES] = Number.NaN;
  const targets = Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES);
  targets[2] = -100;
  return safetensorsBytes({
    logits: { dtype: "F32", shape: [ROWS, CLASSES], data },
    targets: { dtype: "I32", shape: [ROWS], data: targets },
    token_bytes: { dtype: "U8", shape: [CLASSES], data: Uint8Array.of(1, 2, 3) },
  });
};
const base = folder.write("base.safetensors", model(0));
const other = folder.write("other.safetensors", model(0.2));
const ids = Array.from({ length: ROWS }, (_, row) => row % CLASSES);
const passage = folder.path("passage.json");
writeFileSync(passage, JSON.stringify({ ids, tokens: ids.map((id) => `t${id}`) }));

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Path = readonly (string | number)[];
type Saved = { readonly [key: string]: Json };

const hashed = ({ format, hash: _, ...content }: Saved): Saved => ({
  ...{ format: format ?? null },
  hash: createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32),
  ...content,
});

/** Yields the path of each member, outermost first. */
function* membersOf(value: Json, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  const last = Array.isArray(value) ? value.length - 1 : 0;
  for (const [key, member] of Object.entries(value).filter(([key]) => last < 3 || key === "0" || key === String(last)))
    yield* membersOf(member, [...path, Array.isArray(value) ? Number(key) : key]);
}

function memberOf(value: Json, path: Path): Json {
  return path.reduce((member: Json, key) => (member as Record<string | number, Json>)[key] ?? null, value);
}

/** Returns a copy with one member changed, or without it. */
function changed(value: Json, [key, ...rest]: Path, change: (member: Json) => Json | undefined): Json | undefined {
  if (key === undefined) return change(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, Json>;
  const member = changed(copy[key] ?? null, rest, change);
  if (member !== undefined) copy[key] = member;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy as Json;
}

interface Change {
  readonly change: (member: Json) => Json | undefined;
  /** Whether no run can have written a member so. Of other members it may be that, and they are accepted or refused. */
  readonly isImpossible: (path: string, member: Json, isOfList: boolean) => boolean;
}

/** What is checked to the last digit. */
const COUNTED =
  /^(rows|sinks\.(sums\.sums\.tokens|tokens\.(bytes|last)|report\.(form|ignoreIndex|counts\.\d|buckets\.(rows|width|buckets\.\d+\.[01]))))$/;

const CHANGES: readonly Change[] = [
  {
    change: () => undefined,
    isImpossible: (path, _, isOfList) => (isOfList ? /^sinks\.(passage|report\.text)\.\d+$/.test(path) : path !== "seconds"),
  },
  {
    change: () => "x", // a resumed run reads the texts again
    isImpossible: (path, member) => typeof member !== "string" && path !== "sinks.texts",
  },
  { change: (member) => (typeof member === "number" ? member + 1 : 1e6), isImpossible: (path) => COUNTED.test(path) },
];

describe.each(["score", "compare"] as const)("%s", (command) => {
  const here = folder.path(command);
  mkdirSync(here);
  const at = (name: string) => join(here, name);
  const argv = [
    ...(command === "score" ? ["score", base] : ["compare", base, other]),
    ...["--passage", passage, "--tokens", at("t.csv"), "--report", at("r.html"), "--checkpoint", at("c"), "--json", "--sums"],
  ];
  const run = (more: readonly string[], stopAt: number) => {
    const signals = new EventEmitter();
    let calls = 0;
    const loadEngine = async () => async () => standInEngine(() => void (++calls === stopAt && signals.emit("SIGINT", "SIGINT")));
    return runHere([...argv, ...more], {
      signals,
      seams: { loadEngine, batchBytes: CLASSES * 4 * 4 * (command === "score" ? 1 : 2) },
    });
  };
  const timeless = (stdout: string) => ({ ...JSON.parse(stdout), seconds: 0 });

  test("no change of any member gives a fault; what no run can have written is refused", async () => {
    const whole = await run([], Number.POSITIVE_INFINITY);
    const outputs = () => ["t.csv", "r.html"].map((name) => readFileSync(at(name), "utf8"));
    const expected = [timeless(whole.stdout), outputs()];
    await run([], 3);
    const [saved, lines] = [readFileSync(at("c"), "utf8"), readFileSync(at("t.csv.partial"))];
    const { format, hash, identity, ...content } = JSON.parse(saved) as Saved;
    const wrong: string[] = [];
    let members = 0;
    let tries = 0;
    for (const path of membersOf(content)) {
      members++;
      for (const [index, { change, isImpossible }] of CHANGES.entries()) {
        // one change per member, in turn
        if (!isLong && index !== members % CHANGES.length) continue;
        const json = changed(content, path, change) as Saved;
        writeFileSync(at("c"), JSON.stringify(hashed({ format: format ?? null, identity: identity ?? null, ...json })));
        writeFileSync(at("t.csv.partial"), lines);
        const { code, stdout, stderr } = await run(["--resume"], Number.POSITIVE_INFINITY);
        tries++;
        const isRefused = stdout === "" && /^xent: [^\n]*(damaged|is not the file|expected at least)[^\n]*\n$/.test(stderr);
        const isUntouched = readdirSync(here).sort().join() === "c,r.html,t.csv,t.csv.partial";
        const name = path.join(".");
        const must = isImpossible(name, memberOf(content, path), typeof path.at(-1) === "number");
        const isGood = isRefused ? code === 2 && isUntouched : !must && stdout !== "";
        if (!isGood) wrong.push(`${name}, change ${index}: ${code} ${stderr}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(tries).toBeGreaterThan(isLong ? 300 : 100);
    // as it was
    writeFileSync(at("c"), saved);
    writeFileSync(at("t.csv.partial"), lines);
    expect([timeless((await run(["--resume"], Number.POSITIVE_INFINITY)).stdout), outputs()]).toEqual(expected);
    expect(hash).toBe(hashed({ format: format ?? null, identity: identity ?? null, ...content })["hash"]);
  });
});
