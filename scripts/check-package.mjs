// Packs both packages, lints the tarballs (publint, attw), checks their contents, and uses them in empty folders as users
// would: the library by `npm install TARBALL` (crossEntropy from an ES module, the deterministic and reference entries, the raw
// kernels), the tool by npx. `--nodes 22,24,26` also runs both on those Node versions, which are installed as npm packages.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { values } = parseArgs({ options: { nodes: { type: "string", default: "" } } });
const work = mkdtempSync(join(tmpdir(), "wasm-cross-entropy-"));
// the npm in the empty folder must not see the variables of a surrounding `npm test`
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));

/** Runs a command; shows its output only if it fails. */
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

/** Packs a workspace to a tarball in `work`. */
function pack(name) {
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", work, "--workspace", name];
  const [{ filename, unpackedSize, files }] = JSON.parse(run("npm", args, root));
  const tarball = join(work, filename);
  console.log(`${filename}: ${statSync(tarball).size} bytes packed, ${unpackedSize} unpacked, ${files.length} files`);
  run(join(root, "node_modules/.bin/publint"), ["--strict", tarball], work);
  return { tarball, files: files.map(({ path }) => path) };
}

/** Fails if a tarball has a file that is neither built from the sources, nor documentation, nor one that npm always packs. */
function checkContents(name, folder, files) {
  const sources = readdirSync(join(root, folder, "src"), { recursive: true, encoding: "utf8" });
  const stems = new Set(sources.filter((path) => path.endsWith(".ts")).map((path) => path.slice(0, -".ts".length)));
  const isBuilt = (path) => stems.has(path.replace(/^build\//, "").replace(/(\.d\.ts|\.js)$/, ""));
  const isOther = (path) =>
    /^(package\.json|bin\/xent\.js|README\.md|CHANGELOG\.md|LICENSE|docs\/[\w/-]+\.(md|svg)|build\/bundle\/[\w-]+\.js|build\/wasm\/kernels-\w+\.wasm)$/.test(
      path,
    );
  const strangers = files.filter((path) => !isBuilt(path) && !isOther(path));
  if (strangers.length > 0) throw new Error(`${name}: the tarball holds ${strangers.join(", ")}`);
  const missing = ["package.json", "README.md", "LICENSE"].filter((path) => !files.includes(path));
  if (missing.length > 0) throw new Error(`${name}: the tarball lacks ${missing.join(", ")}`);
}

/** Makes a new folder that contains only a package.json. */
function emptyFolder(name) {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  return folder;
}

try {
  const library = pack("wasm-cross-entropy");
  checkContents("wasm-cross-entropy", "", library.files);
  const tool = pack("xent");
  checkContents("xent", "xent", tool.files);
  console.log("publint: clean");
  const wasm = ["./kernels-plain.wasm", "./kernels-relaxed.wasm"];
  // the library has ES modules only, and TypeScript does not resolve .wasm files as modules; the tool has no types
  const linting = [library.tarball, "--profile", "esm-only", "--exclude-entrypoints", ...wasm];
  run(join(root, "node_modules/.bin/attw"), linting, work);
  console.log("attw: clean");

  const nodes = values.nodes.split(",").filter(Boolean);
  const user = emptyFolder("user");
  run("npm", ["install", "--no-audit", "--no-fund", library.tarball], user);
  writeFileSync(join(user, "program.mjs"), program);
  process.stdout.write(run(process.execPath, ["program.mjs"], user));
  for (const version of nodes) process.stdout.write(run("npx", ["-y", `node@${version}`, "program.mjs"], user));

  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const logits = join(root, "examples/data/devil.f32.safetensors");
  // `npx xent` as it will be: the library is not published yet, so its tarball is passed beside the tool's
  const xent = ["-y", "-p", library.tarball, "-p", tool.tarball, "xent"];
  const nowhere = emptyFolder("nowhere");
  if (run("npx", [...xent, "--version"], nowhere).trim() !== version) throw new Error("xent --version differs");
  const { tokens, perplexity } = JSON.parse(run("npx", [...xent, "score", logits, "--json"], nowhere));
  if (tokens !== 246) throw new Error(`xent score: expected 246 tokens, got ${tokens}`);
  console.log(`npx xent score: perplexity ${perplexity}`);

  const tools = emptyFolder("tools");
  run("npm", ["install", "--no-audit", "--no-fund", library.tarball, tool.tarball], tools);
  const score = ["node_modules/xent/build/cli/main.js", "score", logits, "--report", "page.html", "--tokens", "tokens.parquet"];
  for (const node of [[process.execPath], ...nodes.map((node) => ["npx", "-y", `node@${node}`])]) {
    const [command, ...args] = [...node, ...score];
    run(command, args, tools);
    const [page, table] = ["page.html", "tokens.parquet"].map((file) => readFileSync(join(tools, file), "latin1"));
    if (!page.includes("</svg>")) throw new Error("xent score --report: no picture");
    if (!table.endsWith("PAR1")) throw new Error("xent score --tokens: no Parquet file");
    console.log(`xent score, ${node.at(-1)}: a report of ${page.length} bytes, a table of ${table.length}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
