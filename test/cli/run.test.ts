import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { runHere } from "./stand-in.js";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

test.each([["--version"], ["-v"]])("%s prints the package's version", async (flag) => {
  expect(await runHere([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("help", () => {
  test.each([
    [["--help"], "usage: xent COMMAND [options]"],
    [["-h"], "usage: xent COMMAND [options]"],
    [["score", "--help"], "usage: xent score FILE [options]"],
    [["score", "-h"], "usage: xent score FILE [options]"],
    [["bench", "--help"], "usage: xent bench [options]"],
    [["info", "--help"], "usage: xent info [options]"],
  ])("%j", async (argv, first) => {
    const { code, stdout, stderr } = await runHere(argv);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")[0]).toBe(first);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("names every option that there is", async () => {
    const { stdout } = await runHere(["score", "--help"]);
    const names = readFileSync("src/cli/score-options.ts", "utf8").matchAll(/^ {4}"?([a-z-]+)"?: "(?:string|boolean)",$/gm);
    const listed = [...names].map((match) => match[1]);
    expect(listed.length).toBeGreaterThan(10);
    for (const name of listed) expect(stdout).toContain(`--${name}`);
  });
});

describe("commands", () => {
  test.each([
    [[], "expected a command: score, bench, info; see xent --help"],
    [["scor"], "scor: no such command; expected score, bench, info; see xent --help"],
    [["toString"], "toString: no such command; expected score, bench, info; see xent --help"],
    [["info", "file"], "xent info: expected no file, got file"],
  ])("%j", async (argv, message) => {
    expect(await runHere(argv)).toEqual({ code: 2, stdout: "", stderr: `xent: ${message}\n` });
  });

  test("a fault of the program is told from bad input", async () => {
    const loadScoreRows = async () => () => {
      throw new Error("broken");
    };
    const argv = ["score", "examples/data/devil.f32.safetensors"];
    const { code, stdout, stderr } = await runHere(argv, { seams: { loadScoreRows } });
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
