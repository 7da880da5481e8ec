import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/files/input-error.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

/** Checkpoints that are written while a run goes on, and checkpoints that are not as they were written. */

const folder = temporaryFolder();
const ROWS = 40;
const BATCH = 4;
const model = (shift: number) =>
  safetensorsBytes({
    logits: { dtype: "F32", shape: [ROWS, 2], data: Float32Array.from({ length: ROWS * 2 }, (_, i) => Math.sin(i + shift)) },
    targets: { dtype: "I32", shape: [ROWS], data: Int32Array.from({ length: ROWS }, (_, i) => i % 2) },
  });
const [base, other] = [folder.write("base.safetensors", model(0)), folder.write("other.safetensors", model(1))];
const commands = { score: ["score", base], compare: ["compare", base, other] };

let places = 0;
function place(command: keyof typeof commands, table = "t.jsonl") {
  const path = folder.path(`run-${places++}`);
  mkdirSync(path);
  const at = (name: string) => join(path, name);
  const argv = [...commands[command], "--tokens", at(table), "--report", at("r.html"), "--checkpoint", at("c"), "--json"];
  return { at, argv, names: () => readdirSync(path).sort() };
}

/** Runs with a checkpoint after each batch; `asked` is called with the number of each engine call. */
function run(argv: readonly string[], asked: (call: number) => void | Promise<void> = () => {}, signals = new EventEmitter()) {
  let calls = 0;
  const loadEngine = async () => async () => standInEngine(() => asked(++calls));
  const batchBytes = BATCH * 8 * (argv[0] === "compare" ? 2 : 1);
  return runHere(argv, { signals, seams: { loadEngine, batchBytes, saveSeconds: 0 } });
}
type Json = Record<string, unknown>;
const hashed = ({ format, hash: _, ...content }: Json): Json => ({
  format,
  hash: createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 32),
  ...content,
});
const timeless = (stdout: string) => ({ ...JSON.parse(stdout), seconds: 0 });

