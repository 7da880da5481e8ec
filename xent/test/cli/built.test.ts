import { spawn, spawnSync } from "node:child_process";
import { existsSync, openSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { npyBytes, npyDict, temporaryFolder } from "../files/written.js";

/** The command as installed: the built file in its own process, on the real kernels. */

const MAIN = "xent/build/cli/main.js";
const DEVIL = "examples/data/devil.f32.safetensors";
const PASSAGE = ["--passage", "examples/data/devil.tokens.json"];
const folder = temporaryFolder();

beforeAll(() => {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
});

function xent(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  const result = spawnSync(process.execPath, [MAIN, ...argv], { encoding: "utf8", env: { ...inherited, ...env } });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

describe.each(["devil", "widget"])("%s", (name) => {
  test.each([[[]], [["--deterministic"]]])("totals match the independently computed ones %j", (options) => {
    const { code, stdout, stderr } = xent(["score", `examples/data/${name}.f32.safetensors`, "--json", ...options]);
    expect([code, stderr]).toEqual([0, ""]);
    const report = JSON.parse(stdout);
    const { f32 } = JSON.parse(readFileSync(`examples/data/${name}.expected.json`, "utf8"));
    expect(report).toMatchObject({ tokens: f32.tokens, bytes: f32.bytes, accuracy: f32.accuracy });
    // the kernels' f32 losses are within 1e-7 of f64; e^mean of a mean near 5 multiplies that error
    for (const [value, wanted] of [
      [report.nats, f32.nats],
      [report.meanLoss, f32.mean],
      [report.bitsPerToken, f32.bits_per_token],
      [report.bitsPerByte, f32.bits_per_byte],
      [report.perplexity, f32.perplexity],
      [report.perplexityStderr, f32.perplexity_stderr],
    ]) {
      expect(Math.abs(value / wanted - 1)).toBeLessThan(1e-6);
    }
  });
});

test("score --passage prints totals and passage, plain into a pipe", () => {
  const { code, stdout, stderr } = xent(["score", ...PASSAGE, DEVIL]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^rows {12}246\n/);
  expect(stdout).toContain("WHEAT, n.  A cereal");
  expect(stdout).not.toContain("\x1b");
});

test("FORCE_COLOR colours a pipe, NO_COLOR does not", () => {
  expect(xent(["score", ...PASSAGE, DEVIL], { FORCE_COLOR: "3" }).stdout).toContain("\x1b[38;2;");
  expect(xent(["score", ...PASSAGE, DEVIL], { FORCE_COLOR: "3", NO_COLOR: "1" }).stdout).not.toContain("\x1b");
});

test("softcap, temperature and ignore index change the result by their formulas", () => {
  const logits = folder.write("logits.npy", npyBytes(npyDict("<f4", [2, 2]), Float32Array.of(3, 0, 0, 5)));
  const targets = folder.write("targets.npy", npyBytes(npyDict("<i4", [2]), Int32Array.of(0, -7)));
  const options = ["--ignore-index", "-7", "--softcap", "2", "--temperature", "0.5", "--json"];
  const { code, stdout } = xent(["score", "--logits", logits, "--targets", targets, ...options]);
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.tokens).toBe(1);
  // the kernels' stated accuracy
  expect(Math.abs(report.nats - Math.log1p(Math.exp((-2 * Math.tanh(1.5)) / 0.5)))).toBeLessThan(1e-7);
});

test("NaN and +inf logits: totals on stdout, one line on stderr, exit code 2", () => {
  const values = Float32Array.of(1, 2, Number.NaN, 2, Infinity, 0, 3, 1);
  const logits = folder.write("nan.npy", npyBytes(npyDict("<f4", [4, 2]), values));
  const targets = folder.write("ids.npy", npyBytes(npyDict("<i4", [4]), Int32Array.of(0, 1, 0, 0)));
  const { code, stdout, stderr } = xent(["score", "--logits", logits, "--targets", targets, "--json"]);
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ rows: 4, nanRows: 2, nats: null });
  expect(stderr).toBe(
    `xent: ${logits}: 2 of 4 rows have a NaN loss, the first is row 1, where class 0 is NaN; ` +
      "fix the logits at their source, or set the targets of these rows to the ignore index (-100)\n",
  );
});

test("f64 logits that float32 cannot hold", () => {
  const targets = folder.write("ids.npy", npyBytes(npyDict("<i4", [1]), Int32Array.of(0)));
  const causeOf = (row: Float64Array) => {
    const logits = folder.write("overflow.npy", npyBytes(npyDict("<f8", [1, 2]), row));
    const { code, stderr } = xent(["score", "--logits", logits, "--targets", targets]);
    return [code, /where (.*?); fix the logits/.exec(stderr)?.[1]];
  };
  expect(causeOf(Float64Array.of(0, 1e39))).toEqual([2, "class 1 is 1e+39, which float32 cannot hold"]);
  expect(causeOf(Float64Array.of(-1e39, -1e39))).toEqual([2, "every class is -inf"]);
});

test("bad input: nothing on stdout, one line on stderr, exit code 2", () => {
  expect(xent(["score", "no-such-file"])).toEqual({
    code: 2,
    stdout: "",
    stderr: "xent: no-such-file: no such file; check the path\n",
  });
});

test("info and --version", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(xent(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  const facts = JSON.parse(xent(["info", "--json"]).stdout);
  expect(facts).toMatchObject({ version, node: process.versions.node, simd: true });
  expect(["plain", "relaxed"]).toContain(facts.variant);
  expect(facts.memoryBytes).toBeLessThanOrEqual(8 * 2 ** 20);
});

test("a reader that closes the pipe ends the output quietly", async () => {
  const child = spawn(process.execPath, [MAIN, "score", ...PASSAGE, DEVIL], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect([code, stderr]).toEqual([0, ""]);
});

test.skipIf(!existsSync("/dev/full"))("a full disk is reported, with exit code 1", () => {
  const result = spawnSync(process.execPath, [MAIN, "score", DEVIL], {
    encoding: "utf8",
    stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
  });
  expect(result.status).toBe(1);
  expect(result.stderr).toMatch(/^xent: stdout: cannot be written: ENOSPC[^\n]*\n$/);
});
