import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { safetensorsBytes, temporaryFolder } from "../files/written.js";
import { runHere, standInEngine } from "./stand-in.js";

/** Outputs never take the place of inputs, of each other, of anything but a file, or of another run's. */

const folder = temporaryFolder();
let folders = 0;

const ROWS = 40;
const bytes = safetensorsBytes({
  logits: { dtype: "F32", shape: [ROWS, 2], data: Float32Array.from({ length: ROWS * 2 }, (_, index) => Math.sin(index)) },
  targets: { dtype: "I32", shape: [ROWS], data: Int32Array.from({ length: ROWS }, (_, index) => index % 2) },
});
const passage = JSON.stringify({ ids: Array.from({ length: ROWS }, (_, i) => i % 2), tokens: new Array(ROWS).fill("x") });

/** A folder with an input and a passage. */
function place() {
  const path = folder.path(`out-${folders++}`);
  mkdirSync(path);
  const at = (name: string) => join(path, name);
  writeFileSync(at("a.safetensors"), bytes);
  writeFileSync(at("passage.json"), passage);
  return { path, at, input: at("a.safetensors"), names: () => readdirSync(path).sort() };
}

const score = (...argv: string[]) => runHere(["score", ...argv], { seams: { batchBytes: 32 } });

describe("an output that is an input", () => {
  test.each(["--report", "--tokens", "--checkpoint"])("%s: refused whatever its spelling, the input stays", async (option) => {
    const { path, at, input, names } = place();
    linkSync(input, at("hard.csv"));
    symlinkSync(input, at("soft.csv"));
    symlinkSync(path, at("here"));
    const before = names();
    const spelled = [at("hard.csv"), at("soft.csv"), join(path, "here", "hard.csv"), relative(".", at("hard.csv"))];
    for (const output of spelled) {
      const { code, stdout, stderr } = await score(input, option, output);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toBe(
        `xent: ${output}: cannot be written: ${option} and the input ${input} are the same file; give another name\n`,
      );
    }
    expect([names(), readFileSync(input).equals(bytes), lstatSync(at("soft.csv")).isSymbolicLink()]).toEqual([
      before,
      true,
      true,
    ]);
  });

  test("the passage, an index, and a table's unfinished file", async () => {
    const { at, input, names } = place();
    const { stderr } = await score(input, "--passage", at("passage.json"), "--report", at("passage.json"));
    expect(stderr).toContain(`--report and the input ${at("passage.json")} are the same file`);
    writeFileSync(at("m.index.json"), JSON.stringify({ weight_map: { logits: "a.safetensors" } }));
    expect((await score(at("m.index.json"), "--checkpoint", at("m.index.json"))).stderr).toContain("are the same file");
    writeFileSync(at("t.csv.partial"), bytes);
    writeFileSync(at("p.parquet.jsonl.partial"), bytes);
    const before = names();
    for (const [table, unfinished] of [
      ["t.csv", "t.csv.partial"],
      ["p.parquet", "p.parquet.jsonl.partial"],
    ] as const) {
      const ran = await score(at(unfinished), "--tokens", at(table));
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("it is first written as")]);
      expect(readFileSync(at(unfinished)).equals(bytes)).toBe(true);
    }
    expect(names()).toEqual(before);
  });

  test("two outputs at one file, also before it exists, and at each other's unfinished files", async () => {
    const { path, at, input, names } = place();
    symlinkSync(path, at("here"));
    const before = names();
    for (const [table, option, other, reason] of [
      ["t.csv", "--report", "t.csv", "--tokens and --report are the same file; give another name"],
      ["t.csv", "--report", "here/t.csv", "--tokens and --report are the same file; give another name"],
      ["here/t.csv", "--checkpoint", "./t.csv", "--checkpoint and --tokens are the same file; give another name"],
      ["t.csv", "--report", "t.csv.partial", "which is --report; give --tokens another name"],
      ["t.csv", "--report", "here/t.csv.lock", "which is --report; give --tokens another name"],
      ["t.parquet", "--report", "t.parquet.jsonl.partial", "which is --report; give --tokens another name"],
      ["t.csv", "--checkpoint", "t.csv.partial", "--checkpoint and the unfinished file of --tokens are the same file"],
      ["t.csv", "--checkpoint", "t.csv.lock", "--checkpoint and the unfinished file of --tokens are the same file"],
    ] as const) {
      const { code, stdout, stderr } = await score(input, "--tokens", at(table), option, join(path, other));
      expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(reason)]);
    }
    expect(names()).toEqual(before);
  });
});