describe.each(["score", "compare"] as const)("a process that dies: %s", (command) => {
  test.each(["t.jsonl", "t.csv", "t.parquet"])("%s: what it left is resumed to the same results", async (table) => {
    const { at, argv, names } = place(command, table);
    const whole = await run(argv);
    expect([whole.code, names()]).toEqual([0, ["r.html", table]]);
    const outputs = names().map((name) => readFileSync(at(name)));
    const lines = `${table}${table === "t.parquet" ? ".jsonl" : ""}.partial`;
    for (const at_call of [5, 8, 10]) {
      // the files as they are in the middle of a run: all that a killed process leaves
      await run(argv, (call) => {
        if (call !== at_call) return;
        for (const name of ["c", lines]) copyFileSync(at(name), at(`${name}.left`));
      });
      for (const name of ["c", lines]) copyFileSync(at(`${name}.left`), at(name));
      appendFileSync(at(lines), "half a li");
      const { rows } = JSON.parse(readFileSync(at("c"), "utf8"));
      expect(rows).toBeGreaterThanOrEqual((at_call - 4) * BATCH);
      let calls = 0;
      const resumed = await run([...argv, "--resume"], (call) => {
        calls = call;
      });
      expect([resumed.code, timeless(resumed.stdout), calls]).toEqual([0, timeless(whole.stdout), (ROWS - rows) / BATCH]);
      expect(outputs.every((bytes, index) => bytes.equals(readFileSync(at(["r.html", table][index] as string))))).toBe(true);
      expect([existsSync(at("c")), existsSync(at(lines))]).toEqual([false, false]);
    }
  });

  test.each(["t.jsonl", "t.csv"])(
    "%s: killed when the table had its name, but before the checkpoint was removed",
    async (table) => {
      const { at, argv, names } = place(command, table);
      const whole = await run(argv, (call) => void (call === 7 && copyFileSync(at("c"), at("left"))));
      const lines = readFileSync(at(table));
      renameSync(at("left"), at("c"));
      const resumed = await run([...argv, "--resume"]);
      expect([resumed.code, timeless(resumed.stdout), names()]).toEqual([0, timeless(whole.stdout), ["r.html", table]]);
      expect(readFileSync(at(table)).equals(lines)).toBe(true);
      // a table of that name that begins otherwise is not taken for it
      const seen = names();
      await run(argv, (call) => void (call === 7 && copyFileSync(at("c"), at("left"))));
      renameSync(at("left"), at("c"));
      writeFileSync(at(table), "x".repeat(lines.length));
      const { code, stderr } = await run([...argv, "--resume"]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(".partial: no such file, but the checkpoint needs it")]);
      expect(names()).toEqual(["c", ...seen]);
    },
  );

  test.each(["t.jsonl", "t.parquet"])("%s: results that cannot be printed can be had by --resume", async (table) => {
    const { at, argv, names } = place(command, table);
    const loadEngine = async () => async () => standInEngine();
    const seams = { loadEngine, batchBytes: BATCH * 8 * (command === "compare" ? 2 : 1), saveSeconds: 0 };
    const { code, stderr } = await runHere(argv, { isFull: true, seams });
    expect([code, stderr]).toEqual([1, "xent: stdout: cannot be written: ENOSPC\n"]);
    expect(names()).toEqual(expect.arrayContaining(["c", "r.html", table]));
    const lines = readFileSync(at(table));
    const resumed = await run([...argv, "--resume"]);
    expect([resumed.code, JSON.parse(resumed.stdout).rows, names()]).toEqual([0, ROWS, ["r.html", table]]);
    expect(readFileSync(at(table)).equals(lines)).toBe(true);
  });

  test("a resumed run that fails keeps the checkpoint and the lines, whatever the reason", async () => {
    const { at, argv, names } = place(command);
    const whole = await run(argv);
    const signals = new EventEmitter();
    await run(argv, (call) => void (call === 3 && signals.emit("SIGINT", "SIGINT")), signals);
    const left = ["c", "t.jsonl.partial"].map((name) => readFileSync(at(name)));
    for (const error of [new InputError("wrong"), new Error("a bug"), Object.assign(new Error("EIO"), { code: "EIO" })]) {
      // before the first checkpoint of the resumed run, and after it
      for (const failing of [1, 4]) {
        for (const [index, name] of ["c", "t.jsonl.partial"].entries()) writeFileSync(at(name), left[index] as Buffer);
        const failed = await run([...argv, "--resume"], (call) => {
          if (call === failing) throw error;
        });
        expect([failed.code > 0, names()]).toEqual([true, ["c", "r.html", "t.jsonl", "t.jsonl.partial"]]);
        const resumed = await run([...argv, "--resume"]);
        expect([resumed.code, timeless(resumed.stdout)]).toEqual([0, timeless(whole.stdout)]);
      }
    }
  });

  test("a signal in the last batch comes too late: the run is complete", async () => {
    const { at, argv, names } = place(command);
    const whole = await run(argv);
    const signals = new EventEmitter();
    const last = async (call: number) => {
      if (call < ROWS / BATCH) return;
      // the batches before are with the sinks
      while (JSON.parse(readFileSync(at("c"), "utf8")).rows < ROWS - BATCH) await setTimeout(5);
      signals.emit("SIGINT", "SIGINT");
    };
    const { code, stdout } = await run(argv, last, signals);
    expect([code, timeless(stdout), names()]).toEqual([0, timeless(whole.stdout), ["r.html", "t.jsonl"]]);
  });

  test("the seconds of all runs are added", async () => {
    const { at, argv } = place(command);
    const stop = async (...more: string[]) => {
      const signals = new EventEmitter();
      return run([...argv, ...more], (call) => void (call === 2 && signals.emit("SIGINT", "SIGINT")), signals);
    };
    await stop();
    const saved = JSON.parse(readFileSync(at("c"), "utf8")) as Json;
    writeFileSync(at("c"), JSON.stringify(hashed({ ...saved, seconds: 1000 })));
    const again = JSON.parse((await stop("--resume")).stdout).seconds as number;
    const { seconds } = JSON.parse(readFileSync(at("c"), "utf8"));
    expect([again > 1000 && again < 1100, seconds]).toEqual([true, again]);
    const all = JSON.parse((await run([...argv, "--resume"])).stdout).seconds as number;
    expect(all > again && all < 1100).toBe(true);
  });

  test("another run's checkpoint in its place is neither replaced nor removed", async () => {
    const { at, argv, names } = place(command);
    const signals = new EventEmitter();
    await run([...argv, "--temperature", "2"], (call) => void (call === 3 && signals.emit("SIGINT", "SIGINT")), signals);
    const others = readFileSync(at("c"));
    const refused = await run(argv);
    expect([refused.code, refused.stdout, names()]).toEqual([1, "", ["c", "t.jsonl.partial"]]);
    expect(refused.stderr).toContain(
      "it is the checkpoint of another run (--temperature: 2 in the checkpoint, none now); resume",
    );
    rmSync(at("c"));
    // it comes while this run is under way
    const { code, stderr } = await run(argv, (call) => void (call === 1 && writeFileSync(at("c"), others)));
    expect([code, names()]).toEqual([0, ["c", "r.html", "t.jsonl"]]);
    expect(stderr).toMatch(
      /partial: left by an earlier run, removed.*\nxent: the run goes on without a checkpoint: .*another run[^\n]*\n$/,
    );
    expect(readFileSync(at("c")).equals(others)).toBe(true);
  });

  test("a failure that another try may not have keeps what the checkpoint needs; a wrong input keeps nothing", async () => {
    const { argv, names } = place(command);
    const failing = (error: Error) => (call: number) => {
      if (call === 6) throw error;
    };
    const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" });
    expect((await run(argv, failing(full))).code).toBe(1);
    expect(names()).toEqual(["c", "t.jsonl.partial"]);
    // again, from the checkpoint on
    expect((await run([...argv, "--resume"])).code).toBe(0);
    expect(names()).toEqual(["r.html", "t.jsonl"]);
    expect((await run(argv, failing(new InputError("wrong")))).code).toBe(2);
    expect(names()).toEqual(["r.html", "t.jsonl"]);
  });

  test("a checkpoint that cannot be written does not end the run", async () => {
    const { at, argv, names } = place(command);
    mkdirSync(at("gone"));
    const given = argv.map((argument) => (argument.endsWith("/c") ? at("gone/c") : argument));
    const { code, stderr } = await run(given, (call) => void (call === 1 && rmSync(at("gone"), { recursive: true })));
    expect([code, names()]).toEqual([0, ["r.html", "t.jsonl"]]);
    // told once
    expect(stderr).toMatch(/^xent: the run goes on without a checkpoint: \S+c: cannot be written: ENOENT[^\n]*\n$/);
  });
});

