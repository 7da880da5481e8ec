import { type LogitDtype, makeArray } from "../files/dtypes.js";
import type { Tensor } from "../files/tensor.js";

/** Elements read at a time. */
const PIECE = 2 ** 16;

/**
 * Reads a row of logits whose loss is NaN.
 * @returns what makes it NaN, to follow "where"; undefined if its logits do not
 */
export async function nanCause(tensor: Tensor<LogitDtype>, row: number): Promise<string | undefined> {
  const { columns, dtype } = tensor;
  let hasFinite = false;
  for (let from = 0; from < columns; from += PIECE) {
    const first = row * columns + from;
    const values = makeArray(dtype, Math.min(PIECE, columns - from));
    await tensor.fill(values, first);
    for (let index = 0; index < values.length; index++) {
      const value = numberOf(dtype, values[index] as number);
      if (Number.isNaN(value)) return `class ${from + index} is NaN`;
      if (value === Number.POSITIVE_INFINITY) return `class ${from + index} is +inf`;
      if (Math.fround(value) === Number.POSITIVE_INFINITY) return `class ${from + index} is ${value}, which float32 cannot hold`;
      hasFinite ||= Number.isFinite(Math.fround(value));
    }
  }
  return hasFinite ? undefined : "every class is -inf";
}

/** The bits of +inf. */
const INFINITY = { F16: 0x7c00, BF16: 0x7f80 } as const;

/** @returns a stored element as a number; a 16-bit float as 0, an infinity or NaN, which is all that is asked here */
function numberOf(dtype: LogitDtype, stored: number): number {
  if (dtype === "F32" || dtype === "F64") return stored;
  const infinity = INFINITY[dtype];
  const magnitude = stored & 0x7fff;
  if (magnitude < infinity) return 0;
  if (magnitude > infinity) return Number.NaN;
  return stored < 0x8000 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
