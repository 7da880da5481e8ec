/**
 * npm run bench:render: writes the tables and pictures of the documents from bench/results/*.json. With --check it writes
 * nothing, and fails if a document or a picture differs from the results.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { filesSection } from "./harness/files-section.mjs";
import { renderDocument } from "./harness/markdown.mjs";
import { readFilesResults, readResults, readStartResults } from "./harness/results.mjs";
import { startSection } from "./harness/start-section.mjs";
import { picturesOf } from "./plots/index.mjs";

const DOCUMENTS = ["README.md", "docs/performance.md"];

/**
 * Suites that may have no result, because they need other libraries, a browser, two free processors or
 * minutes; with their commands.
 */
const MAY_LACK = {
  ...Object.fromEntries(
    ["engine", "peers", "peers-gradient", "sweep", "elements"].map((name) => [name, `npm run bench -- ${name}`]),
  ),
  browser: "npm run bench:browser",
};

/**
 * @param {string} path from the root of the clone
 * @param {readonly import("../xent/build/bench/types.js").Result[]} results
 * @param {boolean} check
 * @returns {string | undefined} what is wrong
 */
function render(path, results, check) {
  const file = new URL(`../${path}`, import.meta.url);
  if (!existsSync(file)) return `${path}: there is no such file`;
  const text = readFileSync(file, "utf8");
  try {
    const rendered = renderDocument(text, results, MAY_LACK, written);
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

/**
 * @param {import("./plots/index.mjs").Picture} picture
 * @param {boolean} check
 * @returns {Promise<string | undefined>} what is wrong
 */
async function draw({ path, svg }, check) {
  const file = new URL(`../${path}`, import.meta.url);
  const drawn = await svg();
  if (existsSync(file) && readFileSync(file, "utf8") === drawn) return undefined;
  if (check) return `${path}: differs from bench/results: npm run bench:render`;
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, drawn);
  process.stdout.write(`${path}\n`);
  return undefined;
}

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
const { check = false } = values;
const results = readResults();
const written = { start: startSection(readStartResults()), files: filesSection(readFilesResults()) };
const faults = [
  ...DOCUMENTS.map((path) => render(path, results, check)),
  ...(await Promise.all(picturesOf(results).map((picture) => draw(picture, check)))),
];
for (const fault of faults) {
  if (fault === undefined) continue;
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
