/**
 * npm run bench:render: writes the tables of the documents from bench/results/*.json. With --check it writes nothing and
 * fails when a document says something else than the results.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { renderDocument } from "./harness/markdown.mjs";
import { readResults } from "./harness/results.mjs";

const DOCUMENTS = ["README.md", "docs/performance.md"];

/** They need other libraries, which a clone does not have. */
const MAY_LACK = ["peers", "peers-gradient"];

/**
 * @param {string} path from the root of the clone
 * @param {readonly import("../build/bench/types.js").Result[]} results
 * @param {boolean} check
 * @returns {string | undefined} what is wrong
 */
function render(path, results, check) {
  const file = new URL(`../${path}`, import.meta.url);
  if (!existsSync(file)) return `${path}: there is no such file`;
  const text = readFileSync(file, "utf8");
  try {
    const rendered = renderDocument(text, results, MAY_LACK);
    if (rendered.sections.length === 0) return `${path}: no <!-- bench:NAME --> to fill`;
    if (rendered.text === text) return undefined;
    if (check) return `${path}: differs from bench/results: npm run bench:render`;
    writeFileSync(file, rendered.text);
    process.stdout.write(`${path}: ${rendered.sections.join(", ")}\n`);
    return undefined;
  } catch (error) {
    return `${path}: ${/** @type {Error} */ (error).message}`;
  }
}

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
const results = readResults();
for (const path of DOCUMENTS) {
  const fault = render(path, results, values.check ?? false);
  if (fault === undefined) continue;
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
