import type { ScoringRun } from "./scoring-run.js";
import type { TableShape } from "./tables/table-shape.js";
import { type TableChoice, type TableSnapshot, TokenTable } from "./tables/token-table.js";

/** Starts the table of tokens, or continues that of the interrupted run. */
export async function openTable<Batch extends { readonly targets: { readonly length: number } }>(
  { before, range, checkpoint, tell }: ScoringRun,
  choice: TableChoice,
  shape: TableShape<Batch>,
): Promise<TokenTable<Batch>> {
  if (before === undefined) return TokenTable.create(choice, shape, { tell, hasHead: range.from === 0 });
  const saved = before.sinks["tokens"] as TableSnapshot;
  return checkpoint.restored(() => TokenTable.resume(choice, shape, saved, before.rows));
}
