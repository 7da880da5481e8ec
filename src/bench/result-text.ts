import { tableLines } from "../report/table.js";
import { machine } from "./format.js";
import { comparisonTable, detailTable } from "./tables.js";
import type { Result } from "./types.js";

/** @returns what a bench prints: everything that it measured, and what did not run */
export function resultText(result: Result): string {
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
