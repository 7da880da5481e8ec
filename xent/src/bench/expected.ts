import type { Expected } from "./types.js";

/** From what is right with reduction "none" to what the timed call, whose reduction is "mean", must give. */
export function meanOf({ value: rows, grad }: { value: ArrayLike<number>; grad?: Float64Array }): Expected {
  let sum = 0;
  for (let row = 0; row < rows.length; row++) sum += rows[row];
  return { rows, value: sum / rows.length, ...(grad && { grad: grad.map((entry) => entry / rows.length) }) };
}
