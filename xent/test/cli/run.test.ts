import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { COMPARE_OPTION_KINDS } from "../../src/cli/compare-options.js";
import { RUN_OPTION_KINDS } from "../../src/cli/run-options.js";
import { SCORE_OPTION_KINDS } from "../../src/cli/score-options.js";
import { runHere, standInEngine } from "./stand-in.js";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

test.each([["--version"], ["-v"]])("%s prints the package's version", async (flag) => {
  expect(await runHere([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("help", () => {
  test.each([
    [["--help"], "usage: xent COMMAND [options]"],
    [["-h"], "usage: xent COMMAND [options]"],
    [["score", "--help"], "usage: xent score LOGITS [--targets FILE] [--token-bytes FILE] [options]"],
    [["score", "-h"], "usage: xent score LOGITS [--targets FILE] [--token-bytes FILE] [options]"],
    [["compare", "--help"], "usage: xent compare BASE OTHER [--targets FILE] [options]"],
    [["bench", "--help"], "usage: xent bench [options]"],
    [["info", "--help"], "usage: xent info [options]"],
  ])("%j", async (argv, first) => {
    const { code, stdout, stderr } = await runHere(argv);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")[0]).toBe(first);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test.each([
    ["score", { ...SCORE_OPTION_KINDS, ...RUN_OPTION_KINDS }],
    ["compare", { ...COMPARE_OPTION_KINDS, ...RUN_OPTION_KINDS }],
  ])("of %s names every option that there is, each once, and no other", async (command, kinds) => {
    const { stdout } = await runHere([command, "--help"]);
    const told = Array.from(stdout.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)( [A-Z]+)? /gm), ([, name, value]) => [name, value]);
    const known = Object.entries(kinds).map(([name, kind]) => [name, kind === "string" ? expect.any(String) : undefined]);
    expect(told.sort()).toEqual([...known, ["help", undefined]].sort());
  });
});

describe("commands", () => {
  test.each([
    [[], "expected a command: score, compare, bench, info; see xent --help"],
    [["scor"], "scor: no such command; expected score, compare, bench, info; see xent --help"],
    [["toString"], "toString: no such command; expected score, compare, bench, info; see xent --help"],
    [["info", "file"], "xent info: expected no file, got file"],
  ])("%j", async (argv, message) => {
    expect(await runHere(argv)).toEqual({ code: 2, stdout: "", stderr: `xent: ${message}\n` });
  });

  test("a fault of the program is told from bad input", async () => {
    const broken = () => {
      throw new Error("broken");
    };
    const loadEngine = async () => async () => standInEngine(broken);
    const argv = ["score", "examples/data/devil.f32.safetensors"];
    const { code, stdout, stderr } = await runHere(argv, { seams: { loadEngine } });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^xent: this is a fault of xent, please report it: Error: broken\n/);
  });
});

describe("info", () => {
  test("prints what the package runs on", async () => {
    const { code, stdout } = await runHere(["info"]);
    expect(code).toBe(0);
    expect(stdout.replace(/^(node|processor) +.*/gm, "$1")).toBe(`wasm-cross-entropy  9.9.9
node
processor
plain SIMD          yes
relaxed SIMD        no
kernels used        plain
WASM memory         4194304 bytes
`);
    expect(stdout).toMatch(/^processor {11}.+ \(\d+ cores\)$/m);
  });

  test("--json", async () => {
    const facts = JSON.parse((await runHere(["info", "--json"])).stdout);
    expect(facts).toEqual({
      version: "9.9.9",
      node: process.versions.node,
      cpu: expect.any(String),
      cores: expect.any(Number),
      simd: true,
      relaxedSimd: false,
      variant: "plain",
      memoryBytes: 4_194_304,
    });
  });
});
