import { EventEmitter } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, test } from "vitest";
import { createEngine } from "wasm-cross-entropy";
import { isLong } from "../../../test/support/long.js";
import type { Seams } from "../../src/cli/seams.js";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

const folder = temporaryFolder();
const CLASSES = 5;
const ROWS = 40;

/** Logits of a model, or of a similar one; NaN in row 7, an infinite loss in row 9, row 3 ignored. */
function model(shift: number) {
  const data = Float32Array.from(
    { length: ROWS * CLASSES },
    (_, index) => Math.sin(index * 12.9898) * 4 + shift * Math.cos(index),
  );
  const targets = Int32Array.from({ length: ROWS }, (_, row) => (row * 7) % CLASSES);
  data[7 * CLASSES + 1] = Number.NaN;
  data[9 * CLASSES + targets[9]] = Number.NEGATIVE_INFINITY;
  targets[3] = -100;
  return safetensorsBytes({
    logits: { dtype: "F32", shape: [ROWS, CLASSES], data },
    targets: { dtype: "I32", shape: [ROWS], data: targets },
    token_bytes: { dtype: "U8", shape: [CLASSES], data: Uint8Array.of(1, 2, 0, 4, 3) },
  });
}
const base = folder.write("base.safetensors", model(0));
const other = folder.write("other.safetensors", model(0.1));
const ids = Array.from({ length: ROWS }, (_, row) => (row * 7) % CLASSES);
const passage = folder.path("passage.json");
writeFileSync(passage, JSON.stringify({ ids, tokens: ids.map((id, row) => `${id}"${row},\n`) }));

const checkpoint = folder.path("run.checkpoint");
const commands = {
  score: ["score", base, "--top", "2", "--passage", passage],
  compare: ["compare", base, other, "--passage", passage],
};

interface Stops {
  /** Rows per batch. */
  readonly rows: number;
  /** The call during which Ctrl-C is pressed. */
  readonly call: number;
}

/** Runs a command and presses Ctrl-C during the given engine call, if the run gets that far. */
async function run(argv: readonly string[], { rows, call }: Stops, engine: Partial<Seams> = {}) {
  const signals = new EventEmitter();
  // that of another run is not replaced
  if (!argv.includes("--resume")) rmSync(checkpoint, { force: true });
  let calls = 0;
  const loadEngine = async () => async () =>
    standInEngine(() => {
      if (++calls === call) signals.emit("SIGINT", "SIGINT");
    });
  const batchBytes = rows * CLASSES * 4;
  const outcome = await runHere([...argv, "--checkpoint", checkpoint, "--json", "--sums"], {
    signals,
    seams: { loadEngine, batchBytes, ...engine },
  });
  return { ...outcome, json: JSON.parse(outcome.stdout || "null") as Record<string, unknown> };
}

const never = { rows: ROWS, call: Number.POSITIVE_INFINITY };
const without = (json: Record<string, unknown>) => ({ ...json, seconds: undefined });

describe.each(["score", "compare"] as const)("%s", (command) => {
  test("any number of interruptions, any batch size: results, table and page equal those of one run", async () => {
    for (const ending of ["jsonl", "csv", "parquet"]) {
      const table = folder.path(`${command}.${ending}`);
      const report = folder.path(`${command}.html`);
      const argv = [...commands[command], "--tokens", table, "--report", report];
      const whole = await run(argv, never);
      // NaN rows give exit code 2
      expect(whole.code).toBe(2);
      const rowsOfTable = readFileSync(table);
      const page = readFileSync(report, "utf8");
      expect(page).toContain("<!doctype html>");
      const stops = fc.array(fc.record({ rows: fc.integer({ min: 1, max: 9 }), call: fc.integer({ min: 1, max: 6 }) }), {
        minLength: 1,
        maxLength: 3,
      });
      await fc.assert(
        fc.asyncProperty(stops, fc.integer({ min: 1, max: ROWS }), async (times, rows) => {
          writeFileSync(table, "an older table\n");
          let resume: string[] = [];
          for (const time of times) {
            const { code, json, stderr } = await run([...argv, ...resume], time);
            if (code !== 130) {
              expect([code, without(json)]).toEqual([2, without(whole.json)]);
              expect(existsSync(checkpoint)).toBe(false);
              return;
            }
            expect(stderr).toContain("run the same command with --resume to continue");
            expect(json["partial"]).toEqual({ rowsDone: json["rows"], rows: ROWS, checkpoint });
            expect(readFileSync(table, "utf8")).toBe("an older table\n");
            const lines = readFileSync(`${table}${ending === "parquet" ? ".jsonl" : ""}.partial`, "utf8");
            expect(lines.endsWith("\n")).toBe(true);
            resume = ["--resume"];
          }
          const { code, json, stderr } = await run([...argv, ...resume], { ...never, rows });
          expect([code, without(json), stderr]).toEqual([2, without(whole.json), whole.stderr]);
          expect(readFileSync(table).equals(rowsOfTable)).toBe(true);
          expect(readFileSync(report, "utf8") === page).toBe(true);
          expect(existsSync(checkpoint)).toBe(false);
          expect(existsSync(`${table}.partial`)).toBe(false);
        }),
        { numRuns: isLong ? 25 : 8 },
      );
    }
  });

  test("an interrupted run prints the totals of its rows", async () => {
    const { code, json } = await run(commands[command], { rows: 4, call: 2 });
    expect(code).toBe(130);
    const rows = json["rows"] as number;
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(ROWS);
    const cut = (shift: number) => {
      const bytes = model(shift);
      return folder.write(`cut-${shift}.safetensors`, cutTo(bytes, rows));
    };
    const argv = command === "score" ? ["score", cut(0)] : ["compare", cut(0), cut(0.1)];
    const { json: expected } = await run(argv, never);
    const { partial: _, mostSurprising: __, ...totals } = without(json) as Record<string, unknown>;
    expect(totals).toEqual(without(expected));
    const text = await runHere([...commands[command], "--checkpoint", folder.path("text"), "--no-color"], {
      signals: new EventEmitter(),
      seams: { batchBytes: 80 },
    });
    expect(text.stdout).toMatch(/^rows +40 \(1 ignored\)\n/);
  });
});

