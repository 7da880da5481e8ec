import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../files/written.js";

/** Outputs that the built command cannot write: nothing is left half-written, and an existing file stays. */

const folder = temporaryFolder();
const DEVIL = "examples/data/devil.f32.safetensors";

function xent(argv: readonly string[], limit = "") {
  const command = `${limit} exec "$0" xent/build/cli/main.js "$@"`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command, process.execPath, "score", DEVIL, ...argv], {
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

/** The unfinished files and locks of an output. */
function partialsOf(path: string): string[] {
  return readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.`));
}

describe.skipIf(process.platform === "win32")("--tokens", () => {
  test.each(["jsonl", "csv", "parquet"])("a file that may not grow: .%s", (ending) => {
    const table = folder.path(`limited.${ending}`);
    writeFileSync(table, "an older table\n");
    // limit: 4 KiB per file
    const { code, stdout, stderr } = xent(["--tokens", table], "ulimit -f 4;");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^xent: \S+limited\.\S+: cannot be written: EFBIG[^\n]*\n$/);
    expect(readFileSync(table, "utf8")).toBe("an older table\n");
    expect(partialsOf(table)).toEqual([]);
  });

  test("a missing folder, and a folder in place of the file", () => {
    const nowhere = folder.path("no/such/tokens.csv");
    expect(xent(["--tokens", nowhere])).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^xent: \S+tokens\.csv: cannot be written: ENOENT[^\n]*\n$/),
    });
    const place = folder.path("folder.jsonl");
    mkdirSync(place);
    const { code, stdout, stderr } = xent(["--tokens", place]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(`xent: ${place}: cannot be written: it is a folder; give the name of a file\n`);
    expect(existsSync(`${place}.partial`)).toBe(false);
  });
});

describe.skipIf(process.platform === "win32")("--report", () => {
  test("a missing folder is reported before the work", () => {
    const { code, stdout, stderr } = xent(["--report", folder.path("no/such/report.html"), "--tokens", folder.path("t.csv")]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^xent: \S+report\.html: cannot be written: ENOENT[^\n]*\n$/);
    for (const name of ["t.csv", "t.csv.partial"]) expect(existsSync(folder.path(name))).toBe(false);
  });

  test("a file that may not grow: an existing file stays", () => {
    const report = folder.path("report.html");
    writeFileSync(report, "an older report");
    const { code, stdout, stderr } = xent(["--report", report], "ulimit -f 4;");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^xent: \S+report\.html: cannot be written: EFBIG[^\n]*\n$/);
    expect([readFileSync(report, "utf8"), partialsOf(report)]).toEqual(["an older report", []]);
  });
});

test("an input error in the middle leaves no table", async () => {
  const table = folder.path("none.jsonl");
  const passage = folder.path("wrong.json");
  const tokens = JSON.parse(readFileSync("examples/data/devil.tokens.json", "utf8"));
  tokens.ids[200] = 9;
  writeFileSync(passage, JSON.stringify(tokens));
  const { code, stderr } = xent(["--tokens", table, "--passage", passage]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("ids[200]: expected")]);
  expect([existsSync(table), existsSync(`${table}.partial`)]).toEqual([false, false]);
});

test.skipIf(process.platform === "win32")("too many open files: one line, exit code 2, and nothing is left", () => {
  const outcomes = [20, 26, 32, 38, 44].map((limit) => {
    const [table, report] = [folder.path(`open-${limit}.csv`), folder.path(`open-${limit}.html`)];
    const { code, stdout, stderr } = xent(["--tokens", table, "--report", report, "--threads", "1"], `ulimit -n ${limit};`);
    if (code === 0) return "complete";
    const isTold = code === 2 && stdout === "" && /^xent: [^\n]*(too many open files|EMFILE)[^\n]*\n$/.test(stderr);
    return isTold && partialsOf(table).length + partialsOf(report).length === 0 ? "told" : `${code} ${stderr}`;
  });
  expect(outcomes.filter((outcome) => outcome !== "told" && outcome !== "complete")).toEqual([]);
  expect(outcomes[0]).toBe("told");
});
