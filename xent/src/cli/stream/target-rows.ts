import { makeArray } from "../../files/dtypes.js";
import { InputError } from "../../files/input-error.js";
import type { Inputs } from "./inputs.js";

/** The target of an ignored row in a batch, whatever ignore index the file uses. */
export const IGNORED = -100;

/**
 * Reads the targets of a range of rows and converts them to i32, which holds every class index. A row without a target is ignored.
 * @throws InputError that names the row of a target that is neither a class nor the ignore index, or has no token bytes entry
 */
export async function readTargets(inputs: Inputs, ignoreIndex: number, firstRow: number, rows: number): Promise<Int32Array> {
  const { classes, targets, shift, tokenBytes } = inputs;
  const values = makeArray(targets.dtype, Math.min(rows + shift.by, targets.length - firstRow));
  await targets.fill(values, firstRow);
  const ids = new Int32Array(rows);
  for (let index = 0; index < rows; index++) {
    const target = shift.targetOf(firstRow + index);
    const given = values[(target ?? 0) - firstRow];
    const value = Number(given);
    if (target === undefined || value === ignoreIndex) {
      ids[index] = IGNORED;
      continue;
    }
    if (!(value >= 0 && value < classes)) {
      throw new InputError(
        `${targets.label}: row ${target}: expected a target in 0..${classes - 1} ` +
          `or the ignore index (${ignoreIndex}), got ${given}`,
      );
    }
    if (tokenBytes !== undefined && value >= tokenBytes.counts.length) {
      throw new InputError(
        `${tokenBytes.label}: has ${tokenBytes.counts.length} entries, but row ${target} of ${targets.label} ` +
          `is token ${value}; give the byte count of every token`,
      );
    }
    ids[index] = value;
  }
  return ids;
}
