import { tableLines } from "../../build/report/table.js";
import { machine, notRun, versions } from "./format.mjs";
import { comparisonTable, detailTable, summaryTable } from "./tables.mjs";

/**
 * @param {import("./types.mjs").Result} result
 * @returns {string} what the bench prints
 */
export function resultText(result) {
  const missing = notRun(result);
  const peers = versions(result);
  const summary = result.options.linePer === "contender" ? summaryTable(result) : undefined;
  const tables = [detailTable(result), comparisonTable(result), summary].flatMap((table) =>
    table ? ["", ...tableLines(table.columns, table.lines)] : [],
  );
  return [
    result.title,
    machine(result),
    ...(peers ? [peers] : []),
    ...tables,
    ...(missing.length > 0 ? ["", ...missing] : []),
    "",
  ].join("\n");
}

/**
 * A line on stderr that rewrites itself, in a terminal only.
 *
 * @param {string} text
 */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
