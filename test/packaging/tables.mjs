// The matrix and the sizes as Markdown, for the terminal and the documents alike.
import { markdownTable } from "../../bench/harness/markdown.mjs";

const left = (heading) => ({ heading, align: "left" });
const right = (heading) => ({ heading, align: "right" });

/** A line a consumer; a process's engine is beside those of isolated pages. */
export function matrixTable(lines) {
  return markdownTable({
    columns: ["consumer", "plain function", "engine", "engine, not isolated", "both, strict CSP", "how"].map(left),
    lines: lines.map(({ consumer, plain, engine, how }) => [
      consumer,
      verdict(Object.values(plain)),
      verdict([engine["process"] ?? engine["isolated"]]),
      verdict([engine["not isolated"]]),
      verdict([plain["strict CSP"], engine["strict CSP"]]),
      how,
    ]),
  });
}

/** A line per bundle for Node; `missing` is what an engine without its worker's file says. */
export function serverTable(lines) {
  return markdownTable({
    columns: ["bundle", "how", "plain function", "engine", "error without the file"].map(left),
    lines: lines.map(({ consumer, how, plain, engine, missing }) => [
      consumer,
      how,
      verdict([plain.process]),
      verdict([engine.process]),
      missing === undefined ? "" : missing === "works" ? "says what to do" : "fails",
    ]),
  });
}

/** A line per function, a column per package; in a cell the versions of TypeScript that compile it. */
export function typesTable(compiled) {
  const packages = Object.keys(compiled);
  return markdownTable({
    columns: ["function", ...packages].map(left),
    lines: Object.keys(compiled[packages[0]]).map((name) => [
      name.includes(" ") ? name : `\`${name}\``,
      ...packages.map((each) => compiled[each][name].join(", ") || "none"),
    ]),
  });
}

/** Of what was found; empty where nothing was tried. */
function verdict(found) {
  const tried = found.filter((text) => text !== undefined);
  if (tried.length === 0) return "";
  return tried.every((text) => text === "works") ? "works" : "fails";
}

/** A line a bundler, in KB of 1000 bytes. */
export function sizeTable(sizes) {
  const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
  return markdownTable({
    columns: [
      left("bundler"),
      ...["`import { crossEntropy }`, minified", "gzipped", "everything, minified", "gzipped"].map(right),
    ],
    lines: sizes.map(({ bundler, crossEntropy, everything }) => [
      bundler,
      ...[crossEntropy, everything].flatMap(({ minified, gzipped }) => [kilobytes(minified), kilobytes(gzipped)]),
    ]),
  });
}
