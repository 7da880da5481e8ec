import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { stemOf } from "../../xent/build/bench/format.js";
import { resultJson } from "./result-json.mjs";

const folder = new URL("../results/", import.meta.url);

/**
 * @typedef {import("../../xent/build/bench/types.js").Result} Result
 * @typedef {import("./start-section.mjs").StartResult} StartResult
 * @typedef {import("./files-section.mjs").FilesResult} FilesResult
 * @typedef {Result | StartResult | FilesResult} AnyResult
 */

/**
 * @param {AnyResult} result
 * @returns {string} path from the root of the clone
 */
export function resultPath(result) {
  return `bench/results/${stemOf(result)}.json`;
}

/**
 * @param {AnyResult} result
 * @param {string | URL} file
 */
export function writeResult(result, file) {
  if (typeof file === "string") mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, resultJson(result));
}

/** @param {AnyResult} result */
export function writeCommittedResult(result) {
  mkdirSync(folder, { recursive: true });
  writeResult(result, new URL(`../../${resultPath(result)}`, import.meta.url));
}

/** Results that do not belong to a suite: those of bench:start and bench:files. */
const START = /^start-/;
const FILES = /^files-/;

/** @returns {Result[]} of the suites, by suite and Node version */
export function readResults() {
  return parsed((name) => !START.test(name) && !FILES.test(name));
}

/** @returns {StartResult[]} of bench:start, by Node version */
export function readStartResults() {
  return parsed((name) => START.test(name));
}

/** @returns {FilesResult[]} of bench:files, by Node version */
export function readFilesResults() {
  return parsed((name) => FILES.test(name));
}

/**
 * @template {Pick<AnyResult, "name" | "environment">} R
 * @param {(name: string) => boolean} wanted
 * @returns {R[]} the wanted files of bench/results
 */
function parsed(wanted) {
  if (!existsSync(folder)) return [];
  /** @type {R[]} */
  const results = readdirSync(folder)
    .filter((name) => name.endsWith(".json") && wanted(name))
    .map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
  return results.sort((a, b) => a.name.localeCompare(b.name) || a.environment.runtime.major - b.environment.runtime.major);
}
