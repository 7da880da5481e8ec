/** The tables of the documents: written by the renderer, never by hand. */
import { DETAIL_COLUMNS, detailCells, machine, shapeName, threeDigits } from "./format.mjs";

/** @typedef {import("./types.mjs").Result} Result */

/** A marker of this name holds everything that was measured; without the ending, the summary. */
const DETAILS = "-details";

/** What stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
const SECTION = /<!-- bench:([a-z0-9-]+) -->[\s\S]*?<!-- \/bench:\1 -->/g;
const MARKER = /<!-- \/?bench:[^>]*-->/g;

/**
 * @param {string} text of a document
 * @param {readonly Result[]} results
 * @returns {{ text: string, sections: string[] }} with every section as the results say, and the names of the sections
 * @throws {Error} for a section that no result is for, and for a marker without its other half
 */
export function renderDocument(text, results) {
  /** @type {string[]} */
  const sections = [];
  const rendered = text.replace(SECTION, (_, name) => {
    sections.push(name);
    return `<!-- bench:${name} -->\n\n${section(name, results)}\n\n<!-- /bench:${name} -->`;
  });
  const markers = text.match(MARKER) ?? [];
  if (markers.length !== 2 * sections.length) {
    throw new Error(`bench markers without their other half among: ${markers.join(" ")}`);
  }
  return { text: rendered, sections };
}

/** @param {string} name @param {readonly Result[]} results */
function section(name, results) {
  const details = name.endsWith(DETAILS);
  const suite = details ? name.slice(0, -DETAILS.length) : name;
  const ofSuite = results.filter((result) => result.name === suite);
  if (ofSuite.length === 0) throw new Error(`bench:${name}: no bench/results/${suite}-*.json`);
  return ofSuite.map(details ? detailsOf : summaryOf).join("\n\n");
}

/**
 * A line a shape: the baseline's ns an element, and of each other contender `times the baseline (ns an element)`.
 *
 * @param {Result} result
 */
function summaryOf(result) {
  const { baseline } = result.options;
  const contenders = result.shapes[0].contenders;
  const columns = [
    { heading: "rows x classes", align: "left" },
    ...contenders.map(({ id, label }) => ({ heading: id === baseline ? `${label}, ns` : label, align: "right" })),
  ];
  const lines = result.shapes.map((shape) => [
    shapeName(shape),
    ...shape.contenders.map(({ id, nsPerElement, ratio }) =>
      id === baseline ? threeDigits(nsPerElement.median) : `${threeDigits(ratio.median)}x (${threeDigits(nsPerElement.median)})`,
    ),
  ]);
  return `${machine(result)}: times the speed of the plain JS loop (ns a logit).\n\n${table(columns, lines)}`;
}

/** @param {Result} result */
function detailsOf(result) {
  return `\`${result.title}\`. ${machine(result)}.\n\n${table(DETAIL_COLUMNS, result.shapes.flatMap(detailCells))}`;
}

/**
 * Padded as the formatter of this repository pads tables, which otherwise would want to change what the results say.
 *
 * @param {readonly { heading: string, align: string }[]} columns
 * @param {readonly string[][]} lines
 */
function table(columns, lines) {
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
