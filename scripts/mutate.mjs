/**
 * npm run mutate -- FOLDER [FILE...] [--one-in N]: edits the sources of a folder (or the named files in it), one edit at a time, runs the tests that
 * reach the edit, and lists the edits that no test notices. The edits are Stryker's. An edit that changes no behaviour survives every
 * test, so 100 % is not the goal: read each survivor, and write a test if a user could see the difference.
 *
 * All edits are in one copy of the sources, each behind a switch (Stryker's instrumenter). One process with all tests loaded tries most of
 * them (scripts/mutate-runner.ts). Edits of code that runs only while modules load, or whose result a module keeps, get a process each.
 * With --one-in 4 every fourth edit is tried, for a first look. The report is coverage/mutation/FOLDER.md.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { Instrumenter } from "@stryker-mutator/instrumenter";

/**
 * Tests of each folder, as Vitest's patterns. Tests of built files (build/, xent/build/) cannot notice an edit of a source; and
 * tests that take tens of seconds are left out where others cover the same code.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const TESTS = {
  "src/arguments": ["test/arguments/!(half).test.ts", "test/losses/{merge-partials,selection}.test.ts"],
  "src/memory": ["test/memory/!(constant-memory|shared-memory).test.ts"],
  "src/scoring": ["test/scoring/!(score-tokens|compare-logits).test.ts"],
  "xent/src/files": ["xent/test/files/*.test.ts", "xent/test/cli/{outputs,checkpoints}.test.ts"],
  "xent/src/cli": ["xent/test/cli/!(built|ctrl-c|memory|output-errors).test.ts"],
  "xent/src/report": ["xent/test/report/!(in-chromium|evaluate).test.ts", "xent/test/cli/{passage,report}.test.ts"],
};

/** A process of the tests that is silent for so long hangs in the edit that it tries. */
const SILENT_MS = 120_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { "one-in": { type: "string", default: "1" } } });
const [folder = "", ...named] = positionals.map((path) => relative(".", path).replaceAll("\\", "/"));
const tests = TESTS[folder];
if (tests === undefined) {
  process.stderr.write(`npm run mutate -- FOLDER: expected one of ${Object.keys(TESTS).join(", ")}, got "${folder}"\n`);
  process.exit(2);
}
const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
const files = named.length > 0 ? named : paths.filter((path) => path.endsWith(".ts"));

/** Nothing that the instrumenter logs is of interest. */
const logger = new Proxy({}, { get: () => () => false });
const texts = new Map(files.map((name) => [name, readFileSync(name, "utf8")]));
const edited = await new Instrumenter(logger).instrument(
  [...texts].map(([name, content]) => ({ name, mutate: true, content })),
  // nearly all strings are texts of errors and of reports
  { plugins: null, excludedMutations: ["StringLiteral"], ignorers: [], noHeader: false },
);
const all = edited.mutants.filter(({ status }) => status !== "Ignored");
const edits = all.filter((_, i) => i % Number(values["one-in"]) === 0);
const others = all.filter((edit) => !edits.includes(edit)).map(({ id }) => id);

const work = join("coverage/mutation", folder.replaceAll("/", "-"));
mkdirSync(work, { recursive: true });
const sources = join(work, "sources.json");
const events = join(work, "events.jsonl");
writeFileSync(sources, JSON.stringify(Object.fromEntries(edited.files.map(({ name, content }) => [name, content]))));

/**
 * Runs the tests, and ends the process if it writes no event for long. Resolves to the exit code; null if it was ended.
 *
 * @param {Record<string, string>} env
 * @returns {Promise<number | null>}
 */
