import { makeArray } from "../../files/dtypes.js";
import { InputError } from "../../files/input-error.js";
import type { Tensor } from "../../files/tensor.js";
import type { Inputs } from "./inputs.js";

/** The target of an ignored row in a batch, whatever ignore index the file uses. */
export const IGNORED = -100;

/** A mask of this name says which tokens the model attends to, so the row that predicts a token has to be one of them as well. */
export const ATTENTION = "attention_mask";

/** The targets of a range of rows. */
export interface TargetRows {
  /** One id per row; IGNORED for an ignored row. */
  readonly targets: Int32Array;
  /** The document of each target, 0 for ignored rows; undefined without documents. */
  readonly documents?: Float64Array;
}

/**
 * Reads the targets of a range of rows and converts them to i32, which holds every class index. A row without a target, or with one
 * that is masked, is ignored.
 * @throws InputError that names the row of a target that is neither a class nor the ignore index
 */
export async function readTargets(inputs: Inputs, ignoreIndex: number, firstRow: number, rows: number): Promise<TargetRows> {
  const { classes, targets, mask, documents, shift } = inputs;
  const count = Math.min(rows + shift.by, targets.length - firstRow);
  const [values, masked, owners] = [
    await entriesOf(targets, firstRow, count),
    mask && (await entriesOf(mask, firstRow, count)),
    documents && (await entriesOf(documents, firstRow, count)),
  ];
  const isAttention = mask?.name === ATTENTION;
  const ids = new Int32Array(rows).fill(IGNORED);
  const found = owners === undefined ? undefined : new Float64Array(rows);
  for (let index = 0; index < rows; index++) {
    const target = shift.targetOf(firstRow + index);
    if (target === undefined) continue;
    const at = target - firstRow;
    if (masked !== undefined && (Number(masked[at]) === 0 || (isAttention && Number(masked[index]) === 0))) continue;
    const value = Number(values[at]);
    if (value === ignoreIndex) continue;
    if (!(value >= 0 && value < classes)) {
      throw new InputError(
        `${targets.label}: row ${target}: expected a target in 0..${classes - 1} ` +
          `or the ignore index (${ignoreIndex}), got ${values[at]}`,
      );
    }
    ids[index] = value;
    if (found === undefined) continue;
    const owner = Number(owners?.[at]);
    if (!Number.isSafeInteger(owner)) {
      throw new InputError(
        `${documents?.label}: row ${target}: expected a whole number below 2^53, got ${owners?.[at]}; number the documents: 0, 1, 2`,
      );
    }
    found[index] = owner;
  }
  return { targets: ids, ...(found && { documents: found }) };
}

async function entriesOf(tensor: Tensor<Inputs["targets"]["dtype"]>, first: number, count: number) {
  const values = makeArray(tensor.dtype, count);
  await tensor.fill(values, first);
  return values;
}
