// Packs the package, lints the tarball (publint, attw) and uses it in an empty folder as a user would: `npm install TARBALL`,
// then crossEntropy from an ES module, the deterministic and reference entries, the raw kernels, and the command.
// `--nodes 22,24,26` runs the program on those Node versions too (they come as npm packages).
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({ options: { nodes: { type: "string", default: "" } } });
const work = mkdtempSync(join(tmpdir(), "wasm-cross-entropy-"));
// npm's own variables of the surrounding `npm test` must not steer the npm of the empty folder
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));

/** Runs a command, its output shown only when it fails. */
function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    process.stderr.write(`${command} ${args.join(" ")}\n${error.stdout ?? ""}${error.stderr ?? ""}\n`);
    process.exit(1);
  }
}

const program = `
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createEngine, crossEntropy, info } from "wasm-cross-entropy";
import * as deterministic from "wasm-cross-entropy/deterministic";
import * as reference from "wasm-cross-entropy/reference";
import { instantiateKernels } from "wasm-cross-entropy/kernels";

const logits = new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]);
const expected = reference.crossEntropy(logits, [0, 1]);
assert.ok(Math.abs(expected - 0.3853622) < 1e-7);
assert.ok(Math.abs(crossEntropy(logits, [0, 1]) - expected) < 1e-7);
assert.ok(Math.abs(deterministic.crossEntropy(logits, [0, 1]) - expected) < 1e-7);

const memory = new WebAssembly.Memory({ initial: 1 });
new Float32Array(memory.buffer, 64, 3).set([2, 1, 0.5]);
instantiateKernels(memory, "plain").rowMax(64, 1, 3, 3, 1024);
assert.equal(new Float32Array(memory.buffer, 1024, 1)[0], 2);

const engine = await createEngine({ threads: 2 });
const many = new Float32Array(2e6).map((_, i) => i % 7);
const classes = new Int32Array(2000).fill(3);
assert.equal(await engine.crossEntropy(many, classes), crossEntropy(many, classes));
await engine.close();

const wasm = readFileSync(createRequire(import.meta.url).resolve("wasm-cross-entropy/kernels-plain.wasm"));
assert.ok(WebAssembly.validate(wasm));
console.log(process.version, info().variant, crossEntropy(logits, [0, 1]));
`;

try {
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", work], root));
  const tarball = join(work, packed.filename);
  console.log(
    `${packed.filename}: ${statSync(tarball).size} bytes packed, ${packed.unpackedSize} unpacked, ${packed.files.length} files`,
  );

  run(join(root, "node_modules/.bin/publint"), ["--strict", tarball], work);
  console.log("publint: clean");
  const wasm = ["./kernels-plain.wasm", "./kernels-relaxed.wasm"];
  // ES modules only, and .wasm files are not modules that TypeScript resolves
  run(join(root, "node_modules/.bin/attw"), [tarball, "--profile", "esm-only", "--exclude-entrypoints", ...wasm], work);
  console.log("attw: clean");

  writeFileSync(join(work, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", tarball], work);
  writeFileSync(join(work, "program.mjs"), program);
  process.stdout.write(run(process.execPath, ["program.mjs"], work));
  for (const version of values.nodes.split(",").filter(Boolean)) {
    process.stdout.write(run("npx", ["-y", `node@${version}`, "program.mjs"], work));
  }
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  if (run(join(work, "node_modules/.bin/xent"), ["--version"], work).trim() !== version)
    throw new Error("xent --version differs");
  console.log(`xent --version: ${version}`);
  const score = [join(work, "node_modules/.bin/xent"), "score", join(root, "examples/data/devil.f32.safetensors"), "--json"];
  const { tokens, perplexity } = JSON.parse(run(process.execPath, score, work));
  if (tokens !== 246) throw new Error(`xent score: expected 246 tokens, got ${tokens}`);
  // what draws the axes is none of the dependencies that were installed
  run(process.execPath, [...score, "--report", "report.html"], work);
  if (!readFileSync(join(work, "report.html"), "utf8").includes("</svg>")) throw new Error("xent score --report: no picture");
  // what writes Parquet is not installed with the package
  const parquet = spawnSync(process.execPath, [...score, "--tokens", "tokens.parquet"], { cwd: work, env, encoding: "utf8" });
  if (parquet.status !== 2 || !parquet.stderr.includes("npm install hyparquet-writer")) {
    throw new Error(`xent score --tokens tokens.parquet: expected what to install, got ${parquet.status}: ${parquet.stderr}`);
  }
  console.log(`xent score: perplexity ${perplexity}; without hyparquet-writer: ${parquet.stderr.trim()}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