describe.skipIf(process.platform === "win32")("an output that is no file", () => {
  test("pipes and folders stay, also behind a link; a link to nothing is replaced", async () => {
    const { at, input, names } = place();
    execFileSync("mkfifo", [at("pipe.csv"), at("t.csv.partial")]);
    mkdirSync(at("folder.csv"));
    symlinkSync(at("pipe.csv"), at("link.csv"));
    const before = names();
    for (const option of ["--tokens", "--report", "--checkpoint"]) {
      for (const [name, kind] of [
        ["pipe.csv", "a pipe"],
        ["link.csv", "a pipe"],
        ["folder.csv", "a folder"],
      ] as const) {
        const { code, stderr } = await score(input, option, at(name));
        expect([code, stderr]).toEqual([1, `xent: ${at(name)}: cannot be written: it is ${kind}; give the name of a file\n`]);
      }
    }
    expect((await score(input, "--tokens", at("t.csv"))).stderr).toContain("t.csv.partial, which is a pipe");
    expect(names()).toEqual(before);
    symlinkSync(at("nowhere"), at("new.csv"));
    symlinkSync(at("elsewhere"), at("new.csv.partial"));
    expect((await score(input, "--tokens", at("new.csv"))).code).toBe(0);
    expect([lstatSync(at("new.csv")).isFile(), existsSync(at("nowhere")), existsSync(at("elsewhere"))]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("two runs at one table", () => {
  /** Starts a run that waits before its second batch until it is let go. */
  function held(argv: readonly string[]) {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let arrived = () => {};
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const loadEngine = async () => async () =>
      standInEngine(() => {
        arrived();
        return gate;
      });
    return { ended: runHere(argv, { seams: { loadEngine, batchBytes: 32 } }), waiting, letGo };
  }

  test.each(["t.csv", "t.jsonl", "t.parquet"])("%s: the second is refused by name, the first ends whole", async (name) => {
    const { at, input, names } = place();
    await score(input, "--tokens", at(`alone-${name}`));
    const first = held(["score", input, "--tokens", at(name)]);
    await first.waiting;
    const second = await score(input, "--temperature", "2", "--tokens", at(name));
    expect([second.code, second.stdout]).toEqual([1, ""]);
    expect(second.stderr).toMatch(
      /cannot be written: another run is writing it \(process \d+ on .*\); wait for it, or remove \S+\.lock/,
    );
    first.letGo();
    expect((await first.ended).code).toBe(0);
    expect(readFileSync(at(name)).equals(readFileSync(at(`alone-${name}`)))).toBe(true);
    expect(names()).toEqual(["a.safetensors", `alone-${name}`, "passage.json", name].sort());
  });

  test("two runs at one report both write it whole", async () => {
    const { at, input, names } = place();
    const [first, second] = [0, 1].map((temperature) =>
      held(["score", input, "--temperature", String(temperature + 1), "--report", at("r.html")]),
    );
    await Promise.all([first?.waiting, second?.waiting]);
    first?.letGo();
    second?.letGo();
    expect([(await first?.ended)?.code, (await second?.ended)?.code]).toEqual([0, 0]);
    expect(readFileSync(at("r.html"), "utf8")).toMatch(/<\/html>\s*$/);
    expect(names()).toEqual(["a.safetensors", "passage.json", "r.html"]);
  });

  test("a run whose file was taken over says so, and leaves the other's alone", async () => {
    for (const replaced of ["t.csv.partial", "t.csv.lock"]) {
      const { at, input, names } = place();
      writeFileSync(at("t.csv"), "an older table");
      const run = held(["score", input, "--tokens", at("t.csv")]);
      await run.waiting;
      // as a run does that takes this one for dead
      renameSync(at(replaced), at("gone"));
      writeFileSync(at(replaced), "another run's");
      run.letGo();
      const { code, stdout, stderr } = await run.ended;
      expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining("another run has taken over")]);
      expect([readFileSync(at("t.csv"), "utf8"), readFileSync(at(replaced), "utf8")]).toEqual([
        "an older table",
        "another run's",
      ]);
      expect(names()).toContain(replaced);
    }
  });

  test("of two runs that find a dead lock, the slower one puts back the new lock of the faster", async () => {
    const { at, input } = place();
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const dead = `${pid} ${hostname()} 0`;
    writeFileSync(at("t.csv.lock"), dead);
    const living = `${process.ppid} ${hostname()} 1`;
    // between the look at the dead lock and its removal
    const kill = vi.spyOn(process, "kill").mockImplementation((number) => {
      if (number === pid) writeFileSync(at("t.csv.lock"), living);
      throw Object.assign(new Error("ESRCH"), { code: "ESRCH" });
    });
    const { code, stderr } = await score(input, "--tokens", at("t.csv"));
    kill.mockRestore();
    expect([code, stderr]).toEqual([1, expect.stringContaining(`another run is writing it (process ${process.ppid} on`)]);
    expect(readFileSync(at("t.csv.lock"), "utf8")).toBe(living);
  });

  test("a lock that nobody has written for long is nobody's", async () => {
    const { at, input, names } = place();
    writeFileSync(at("t.csv.lock"), "");
    utimesSync(at("t.csv.lock"), 0, 0);
    expect((await score(input, "--tokens", at("t.csv"))).code).toBe(0);
    expect(names()).toEqual(["a.safetensors", "passage.json", "t.csv"]);
  });

  test("the lock of a dead process is taken over, with its unfinished table; that of another machine is not", async () => {
    const { at, input, names } = place();
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(at("t.csv.lock"), `${pid} ${hostname()}`);
    writeFileSync(at("t.csv.partial"), "row,target\n0,");
    expect((await score(input, "--tokens", at("t.csv"))).code).toBe(0);
    expect(names()).toEqual(["a.safetensors", "passage.json", "t.csv"]);
    // in a container that was started again the dead run had our number
    writeFileSync(at("t.csv.lock"), `${process.pid} ${hostname()}`);
    expect((await score(input, "--tokens", at("t.csv"))).code).toBe(0);
    for (const holder of ["1 another-machine", `${process.ppid} ${hostname()}`, ""]) {
      writeFileSync(at("t.csv.lock"), holder);
      const { code, stderr } = await score(input, "--tokens", at("t.csv"));
      expect([code, stderr]).toEqual([1, expect.stringContaining(`or remove ${at("t.csv.lock")} if there is no such run`)]);
      expect(readFileSync(at("t.csv.lock"), "utf8")).toBe(holder);
    }
  });
});

describe("what ended runs have left", () => {
  const mark = createHash("sha256").update(hostname()).digest("hex").slice(0, 6);

  test("is told and removed; what a living run or another machine may need is not", async () => {
    const { at, input, names } = place();
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    const left = (name: string, number: number | undefined, machine: string) => `${name}.${number}-${machine}-01234567.partial`;
    const dead = ["r.html", "t.parquet", "t.parquet.jsonl.lock", "c"].map((name) => left(name, pid, mark));
    // in a container that was started again the dead run had our number
    dead.push(left("r.html", process.pid, mark), "t.parquet.jsonl.partial");
    const kept = [left("r.html", process.ppid, mark), left("r.html", pid, "abcdef"), "r.html.partial", "r.html.1-2.partial"];
    for (const name of [...dead, ...kept]) writeFileSync(at(name), "left");
    const { code, stderr } = await score(
      ...[input, "--report", at("r.html"), "--tokens", at("t.parquet"), "--checkpoint", at("c")],
    );
    expect([code, names()]).toEqual([0, ["a.safetensors", "passage.json", "r.html", "t.parquet", ...kept].sort()]);
    for (const name of dead) expect(stderr).toContain(`xent: ${at(name)}: left by an earlier run, removed`);
    expect(stderr).toContain(`xent: ${at(left("r.html", pid, "abcdef"))}: left by a run on another machine; remove it if`);
    expect(stderr.split("\n")).toHaveLength(dead.length + 2);
  });
});

describe.skipIf(process.platform === "win32")("an output that cannot be written is told before the work", () => {
  const atWork = () => {
    throw new Error("it was at work");
  };
  const early = (...argv: string[]) =>
    runHere(["score", ...argv], { seams: { loadEngine: async () => async () => standInEngine(atWork) } });

  test("a name that is too long while the file is unfinished, a folder that is none", async () => {
    const { at, input, names } = place();
    const before = names();
    for (const option of ["--report", "--tokens", "--checkpoint"]) {
      for (const [path, reason] of [
        [
          at(`${"n".repeat(235)}.csv`),
          /ENAMETOOLONG: the name is too long: while the file is unfinished, 40 characters are added/,
        ],
        [at("no/such.csv"), /ENOENT: there is no such folder/],
        [at("a.safetensors/t.csv"), /ENOTDIR: a part of the path is not a folder/],
      ] as const) {
        const { code, stdout, stderr } = await early(input, option, path);
        expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(reason)]);
        expect(stderr).toMatch(/^xent: [^\n]{1,300}\n$/);
      }
    }
    expect(names()).toEqual(before);
  });

  test("a file that others may not read is replaced by one that they may not read either", async () => {
    const { at, input } = place();
    const outputs = ["r.html", "t.csv", "t.parquet"];
    for (const name of outputs) writeFileSync(at(name), "private", { mode: 0o600 });
    await score(input, "--report", at("r.html"), "--tokens", at("t.csv"));
    await score(input, "--tokens", at("t.parquet"));
    expect(outputs.map((name) => [statSync(at(name)).mode & 0o777, statSync(at(name)).size > 7])).toEqual(
      outputs.map(() => [0o600, true]),
    );
  });
});

describe.skipIf(process.platform === "win32")("stdout and stderr", () => {
  test("directed to an input or an output: refused", async () => {
    const { at, input, names } = place();
    writeFileSync(at("t.csv"), "an older table");
    const before = names();
    const through = (stdout: string, stderr: string, ...argv: string[]) => {
      const files = [stdout, stderr].map((name) => openSync(at(name), "a"));
      const { status } = spawnSync(process.execPath, ["xent/build/cli/main.js", "score", input, ...argv], {
        stdio: ["ignore", ...files],
      });
      for (const file of files) closeSync(file);
      return [status, readFileSync(at(stderr), "utf8")];
    };
    expect(through("a.safetensors", "log")).toEqual([
      1,
      `xent: stdout: cannot be written: it is the input ${input}; direct it to another file\n`,
    ]);
    for (const [stdout, stderr] of [
      ["t.csv", "log"],
      ["out", "log"],
    ] as const) {
      rmSync(at("log"));
      const path = stdout === "out" ? at("log") : at("t.csv");
      const told = through(stdout, stderr, "--report", path);
      const stream = stdout === "out" ? "stderr" : "stdout";
      expect(told).toEqual([1, expect.stringContaining(`--report and ${stream} are the same file; give another name`)]);
    }
    expect(readFileSync(input).equals(bytes)).toBe(true);
    expect([readFileSync(at("t.csv"), "utf8"), names()]).toEqual(["an older table", [...before, "log", "out"].sort()]);
  });
});
