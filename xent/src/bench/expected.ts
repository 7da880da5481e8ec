import type { Expected } from "./types.js";

/** Converts expected results for reduction "none" to those of the timed call, whose reduction is "mean". */
export function meanOf({ value: rows, grad }: { value: ArrayLike<number>; grad?: Float64Array }): Expected {
  let sum = 0;
  for (let row = 0; row < rows.length; row++) sum += rows[row];
  return { rows, value: sum / rows.length, ...(grad && { grad: grad.map((entry) => entry / rows.length) }) };
}
