import { makeArray } from "../../files/dtypes.js";
import { InputError } from "../../files/input-error.js";
import type { Inputs } from "./inputs.js";

/** What an ignored target is in a batch, whatever number the file has for it. */
export const IGNORED = -100;

/**
 * Reads the targets of some rows: class numbers as i32, which every one fits, whatever integers the file holds.
 * @throws InputError for one that is no class and not the ignore index, or has no entry among the token bytes: names its row
 */
export async function readTargets(inputs: Inputs, ignoreIndex: number, firstRow: number, rows: number): Promise<Int32Array> {
  const { classes, targets, tokenBytes } = inputs;
  const values = makeArray(targets.dtype, rows);
  await targets.fill(values, firstRow);
  const ids = new Int32Array(rows);
  for (let index = 0; index < rows; index++) {
    const value = Number(values[index]);
    if (value === ignoreIndex) {
      ids[index] = IGNORED;
      continue;
    }
    if (!(value >= 0 && value < classes)) {
      throw new InputError(
        `${targets.label}: row ${firstRow + index}: expected a target in 0..${classes - 1} ` +
          `or the ignore index (${ignoreIndex}), got ${values[index]}`,
      );
    }
    if (tokenBytes !== undefined && value >= tokenBytes.counts.length) {
      throw new InputError(
        `${tokenBytes.label}: has ${tokenBytes.counts.length} entries, but row ${firstRow + index} of ${targets.label} ` +
          `is token ${value}; give the bytes of every token`,
      );
    }
    ids[index] = value;
  }
  return ids;
}
