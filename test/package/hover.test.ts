/**
 * What an editor shows of a call: the plain function's documentation, at the methods of all engines as well, and the words that an
 * option can be.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import { TASKS } from "../../src/functions.js";
import * as index from "../../src/index.js";
import * as reference from "../../src/reference/index.js";

/** The part of TypeScript's language service that is used here. TypeScript 7 has none: this is the one of a package that has. */
interface LanguageService {
  getQuickInfoAtPosition(
    file: string,
    position: number,
  ): { readonly documentation: readonly { readonly text: string }[] } | undefined;
  getCompletionsAtPosition(
    file: string,
    position: number,
    options: object,
  ): { readonly entries: readonly { readonly name: string }[] } | undefined;
}
interface TypeScript {
  readonly ScriptSnapshot: { fromString(text: string): unknown };
  readonly sys: { readFile(path: string): string | undefined; fileExists(path: string): boolean };
  readonly ModuleKind: { readonly NodeNext: number };
  getDefaultLibFilePath(options: object): string;
  createLanguageService(host: object): LanguageService;
}
const cli = createRequire(createRequire(import.meta.url).resolve("@arethetypeswrong/cli/package.json"));
const ts: TypeScript = createRequire(cli.resolve("@arethetypeswrong/core"))("typescript");

const BUILD = fileURLToPath(new URL("../../build/", import.meta.url));
const FILE = `${BUILD}asked.ts`;
const names = Object.keys(TASKS) as (keyof typeof TASKS)[];

/** Calls with a reduction that is still to be typed, by what it can be. */
const reducing = [
  { words: ["mean", "sum", "none"], names: ["crossEntropy", "nllLossValueAndGrad", "sigmoidFocalLoss"] },
  { words: ["mean", "sum", "none", "batchmean"], names: ["klDivLoss", "klDivLossValueAndGrad"] },
].map(({ words, names }) => ({
  words,
  calls: ["plain", "reference", "local", "attached", "pool"].flatMap((object) =>
    names.map((name) => `${object}.${name}(x, x, { reduction: "" });`),
  ),
}));

const text = [
  'import * as plain from "./index.js";',
  'import * as deterministic from "./deterministic.js";',
  'import * as reference from "./reference/index.js";',
  "declare const local: plain.LocalEngine;",
  "declare const attached: ReturnType<typeof plain.attachEngine>;",
  "declare const pool: plain.Engine;",
  "declare const x: Float32Array;",
  ...["plain", "deterministic", "local", "attached", "pool"].flatMap((object) =>
    names.map((name) => `${object}.${name}(${"x, ".repeat(TASKS[name][0])}{ shape: [1, 1] });`),
  ),
  "plain.entropy(x); local.entropy(x); pool.entropy(x);",
  ...reducing.flatMap(({ calls }) => calls),
].join("\n");

const service = ts.createLanguageService({
  getScriptFileNames: () => [FILE],
  getScriptVersion: () => "1",
  getScriptSnapshot: (path: string) => {
    const content = path === FILE ? text : ts.sys.readFile(path);
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
  },
  getCurrentDirectory: () => BUILD,
  getCompilationSettings: () => ({ module: ts.ModuleKind.NodeNext, strict: true, types: [] }),
  getDefaultLibFileName: (options: object) => ts.getDefaultLibFilePath(options),
  fileExists: (path: string) => ts.sys.fileExists(path),
  readFile: (path: string) => ts.sys.readFile(path),
});

function shownAt(call: string): string {
  const position = text.indexOf(call) + call.indexOf(".") + 2;
  const documentation = service.getQuickInfoAtPosition(FILE, position)?.documentation ?? [];
  // a link has a space behind the name where the file does not import it
  return documentation
    .map((part) => part.text)
    .join("")
    .replaceAll(/ (?=\})/g, "");
}

describe("the documentation shown at a call", () => {
  it.each(names)("%s: the plain function's, everywhere", (name) => {
    const expected = shownAt(`plain.${name}(`);
    expect(expected.length).toBeGreaterThan(20);
    for (const object of ["deterministic", "local", "attached", "pool"])
      expect(shownAt(`${object}.${name}(`), object).toBe(expected);
  });

  it("is that of the function: crossEntropy's begins so", () => {
    expect(shownAt("pool.crossEntropy(")).toMatch(/^Cross-entropy of rows of logits against class indices or probabilities\./);
  });

  it("is the same at every overload", () => {
    for (const call of ["plain.entropy(x)", "local.entropy(x)", "pool.entropy(x)"]) {
      expect(shownAt(call), call).toMatch(/^Shannon entropy of probability vectors\./);
    }
  });
});

it("an editor completes all reductions, at every function and method", () => {
  for (const { words, calls } of reducing) {
    for (const call of calls) {
      const completions = service.getCompletionsAtPosition(FILE, text.indexOf(call) + call.indexOf('"') + 1, {});
      expect(completions?.entries.map(({ name }) => name).sort(), call).toEqual([...words].sort());
    }
  }
});

it("no declaration needs a TypeScript in which typed arrays are generic", () => {
  const files = readdirSync(BUILD, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".d.ts"));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((file) => /Array<(Shared)?ArrayBuffer/.test(readFileSync(BUILD + file, "utf8")))).toEqual([]);
});

it("every function is exported by index, the deterministic entry and the reference", () => {
  for (const entry of [index, deterministic, reference]) expect(Object.keys(entry)).toEqual(expect.arrayContaining(names));
});
