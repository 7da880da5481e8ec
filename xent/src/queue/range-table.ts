import { basename, isAbsolute } from "node:path";
import type { ScoreBatch } from "../cli/score-batch.js";
import type { TableShape } from "../cli/tables/table-shape.js";
import { jsonLines } from "../cli/tables/text-lines.js";
import { create, whole } from "../files/output.js";

/**
 * Writes the part of a table that belongs to a range, as JSON lines. It appears whole or not at all, so two workers that have the same
 * range at once both write the same file.
 * @param through calls its argument with each batch
 */
export async function writeRangeTable(
  path: string,
  shape: TableShape<ScoreBatch>,
  through: (add: (batch: ScoreBatch) => Promise<void>) => Promise<void>,
): Promise<void> {
  const lines = jsonLines(shape.columns);
  await whole(path, async (partial) => {
    const handle = await create(partial, path);
    try {
      await through(async (batch) => {
        const text = Array.from(batch.targets, (_, index) => lines.line(shape.cells(batch, index)));
        await handle.appendFile(text.join(""));
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Whether a path is one of a part: a queue that others can write to must not have workers replace anything else. */
export function isRangeTable(path: string): boolean {
  return isAbsolute(path) && /^part-\d+\.jsonl$/.test(basename(path));
}

/** @returns the name of a part: names are in the order of the rows */
export function rangeTableName(index: number, count: number): string {
  return `part-${String(index + 1).padStart(String(count).length, "0")}.jsonl`;
}
