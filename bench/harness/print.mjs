import { tableLines } from "../../build/report/table.js";
import { machine } from "./format.mjs";
import { comparisonTable, detailTable } from "./tables.mjs";

/**
 * @param {import("./types.mjs").Result} result
 * @returns {string} what the bench prints
 */
export function resultText(result) {
  const reasons = new Set(Object.values(result.missing));
  const missing = Array.from(reasons, (reason) => {
    const ids = Object.keys(result.missing).filter((id) => result.missing[id] === reason);
    return `not run, ${reason}: ${ids.join(", ")}`;
  });
  const tables = [detailTable(result), comparisonTable(result)].flatMap((table) =>
    table ? ["", ...tableLines(table.columns, table.lines)] : [],
  );
  return [result.title, machine(result), ...tables, ...(missing.length > 0 ? ["", ...missing] : []), ""].join("\n");
}

/**
 * A line on stderr that rewrites itself, in a terminal only.
 *
 * @param {string} text
 */
export function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
