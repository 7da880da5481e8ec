/**
 * npm run mutate -- FOLDER [FILE...]: Stryker edits the sources of a folder (or the named files in it), one edit at a time, runs the
 * folder's tests, and lists the edits that no test notices. An edit that changes no behaviour survives every test, so 100 % is not
 * the goal: read each survivor, and write a test if a user could see the difference. The report is coverage/mutation/index.html.
 */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { Stryker } from "@stryker-mutator/core";

/**
 * Tests of each folder, as Vitest's patterns. Tests of built files (build/, xent/build/) cannot notice an edit of a source; and
 * tests that take tens of seconds are left out where others cover the same code.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const TESTS = {
  "src/arguments": [
    "test/arguments/!(half).test.ts",
    "test/losses/{cross-entropy,nll-loss,reduce,softmax,merge-partials,partials,row-pieces}.test.ts",
  ],
  "src/memory": ["test/memory/!(constant-memory).test.ts", "test/engine/local-engine.test.ts"],
  "src/scoring": ["test/scoring/!(score-tokens|compare-logits).test.ts"],
  "xent/src/files": ["xent/test/files/!(garbled).test.ts"],
  "xent/src/cli": ["xent/test/cli/!(built|ctrl-c|memory|output-errors).test.ts"],
  "xent/src/report": ["xent/test/report/!(in-chromium|evaluate).test.ts", "xent/test/cli/{passage,report}.test.ts"],
};

const [folder = "", ...named] = process.argv.slice(2).map((path) => relative(".", path).replaceAll("\\", "/"));
const tests = TESTS[folder];
if (tests === undefined) {
  process.stderr.write(`npm run mutate -- FOLDER: expected one of ${Object.keys(TESTS).join(", ")}, got "${folder}"\n`);
  process.exit(2);
}
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
const mutate = named.length > 0 ? named : files.filter((path) => path.endsWith(".ts"));

// read by vitest.mutate.config.ts, in Stryker's processes
process.env.MUTATE_TESTS = JSON.stringify(tests);
await new Stryker({
  mutate,
  concurrency: 2,
  testRunner: "vitest",
  vitest: { configFile: "vitest.mutate.config.ts" },
  // the tests expect both builds of the kernels; Node 20 knows relaxed SIMD behind a flag only
  testRunnerNodeArgs: Number(process.versions.node.split(".")[0]) < 21 ? ["--experimental-wasm-relaxed-simd"] : [],
  coverageAnalysis: "perTest",
  ignorePatterns: ["biome.json", "examples/browser", "bench/results", "docs", "test/packaging", "evaluation", "coverage"],
  // Stryker rewrites paths in tsconfig.json with an interface that TypeScript 7 does not have; the tests need no such file
  tsconfigFile: "none",
  disableTypeChecks: false,
  // nearly all strings are texts of errors and of reports
  mutator: { excludedMutations: ["StringLiteral"] },
  reporters: ["progress-append-only", "clear-text", "html", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, allowEmojis: false },
  htmlReporter: { fileName: "coverage/mutation/index.html" },
  jsonReporter: { fileName: "coverage/mutation/result.json" },
  tempDirName: "coverage/mutation/sandboxes",
  timeoutMS: 10_000,
}).runMutationTest();
