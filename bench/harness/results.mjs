import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stemOf } from "../../build/bench/format.js";

const folder = new URL("../results/", import.meta.url);

/** @typedef {import("../../build/bench/types.js").Result} Result */

/**
 * @param {Result} result
 * @returns {string} path from the root of the clone
 */
export function resultPath(result) {
  return `bench/results/${stemOf(result)}.json`;
}

/**
 * @param {Result} result
 * @param {string | URL} file
 */
export function writeResult(result, file) {
  // Six digits are more than the noise leaves, and keep the diffs of the committed files short.
  const rounded = JSON.stringify(
    result,
    (_, value) => (typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value),
    2,
  );
  // an array of numbers on one line
  const text = rounded.replace(/\[\s+(-?\d[^[\]{}"]*?)\s+\]/g, (_, numbers) => `[${numbers.replace(/\s+/g, " ")}]`);
  if (typeof file === "string") mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${text}\n`);
}

/** @param {Result} result */
export function writeCommittedResult(result) {
  mkdirSync(folder, { recursive: true });
  writeResult(result, new URL(`../../${resultPath(result)}`, import.meta.url));
}

/** @returns {Result[]} of bench/results, by suite and Node version */
export function readResults() {
  if (!existsSync(folder)) return [];
  const results = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => /** @type {Result} */ (JSON.parse(readFileSync(new URL(name, folder), "utf8"))));
  return results.sort((a, b) => a.name.localeCompare(b.name) || a.environment.runtime.major - b.environment.runtime.major);
}
