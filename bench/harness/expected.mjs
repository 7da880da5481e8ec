/**
 * From what the reference gives with reduction "none" to what the timed call, whose reduction is "mean", must give.
 *
 * @param {{ value: ArrayLike<number>, grad?: Float64Array }} none losses, and gradients if the call writes them
 * @returns {import("./types.mjs").Expected}
 */
export function meanOf({ value: rows, grad }) {
  let sum = 0;
  for (let row = 0; row < rows.length; row++) sum += rows[row];
  return { rows, value: sum / rows.length, ...(grad && { grad: grad.map((entry) => entry / rows.length) }) };
}