function runTests(env) {
  rmSync(events, { force: true });
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "--config", "vitest.mutate.config.ts"], {
    env: { ...process.env, MUTATE_TESTS: JSON.stringify(tests), MUTATE_SOURCES: sources, MUTATE_EVENTS: events, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  return new Promise((done) => {
    let size = -1;
    const timer = setInterval(() => {
      const now = output.length + (existsSync(events) ? statSync(events).size : 0);
      if (now === size) process.kill(-(child.pid ?? 0), "SIGKILL");
      size = now;
    }, SILENT_MS);
    child.on("exit", (code) => {
      clearInterval(timer);
      writeFileSync(join(work, "last-run.log"), output);
      done(code);
    });
  });
}

/** @returns {Array<Record<string, any>>} */
function readEvents() {
  if (!existsSync(events)) return [];
  return readFileSync(events, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** @type {Map<string, string>} edit -> the test that notices it */
const noticed = new Map();
/** @type {Set<string>} */
const reached = new Set();
/** @type {Set<string>} */
const alone = new Set();
/** @type {Set<string>} */
const survived = new Set();

/** Tries the edits that no test has noticed yet, in the short tests or the long ones, in as many processes as the edits end. */
async function tryEdits(/** @type {"short tests" | "long tests"} */ tries) {
  for (;;) {
    const code = await runTests({ MUTATE_TRIES: tries, MUTATE_SETTLED: JSON.stringify([...others, ...noticed.keys()]) });
    let trying;
    for (const event of readEvents()) {
      for (const edit of event.reached ?? []) reached.add(edit);
      for (const edit of event.loaded ?? []) alone.add(edit);
      if (event.tries !== undefined) trying = event;
      if (event.noticed !== undefined) noticed.set(event.noticed, event.name);
      if (event.survives !== undefined) survived.add(event.survives);
      if (event.kept !== undefined) alone.add(event.kept);
      if (event.unclear !== undefined) alone.add(event.unclear);
      if (event.noticed ?? event.survives ?? event.kept ?? event.unclear) trying = undefined;
    }
    if (code === 0) return;
    if (trying === undefined) throw new Error(`the tests fail without an edit: ${join(work, "last-run.log")}`);
    process.stdout.write(`edit ${trying.tries} ended the process\n`);
    noticed.set(trying.tries, trying.name);
  }
}
await tryEdits("short tests");
await tryEdits("long tests");

// the other tests before an edit have filled what `??=` fills once
const isOnce = (/** @type {(typeof edits)[number]} */ { mutatorName, replacement }) =>
  mutatorName === "AssignmentOperator" && replacement.includes("&&=");
const rest = edits.filter((edit) => !noticed.has(edit.id) && (isOnce(edit) || (alone.has(edit.id) && !survived.has(edit.id))));
process.stdout.write(`${edits.length} edits, ${noticed.size} noticed, ${rest.length} in a process each\n`);
/** Tries edits in a process each, until none is left. */
async function tryAlone() {
  for (let edit = rest.pop(); edit !== undefined; edit = rest.pop()) {
    const code = await runTests({ __STRYKER_ACTIVE_MUTANT__: edit.id });
    process.stdout.write(`${rest.length} left: ${code === 0 ? "survives" : "noticed"}\n`);
    if (code !== 0) noticed.set(edit.id, "in a process of its own");
  }
}
await Promise.all([tryAlone(), tryAlone()]);
writeReport();

function writeReport() {
  const rows = files.map((file) => {
    const own = edits.filter(({ fileName }) => fileName === file);
    return { file, own, left: own.filter(({ id }) => !noticed.has(id)) };
  });
  const line = (/** @type {string} */ name, /** @type {number} */ count, /** @type {number} */ left) =>
    `| ${name} | ${count} | ${left} | ${count === 0 ? "" : `${((1 - left / count) * 100).toFixed(1)} %`} |`;
  const left = rows.reduce((sum, row) => sum + row.left.length, 0);
  const text = [
    `# Edits of ${folder} that the tests notice`,
    "",
    "| file | edits | not noticed | score |",
    "| - | - | - | - |",
    ...rows.map(({ file, own, left }) => line(file, own.length, left.length)),
    line("**all**", edits.length, left),
    ...rows
      .filter(({ left }) => left.length > 0)
      .flatMap(({ file, left }) => ["", `## ${file}`, "", ...left.map((edit) => describe(file, edit))]),
    "",
  ].join("\n");
  const path = `${work}.md`;
  writeFileSync(path, text);
  writeFileSync(join(work, "noticed.json"), JSON.stringify([...noticed]));
  process.stdout.write(`${line("all", edits.length, left)} ${path}\n`);
}

/**
 * @param {string} file
 * @param {(typeof edits)[number]} edit
 */
function describe(file, { id, location: { start, end }, mutatorName, replacement }) {
  const lines = (texts.get(file) ?? "").split("\n").slice(start.line, end.line + 1);
  lines[lines.length - 1] = lines.at(-1)?.slice(0, end.column) ?? "";
  lines[0] = lines[0]?.slice(start.column) ?? "";
  const short = (/** @type {string} */ text) => text.replaceAll(/\s+/g, " ").slice(0, 100);
  const where = `${start.line + 1}:${start.column + 1}`;
  const state = reached.has(id) || alone.has(id) ? "" : " (no test runs it)";
  return `- ${where} ${mutatorName}${state}: \`${short(lines.join("\n"))}\` -> \`${short(replacement)}\``;
}