/** The same file with only its first rows. */
function cutTo(bytes: Uint8Array, rows: number): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const data = bytes.slice(8 + length);
  const logits = new Float32Array(data.buffer.slice(0, rows * CLASSES * 4));
  const start = ROWS * CLASSES * 4;
  const targets = new Int32Array(data.buffer.slice(start, start + rows * 4));
  return safetensorsBytes({
    logits: { dtype: "F32", shape: [rows, CLASSES], data: logits },
    targets: { dtype: "I32", shape: [rows], data: targets },
    token_bytes: { dtype: "U8", shape: [CLASSES], data: data.slice(start + ROWS * 4) },
  });
}

test("a resumed passage keeps its ignored token, its NaN and its infinite loss", async () => {
  const text = async (...more: string[]) => {
    const seams = { batchBytes: 4 * CLASSES * 4 };
    // with colours: an ignored token is the one that has none
    const { stdout } = await runHere([...commands.score, "--checkpoint", checkpoint, ...more], {
      seams,
      env: { FORCE_COLOR: "3" },
    });
    return stdout.replace(/wall time.*/, "");
  };
  const whole = await text();
  expect((await run(commands.score, { rows: 4, call: 5 })).json["rows"]).toBeGreaterThan(9);
  expect(await text("--resume")).toBe(whole);
});

test("on the real engine: the same bits for any number of threads, batch size and interruption", async () => {
  const real = async (argv: readonly string[], threads: number, rows: number, call: number) => {
    const signals = new EventEmitter();
    let calls = 0;
    const loadEngine: Seams["loadEngine"] = async () => async (options) => {
      const engine = await createEngine(options);
      const scoreTokens: typeof engine.scoreTokens = (...args) => {
        if (++calls === call) signals.emit("SIGINT", "SIGINT");
        return engine.scoreTokens(...args);
      };
      return { ...engine, scoreTokens };
    };
    const all = ["score", DEVIL, ...argv, "--threads", String(threads), "--checkpoint", checkpoint, "--json", "--sums"];
    const { code, stdout, stderr } = await runHere(all, { signals, seams: { loadEngine, batchBytes: rows * 4096 * 4 } });
    expect(code, stderr).toBe(Number.isFinite(call) ? 130 : 0);
    return without(JSON.parse(stdout));
  };
  const whole = await real([], 1, 246, Number.POSITIVE_INFINITY);
  expect(await real([], 2, 7, Number.POSITIVE_INFINITY)).toEqual(whole);
  await real([], 2, 7, 3);
  await real(["--resume"], 1, 20, 2);
  expect(await real(["--resume"], 2, 50, Number.POSITIVE_INFINITY)).toEqual(whole);
});

const DEVIL = "examples/data/devil.f32.safetensors";

test("a Parquet table has the rows of the JSON lines", async () => {
  const table = folder.path("read.parquet");
  await run([...commands.score, "--tokens", table], never);
  const lines = folder.path("read.jsonl");
  await run([...commands.score, "--tokens", lines], never);
  const bytes = readFileSync(table);
  const rows = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  const expected = readFileSync(lines, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  // the reader returns undefined for an empty list
  const read = rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, cell ?? null])));
  expect(read).toEqual(expected);
  expect(rows).toHaveLength(ROWS);
});

