/** The tables of the documents, which are always rendered from the results. */
import { machine, notRun, stemOf, versions } from "../../xent/build/bench/format.js";
import { baselineOf, comparisonTable, detailTable, summaryTable } from "../../xent/build/bench/tables.js";
import { picturesOf } from "../plots/index.mjs";

/** @typedef {import("../../xent/build/bench/types.js").Result} Result */

/**
 * A marker names a suite, for all its results, or one result file. With this ending its section holds all figures, without it the
 * summary.
 */
const DETAILS = "-details";
/** With this ending it holds the pictures of a suite, for a document in docs/. */
const PLOTS = "-plots";

/** A section: everything from `<!-- bench:NAME -->` to `<!-- /bench:NAME -->`. */
const SECTION = /<!-- bench:([a-z0-9-]+) -->[\s\S]*?<!-- \/bench:\1 -->/g;
const MARKER = /<!-- \/?bench:[^>]*-->/g;

/**
 * @param {string} text of a document
 * @param {readonly Result[]} results
 * @param {Readonly<Record<string, string>>} [mayLack] suites that may have no result, and the commands that
 * measure them: until there is
 *   one, their sections say so
 * @param {Readonly<Record<string, string>>} [written] sections that do not belong to a suite, by name
 * @returns {{ text: string, sections: string[] }} the text with all sections rendered, and their names
 * @throws {Error} for a section without a result, and for a marker without its counterpart
 */
export function renderDocument(text, results, mayLack = {}, written = {}) {
  /** @type {string[]} */
  const sections = [];
  const rendered = text.replace(SECTION, (_, name) => {
    sections.push(name);
    const content = written[name] ?? section(name, results, mayLack);
    return `<!-- bench:${name} -->\n\n${content}\n\n<!-- /bench:${name} -->`;
  });
  const markers = text.match(MARKER) ?? [];
  if (markers.length !== 2 * sections.length) {
    throw new Error(`bench markers without their other half among: ${markers.join(" ")}`);
  }
  return { text: rendered, sections };
}

/** @param {string} name @param {readonly Result[]} results @param {Readonly<Record<string, string>>} mayLack */
function section(name, results, mayLack) {
  const suffix = [DETAILS, PLOTS].find((ending) => name.endsWith(ending)) ?? "";
  const stem = name.slice(0, name.length - suffix.length);
  const named = results.filter((result) => result.name === stem || stemOf(result) === stem);
  if (named.length === 0 && stem in mayLack) return `Not measured yet: \`${mayLack[stem]}\`.`;
  if (named.length === 0) throw new Error(`bench:${name}: no bench/results/${stem}.json or ${stem}-*.json`);
  if (suffix === PLOTS)
    return picturesOf(named)
      .map(({ alt, path }) => `![${alt}](${path.replace(/^docs\//, "")})`)
      .join("\n\n");
  return named.map(suffix === DETAILS ? detailsOf : summaryOf).join("\n\n");
}

/** @param {Result} result */
function summaryOf(result) {
  const baseline = `the baseline, ${baselineOf(result)}`;
  return [
    `${machine(result)}: times the speed of ${baseline} (ns an element).`,
    markdownTable(summaryTable(result)),
    ...peersOf(result),
  ].join("\n\n");
}

/**
 * For suites with other libraries: their versions, and those that did not run.
 *
 * @param {Result} result
 */
function peersOf(result) {
  const peers = versions(result);
  return peers === undefined ? [] : [[peers, ...notRun(result)].map((sentence) => `${sentence}.`).join(" ")];
}

/** @param {Result} result */
function detailsOf(result) {
  const comparisons = comparisonTable(result);
  return [
    `\`${result.title}\`. ${machine(result)}.`,
    markdownTable(detailTable(result)),
    ...(comparisons ? ["The time of one over that of the other:", markdownTable(comparisons)] : []),
  ].join("\n\n");
}

/**
 * A table, padded like this repository's formatter pads it, so that formatting does not change the rendered text.
 *
 * @param {import("../../xent/build/bench/tables.js").Table} table
 */
export function markdownTable({ columns, lines }) {
  const widths = columns.map(({ heading }, index) => Math.max(3, heading.length, ...lines.map((cells) => cells[index].length)));
  const row = (/** @type {readonly string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const padded = (/** @type {readonly string[]} */ cells) =>
    row(
      cells.map((cell, index) => (columns[index].align === "right" ? cell.padStart(widths[index]) : cell.padEnd(widths[index]))),
    );
  return [
    padded(columns.map(({ heading }) => heading)),
    row(columns.map(({ align }, index) => (align === "right" ? `${"-".repeat(widths[index] - 1)}:` : "-".repeat(widths[index])))),
    ...lines.map(padded),
  ].join("\n");
}
