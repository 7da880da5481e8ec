/** The option `documents`: the owner of each token. */
import { checkRowShape, type ShapedRows } from "../arguments/rows.js";
import { isIntegerArray } from "../arguments/targets.js";
import { checkAttached, dataOf, isTensorLike, tensorShape } from "../arguments/tensors.js";
import type { IntegerTensor } from "../arguments/types.js";
import { wrongType, wrongValue } from "../errors.js";
import { checkLength } from "./token-table.js";

export interface DocumentsOption {
  /**
   * The document of each target, a whole number. Adds `documents` and clustered standard errors to the totals: they take documents
   * as independent, but not the tokens within one. In parts that are merged later, equal numbers mean the same document.
   */
  readonly documents?: IntegerTensor | undefined;
}

const NAME = "options.documents";
const EXPECTED = "whole numbers, one per token, in an integer typed array, an array or a tensor object";

/**
 * The owner of each row, which is that of entry row + shift of `argument`; 0 for rows that do not count, whose owners are not read.
 *
 * @throws TypeError for other than integers; RangeError for a wrong length or shape, or an owner that no f64 holds exactly.
 */
export function ownersOf(
  value: unknown,
  argument: "targets" | "logProbs",
  kept: Uint8Array,
  rows: Pick<ShapedRows, "rowShape">,
  shift = 0,
): Float64Array {
  const isTensor = isTensorLike(value);
  const data: unknown = isTensor ? dataOf(NAME, value) : value;
  if (!Array.isArray(data) && !isIntegerArray(data)) throw wrongType(NAME, EXPECTED, data);
  if (!Array.isArray(data)) checkAttached(NAME, data);
  checkLength(NAME, data.length, argument, kept.length);
  if (isTensor) checkRowShape(NAME, tensorShape(NAME, value), rows);
  const owners = new Float64Array(kept.length);
  for (let row = 0; row < kept.length; row++) {
    if (kept[row] !== 0) owners[row] = ownerAt(data, row + shift);
  }
  return owners;
}

function ownerAt(data: ArrayLike<unknown>, index: number): number {
  const value = data[index];
  const owner = typeof value === "bigint" ? Number(value) : value;
  if (typeof owner !== "number") throw wrongType(`${NAME}[${index}]`, "a whole number", value);
  if (!Number.isInteger(owner)) throw wrongValue(`${NAME}[${index}]`, "a whole number", value);
  if (!Number.isSafeInteger(owner)) {
    throw wrongValue(`${NAME}[${index}]`, "a whole number below 2^53", value, "number the documents: 0, 1, 2");
  }
  // no -0: the owner is written to JSON, which has none
  return owner + 0;
}
