/** Every example of the docstrings, of README.md and of docs/ runs against the built package and gives what it says. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import * as index from "../../src/index.js";
import {
  docstringExamples,
  type Example,
  faultsIn,
  isPrintedAs,
  markdownExamples,
  mismatch,
  type Outcome,
  programOf,
  type Result,
  ROOT,
  resultsIn,
  runnerOf,
  type Shown,
  statementsOf,
  usesOtherPackages,
} from "./examples.js";

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

/** The address of `wasm-cross-entropy/x`, as package.json's exports say, or of a file of the build. */
function urlOf(name: string): string {
  if (!name.startsWith("wasm-cross-entropy")) return pathToFileURL(name).href;
  const { exports }: Manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const target = exports[name.replace("wasm-cross-entropy", ".")];
  if (target === undefined) throw new Error(`package.json exports no ${name}`);
  return pathToFileURL(join(ROOT, typeof target === "string" ? target : target.default)).href;
}

/** On Node 20 relaxed SIMD is behind a flag, so that what is printed can be held against either build. */
const flags = process.execArgv.filter((arg) => arg.startsWith("--experimental-wasm"));
const ways = flags.length > 0 ? [[], flags] : [[]];

/** Runs all examples, each way, in a process of plain Node, which knows nothing of this test's transforms. */
async function runAll(examples: readonly Example[]): Promise<Result[][]> {
  const folder = mkdtempSync(join(tmpdir(), "wasm-cross-entropy-examples-"));
  try {
    for (const [i, example] of examples.entries()) {
      const module: object = example.home ? await import(urlOf(example.home)) : {};
      writeFileSync(join(folder, `${i}.mjs`), programOf(example, urlOf, Object.keys(module)));
    }
    writeFileSync(join(folder, "all.mjs"), runnerOf(examples.length));
    return ways.map((way): Result[] => {
      const output = execFileSync(process.execPath, [...way, join(folder, "all.mjs")], { encoding: "utf8", timeout: 60_000 });
      return resultsIn(output);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const markdown = ["README.md", ...["docs", "bench", "xent", "xent/docs"].flatMap(listOf)].filter((path) =>
  existsSync(join(ROOT, path)),
);

function listOf(folder: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);
}

const examples = [...docstringExamples(), ...markdown.flatMap(markdownExamples)].filter((example) => !usesOtherPackages(example));
const results = await runAll(examples);

describe("examples", () => {
  it.each(examples.map((example, i) => [example.where, i] as const))("%s", (_, i) => {
    expect(results.flatMap((ofWay) => faultsIn(ofWay[i] as Result))).toEqual([]);
  });

  it("are found: in docstrings, in the file heads and in README.md", () => {
    const files = new Set(examples.map(({ where }) => where.replace(/:\d+$/, "")));
    expect([...files]).toEqual(
      expect.arrayContaining(["src/losses/cross-entropy.ts", "src/local-engine.ts", "src/kernels.ts", "README.md"]),
    );
  });
});

describe("the docstring of", () => {
  const isError = (value: object): boolean => "prototype" in value && value.prototype instanceof Error;
  const functions = Object.entries(index).filter(([, value]) => typeof value === "function" && !isError(value));
  /** Of these nothing is computed. */
  const withoutFormula = ["info", "setModule", "createLocalEngine", "createEngine", "attachEngine"];
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/^(reference|wasm)/.test(path))
    .map((path) => readFileSync(join(ROOT, "src", path), "utf8"));

  it.each(functions.map(([name]) => name))("%s says what is computed, of what, what it throws, and shows a value", (name) => {
    const { docstring, parameters } = declarationOf(name, sources);
    const missing = ["@throws", "@example", "// =>"].filter((part) => !docstring.includes(part));
    if (!withoutFormula.includes(name)) {
      const parts = ["```text", "@param ", "@returns", "Source:", ...parameters.map((parameter) => `@param ${parameter} - `)];
      missing.push(...parts.filter((part) => !docstring.includes(part)));
    }
    expect(missing).toEqual([]);
  });

  it("is sought for every function", () => {
    expect(functions.length).toBeGreaterThan(10);
  });
});

/** The docstring right before `export function name`, and the parameters that it must name: none in particular of overloads. */
function declarationOf(name: string, sources: readonly string[]): { docstring: string; parameters: string[] } {
  const declared = new RegExp(`(/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/)\\nexport (?:async )?function ${name}\\b`);
  const source = sources.find((text) => declared.test(text));
  if (source === undefined) return expect.fail(`${name} has no docstring`);
  const docstring = declared.exec(source)?.[1] as string;
  const signatures = Array.from(
    source.matchAll(new RegExp(`export (?:async )?function ${name}\\b[^(]*\\(([\\s\\S]*?)\\):`, "g")),
  );
  if (signatures.length > 1) return { docstring, parameters: [] };
  const parameters = (signatures[0]?.[1] ?? "").matchAll(/(?:^|,)\s*(\w+)\??:/g);
  return { docstring, parameters: Array.from(parameters, (match) => match[1] as string) };
}

describe("the comparison", () => {
  const outcome = (expected: string, actual: Shown, kind: Outcome["kind"] = "value") =>
    mismatch({ line: 1, kind, expected, actual });
  const number = (value: number): Shown => ({ number: String(value) });
  const list = (...values: number[]): Shown => ({ list: values.map(number) });

  it("takes a number with the printed digits, the last one off by one at most, and no other", () => {
    expect(isPrintedAs(0.38536224, "0.3853622")).toBe(true);
    expect(isPrintedAs(0.38536229, "0.3853622")).toBe(true);
    expect(isPrintedAs(0.38536231, "0.3853622")).toBe(false);
    expect(isPrintedAs(-0.3853622, "0.3853622")).toBe(false);
    expect(isPrintedAs(4.12230724e-9, "4.1223072e-9")).toBe(true);
    expect(isPrintedAs(4.1223074e-9, "4.1223072e-9")).toBe(false);
    expect(isPrintedAs(2.4, "2.0")).toBe(false);
    expect(isPrintedAs(2.4, "2")).toBe(false);
    expect(isPrintedAs(49.99999999999999, "50")).toBe(true);
    expect(isPrintedAs(1e-12, "0")).toBe(false);
    expect(isPrintedAs(Number.NaN, "NaN")).toBe(true);
    expect(isPrintedAs(Number.NaN, "1.0")).toBe(false);
    expect(isPrintedAs(Number.POSITIVE_INFINITY, "-Infinity")).toBe(false);
  });

  it("takes lists, objects, words and remarks", () => {
    expect(outcome("[1, 2.5]", list(1, 2.5))).toBeUndefined();
    expect(outcome("Float32Array(2) [1, 2.5]", list(1, 2.5))).toBeUndefined();
    expect(outcome("[1, ...]", list(1, 2.5))).toBeUndefined();
    expect(outcome("[1, 2.5] (one a row)", list(1, 2.5))).toBeUndefined();
    expect(outcome("{ value: 1, grad: [0, 2] }", { object: { value: number(1), grad: list(0, 2) } })).toBeUndefined();
    expect(outcome("{ value: 1, ... }", { object: { value: number(1), grad: list(0, 2) } })).toBeUndefined();
    expect(outcome("true", { text: "true" })).toBeUndefined();
    expect(outcome('"plain"', { text: '"plain"' })).toBeUndefined();
  });

  it("refuses other lengths, members, values and kinds", () => {
    expect(outcome("[1, 2.5]", list(1, 2.7))).toBe("gives [1, 2.7], not [1, 2.5]");
    expect(outcome("[1]", list(1, 2.5))).toBeDefined();
    expect(outcome("[1, 2.5, 3]", list(1, 2.5))).toBeDefined();
    expect(outcome("{ value: 1 }", { object: { value: number(1), grad: number(2) } })).toBeDefined();
    expect(outcome("{ other: 1 }", { object: { value: number(1) } })).toBeDefined();
    expect(outcome("true", { text: "false" })).toBeDefined();
    expect(outcome("1", list(1))).toBeDefined();
    expect(outcome("1 2", number(1))).toBeDefined();
    expect(outcome("", number(1))).toBeDefined();
    expect(outcome("about one", number(1))).toBeDefined();
  });

  it("compares errors with class and message", () => {
    const thrown = { error: "RangeError: length: expected an integer" };
    expect(outcome("RangeError: length: expected an integer", thrown, "throws")).toBeUndefined();
    expect(outcome("RangeError: length", thrown, "throws")).toBeDefined();
    expect(outcome("RangeError: length: expected an integer", number(1), "throws")).toBeDefined();
    expect(outcome("1", thrown)).toBeDefined();
  });

  it("cuts statements at their ends", () => {
    const code = 'const a = f(\n  1,\n); // => 2\n\n// a remark\ng("(;"); // throws Error: no\nh();\n';
    expect(statementsOf(code)).toEqual([
      { line: 3, code: "const a = f(\n  1,\n);", kind: "value", expected: "2" },
      { line: 6, code: 'g("(;");', kind: "throws", expected: "Error: no" },
      { line: 7, code: "h();" },
    ]);
    expect(() => statementsOf("f(\n1, // => 2\n);")).toThrow(SyntaxError);
    expect(() => statementsOf("f()")).toThrow(SyntaxError);
  });
});