describe("a checkpoint that is not as it was written", () => {
  /** Interrupts a run, changes its checkpoint and resumes it. */
  async function refused(command: keyof typeof commands, change: (saved: Json) => Json): Promise<string> {
    const { at, argv, names } = place(command);
    const signals = new EventEmitter();
    await run(argv, (call) => void (call === 3 && signals.emit("SIGINT", "SIGINT")), signals);
    const saved = JSON.parse(readFileSync(at("c"), "utf8")) as Json;
    writeFileSync(at("c"), JSON.stringify(change(saved)));
    const left = names();
    const { code, stdout, stderr } = await run([...argv, "--resume"]);
    expect([code, stdout, names()]).toEqual([2, "", left]);
    return stderr;
  }
  const inSums = (saved: Json, change: (sums: Json) => Json): Json => {
    const sinks = saved["sinks"] as Record<string, Json>;
    const sums = sinks["sums"] as { sums: Json };
    return { ...saved, sinks: { ...sinks, sums: { ...sums, sums: change(sums.sums) } } };
  };

  test.each([
    ["the rows", (saved: Json) => ({ ...saved, rows: Number(saved["rows"]) + 1 })],
    ["the seconds", (saved: Json) => ({ ...saved, seconds: 1e9 })],
    ["a sum", (saved: Json) => inSums(saved, (sums) => ({ ...sums, nats: [0.5] }))],
    ["another hash", (saved: Json) => ({ ...saved, hash: "0".repeat(32) })],
    ["no hash", ({ hash: _, ...saved }: Json) => saved],
  ])("%s changed: its hash tells", async (_, change) => {
    expect(await refused("score", change)).toMatch(/is damaged \(its hash or its rows are wrong\); run without --resume\n$/);
  });

  test("with a hash that fits: rows beyond the input, more right than tokens, more tokens than rows", async () => {
    for (const rows of [0, -4, ROWS, 1e9, 4.5, null, "8"]) {
      expect(await refused("score", (saved) => hashed({ ...saved, rows }))).toContain(
        "is damaged (its hash or its rows are wrong)",
      );
    }
    for (const command of ["score", "compare"] as const) {
      const beyond = (saved: Json) => hashed({ ...saved, rows: 2 });
      expect(await refused(command, beyond)).toMatch(/is damaged \(sums: expected at most 2 tokens, one per row, got \d+\)/);
      const none = (saved: Json) => hashed({ ...saved, sinks: { ...(saved["sinks"] as Json), sums: { sums: {} } } });
      expect(await refused(command, none)).toMatch(/is damaged \(/);
    }
    const right = (saved: Json) => hashed(inSums(saved, (sums) => ({ ...sums, correct: 1000 })));
    expect(await refused("score", right)).toMatch(/is damaged \(/);
  });

  test.each(["score", "compare"] as const)("%s, with a hash that fits: a first NaN row without NaN", async (command) => {
    const first = (firstNanRow: unknown) => (saved: Json) => {
      const sinks = saved["sinks"] as Record<string, Json>;
      return hashed({ ...saved, sinks: { ...sinks, sums: { ...sinks["sums"], firstNanRow } } });
    };
    for (const firstNanRow of [0, -1, 1e9, "2"]) {
      expect(await refused(command, first(firstNanRow))).toContain("is damaged (firstNanRow: expected null, got ");
    }
  });

  test("a table of another run in place of its own", async () => {
    const { at, argv, names } = place("score");
    const signals = new EventEmitter();
    await run(argv, (call) => void (call === 3 && signals.emit("SIGINT", "SIGINT")), signals);
    const table = at("t.jsonl.partial");
    const changed = readFileSync(table, "utf8").replace(/\d(?=[^\d]*$)/, (digit) => String((Number(digit) + 1) % 10));
    writeFileSync(table, changed);
    const left = names();
    const { code, stderr } = await run([...argv, "--resume"]);
    expect([code, stderr]).toEqual([2, `xent: ${table}: is not the file that the checkpoint belongs to; run without --resume\n`]);
    expect([names(), readFileSync(table, "utf8")]).toEqual([left, changed]);
  });
});
