import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import type { Result } from "../../src/bench/types.js";
import { runHere } from "./stand-in.js";

describe("options", () => {
  test.each([
    [[], "usual: 7 rounds of 0.02 s\n"],
    [["--rows", "4", "--classes", "50"], "4x50: 7 rounds of 0.02 s\n"],
    [["--rounds", "3", "--min-time", "0.5"], "usual: 3 rounds of 0.0005 s\n"],
  ])("%j", async (argv, stdout) => {
    expect(await runHere(["bench", ...argv])).toEqual({ code: 0, stdout, stderr: "" });
  });

  test.each([
    [["--rows", "4"], "--rows and --classes: expected both or neither, got only one"],
    [["--classes", "4"], "--rows and --classes: expected both or neither, got only one"],
    [["--rows", "0", "--classes", "4"], '--rows: expected an integer above 0, got "0"'],
    [["--rows", "4", "--classes", "1.5"], '--classes: expected an integer above 0, got "1.5"'],
    [["--rounds", "none"], '--rounds: expected an integer above 0, got "none"'],
    [["--min-time", "-1"], '--min-time: expected a number above 0, got "-1"'],
    [["--min-time", "Infinity"], '--min-time: expected a number above 0, got "Infinity"'],
    [["--rows", "65536", "--classes", "1025"], "--rows 65536 --classes 1025: expected at most 67108864 logits, got 67174400"],
    [["file"], "too many arguments for 'bench'. Expected 0 arguments but got 1; see xent bench --help"],
    [["--round", "3"], "unknown option '--round' (Did you mean --rounds?); see xent bench --help"],
    [["--fast"], "unknown option '--fast'; see xent bench --help"],
  ])("%j is bad usage", async (argv, message) => {
    expect(await runHere(["bench", ...argv])).toEqual({ code: 2, stdout: "", stderr: `xent: ${message}\n` });
  });
});

test("progress goes to stderr, in a terminal only, and is removed", async () => {
  const { stdout, stderr } = await runHere(["bench"], { isTTY: true });
  expect(stdout).toBe("usual: 7 rounds of 0.02 s\n");
  expect(stderr).toBe("\r\x1b[Kround 1\r\x1b[K");
});

describe("built", () => {
  const argv = ["xent/build/cli/main.js", "bench", "--rows", "3", "--classes", "17", "--rounds", "1", "--min-time", "0.01"];
  const execArgv = process.execArgv.filter((flag) => flag.startsWith("--experimental-wasm"));
  const run = (...more: string[]) => execFileSync(process.execPath, [...execArgv, ...argv, ...more], { encoding: "utf8" });

  test("--json contains the figures of every contender, checked against the loop", () => {
    const result: Result = JSON.parse(run("--json"));
    expect(result.shapes.map(({ label }) => label)).toEqual(["loss", "loss and gradient"]);
    for (const { rows, classes, contenders } of result.shapes) {
      expect([rows, classes]).toEqual([3, 17]);
      const ids = contenders.map(({ id }) => id);
      expect(ids.slice(0, 3)).toEqual(["js-loop", "plain-js", "plain-memory"]);
      expect([...ids, ...Object.keys(result.missing)]).toHaveLength(5);
      for (const { nsPerElement, rowError, bound } of contenders) {
        expect(nsPerElement.q1).toBe(nsPerElement.median); // of one sample
        expect(rowError).toBeLessThanOrEqual(bound);
      }
    }
  });

  test("prints a table", () => {
    const [title, machine, , heading, ...lines] = run().split("\n");
    expect(title).toBe("crossEntropy(logits, targets), alone and with its gradient");
    expect(machine).toContain(`Node ${process.versions.node}`);
    expect(heading).toMatch(/^function +contender +ns\/element/);
    expect(lines[0]).toMatch(/^loss +plain JS loop +\d/);
  });
});