describe("refused to resume", () => {
  const table = folder.path("refused.jsonl");
  const argv = [...commands.score, "--tokens", table];
  const interrupted = async () => {
    expect((await run(argv, { rows: 4, call: 2 })).code).toBe(130);
  };
  const refused = async (given: readonly string[]) => {
    const { code, stdout, stderr } = await run([...given, "--resume"], never);
    expect([code, stdout]).toEqual([2, ""]);
    return stderr.slice("xent: ".length, -1).replaceAll(checkpoint, "CHECKPOINT").replaceAll(table, "TABLE");
  };

  test("a run with other options or another command: the error lists what differs", async () => {
    await interrupted();
    const ADVICE = "give the files and options of that run, or run without --resume";
    expect(await refused([...argv, "--softcap", "15"])).toBe(
      `CHECKPOINT: belongs to another run: --softcap: none in the checkpoint, 15 now: ${ADVICE}`,
    );
    expect(await refused([...commands.score, "--ignore-index", "-1"])).toBe(
      `CHECKPOINT: belongs to another run: --ignore-index: -100 in the checkpoint, -1 now; ` +
        `--tokens: TABLE in the checkpoint, none now: ${ADVICE}`,
    );
    expect(await refused(commands.compare)).toMatch(
      /^CHECKPOINT: belongs to another run: command: score in the checkpoint, compare now; /,
    );
  });

  test("a run on a changed file, or on another file", async () => {
    await interrupted();
    const later = new Date("2027-01-02T03:04:05Z");
    utimesSync(base, later, later);
    expect(await refused(argv)).toMatch(
      /^CHECKPOINT: belongs to another run: file 1, base.safetensors, last change: 20\S+Z in .*, 2027-01-02T03:04:05.000000000Z now: give/,
    );
    const changed = model(0);
    changed[300] = changed[300] ^ 1;
    const second = folder.write("second.safetensors", changed);
    const given = argv.map((argument) => (argument === base ? second : argument));
    expect(await refused(given)).toMatch(
      /belongs to another run: file 1, base.safetensors, size: \d+ bytes in the checkpoint, none now; .*and [45] more: give/,
    );
  });

  test("no checkpoint, another file in its place", async () => {
    await interrupted();
    expect((await run(argv, never)).code).toBe(2);
    expect(await refused(argv)).toBe("CHECKPOINT: no such checkpoint; run without --resume");
    for (const content of ["", "{}", "null", '{"format":"xent checkpoint 0"}']) {
      writeFileSync(checkpoint, content);
      expect(await refused(argv)).toMatch(/^CHECKPOINT: (is not JSON; )?expected a checkpoint of xent: run without --resume$/);
    }
    // and without --resume it is not replaced
    const { code, stderr } = await runHere([...argv, "--checkpoint", checkpoint]);
    expect([code, stderr]).toEqual([
      1,
      `xent: ${checkpoint}: cannot be written: it is no checkpoint of this version; give --checkpoint another name\n`,
    ]);
    expect(readFileSync(checkpoint, "utf8")).toBe('{"format":"xent checkpoint 0"}');
  });

  test("a table that is missing or became shorter", async () => {
    await interrupted();
    truncateSync(`${table}.partial`, 10);
    expect(await refused(argv)).toMatch(
      /^TABLE.partial: expected at least \d+ bytes, as the checkpoint says, got 10; run without --resume$/,
    );
    await interrupted();
    const { code } = await run([...argv, "--resume"], never);
    expect(code).toBe(2);
    await interrupted();
    rmSync(`${table}.partial`);
    rmSync(table);
    expect(await refused(argv)).toBe("TABLE.partial: no such file, but the checkpoint needs it; run without --resume");
  });

  test("lines written after the checkpoint are cut off", async () => {
    await interrupted();
    appendFileSync(`${table}.partial`, `{"row":99,"half a ${"very ".repeat(10_000)}long li`);
    expect((await run([...argv, "--resume"], never)).code).toBe(2);
    const rows = readFileSync(table, "utf8").trimEnd().split("\n");
    expect(rows.map((line) => JSON.parse(line).row)).toEqual([...Array(ROWS).keys()]);
  });
});

test("a checkpoint that cannot be written: the totals are printed, then the reason", async () => {
  mkdirSync(folder.path("gone"));
  const nowhere = folder.path("gone/x");
  const signals = new EventEmitter();
  const loadEngine = async () => async () =>
    standInEngine(() => {
      rmSync(folder.path("gone"), { recursive: true, force: true });
      signals.emit("SIGINT", "SIGINT");
    });
  const table = folder.path("unsaved.jsonl");
  const argv = ["score", base, "--checkpoint", nowhere, "--tokens", table];
  const { code, stdout, stderr } = await runHere(argv, { signals, seams: { loadEngine, batchBytes: 80 } });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^rows +\d+ of 40, interrupted/);
  expect(stderr).toContain(`xent: ${nowhere}: cannot be written: ENOENT`);
  expect(existsSync(`${table}.partial`)).toBe(false);
});
