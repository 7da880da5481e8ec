import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runHere, standInEngine } from "./stand-in.js";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

test.each([["--version"], ["-v"]])("%s prints the version", async (flag) => {
  expect(await runHere([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("help", () => {
  test.each([
    [["--help"], "Usage: xent [options] [command]"],
    [["-h"], "Usage: xent [options] [command]"],
    [["help"], "Usage: xent [options] [command]"],
    [["score", "--help"], "Usage: xent score [options] [LOGITS...]"],
    [["help", "score"], "Usage: xent score [options] [LOGITS...]"],
    [["score", "-h"], "Usage: xent score [options] [LOGITS...]"],
    [["compare", "--help"], "Usage: xent compare [options] <BASE> <OTHER>"],
    [["eval", "--help"], "Usage: xent eval [options]"],
    [["bench", "--help"], "Usage: xent bench [options]"],
    [["info", "--help"], "Usage: xent info [options]"],
  ])("%j", async (argv, first) => {
    const { code, stdout, stderr } = await runHere(argv);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")[0]).toBe(first);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("names the defaults, and ends with examples", async () => {
    const { stdout } = await runHere(["score", "--help"]);
    expect(stdout).toMatch(/--ignore-index <N> .*\(default: -100\)/);
    expect(stdout).toMatch(/\nExamples:\n {2}xent score model\.safetensors\n/);
  });
});

describe("commands", () => {
  test.each([
    [[], "expected a command: score, compare, convert, merge, eval, worker, bench, info; see xent --help"],
    [["scor"], "unknown command 'scor' (Did you mean score?); see xent --help"],
    [["toString"], "unknown command 'toString'; see xent --help"],
    [["--json"], "unknown option '--json'; see xent --help"],
    [["info", "file"], "too many arguments for 'info'. Expected 0 arguments but got 1; see xent info --help"],
  ])("%j", async (argv, message) => {
    expect(await runHere(argv)).toEqual({ code: 2, stdout: "", stderr: `xent: ${message}\n` });
  });

  test("a bug is reported differently from bad input", async () => {
    const broken = () => {
      throw new Error("broken");
    };
    const loadEngine = async () => async () => standInEngine(broken);
    const argv = ["score", "examples/data/devil.f32.safetensors"];
    const { code, stdout, stderr } = await runHere(argv, { seams: { loadEngine } });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^xent: this is a bug in xent, please report it: Error: broken\n/);
  });
});

describe("info", () => {
  test("prints versions, processor, SIMD support and kernels", async () => {
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
