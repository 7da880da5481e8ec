import { tableLines } from "../report/table.js";
import { machine, notRun, versions } from "./format.js";
import { comparisonTable, detailTable, summaryTable } from "./tables.js";
import type { Result } from "./types.js";

/** @returns the printed form of a result: the machine, all figures, and the contenders that did not run */
export function resultText(result: Result): string {
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
