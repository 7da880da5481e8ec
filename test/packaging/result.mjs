// The recorded result, bench/results/packaging/bundles.json, and the parts of docs/browser.md that are written from it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { environment } from "../../bench/harness/environment.mjs";
import { resultJson } from "../../bench/harness/result-json.mjs";
import { BUN, DENO } from "./consumers/runtimes.mjs";
import { matrixTable, sizeTable } from "./tables.mjs";

const file = new URL("../../bench/results/packaging/bundles.json", import.meta.url);
const document = new URL("../../docs/browser.md", import.meta.url);
const BUNDLERS = ["vite", "webpack", "esbuild", "rollup"];

/** Writes both. */
export function record(matrix, sizes) {
  const { devDependencies } = createRequire(import.meta.url)("./package.json");
  // one of them is another package under its name: npm:NAME@VERSION
  const version = (name) => devDependencies[name].replace(/^npm:.*@/, "");
  const tools = { ...Object.fromEntries(BUNDLERS.map((name) => [name, version(name)])), deno: DENO, bun: BUN };
  const { package: measured } = environment();
  const result = { date: new Date().toISOString().slice(0, 10), package: measured, tools, matrix, sizes };
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, resultJson(result));
  writeFileSync(document, rendered(readFileSync(document, "utf8")));
}

/** Whether the document says what the result says. */
export function isRendered() {
  const text = readFileSync(document, "utf8");
  return text === rendered(text);
}

function rendered(text) {
  const { date, package: measured, tools, matrix, sizes } = JSON.parse(readFileSync(file, "utf8"));
  const versions = Object.entries(tools).map((entry) => entry.join(" "));
  const tried = `Version ${measured.version}, commit ${measured.commit}, ${date}: ${versions.join(", ")}.`;
  return [
    ["matrix", `${matrixTable(matrix)}\n\n${tried}`],
    ["sizes", sizeTable(sizes)],
  ].reduce(section, text);
}

function section(text, [name, content]) {
  const [start, end] = [`<!-- packaging:${name} -->`, `<!-- /packaging:${name} -->`];
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/browser.md: no ${start} with its other half`);
  return `${before}${start}\n\n${content}\n\n${end}${after}`;
}
