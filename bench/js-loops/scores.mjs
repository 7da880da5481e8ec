import { expSum, rowMax } from "../../xent/build/bench/cross-entropy-loop.js";

/** @typedef {import("../../xent/build/bench/types.js").Problem} Problem */

/**
 * The columns of scoreTokens per row, in arrays that are allocated before the clock starts:
 *
 *     log p_t = x_t - (max + log(sum))       sum = sum_c exp(x_c - max)
 *     rank    = 1 + number of classes before the target, the greatest logit first, equal ones by index
 *     H       = log(sum) - dot / sum         dot = sum_c exp(x_c - max) (x_c - max)
 *
 * and their mean loss. No totals: no exact sums, no standard errors.
 *
 * @type {import("../../xent/build/bench/js-loop.js").Loop["mean"]}
 */
export function scoresLoop({ logits, targets, rows, classes }) {
  const { ranks, entropies } = arraysFor(rows);
  let total = 0;
  for (let row = 0, start = 0; row < rows; row++, start += classes) {
    const end = start + classes;
    const target = start + targets[row];
    const x = logits[target];
    const max = rowMax(logits, start, end);
    let sum = 0;
    let dot = 0;
    for (let i = start; i < end; i++) {
      const d = logits[i] - max;
      const exp = Math.exp(d);
      sum += exp;
      // a term of -inf is 0
      if (exp > 0) dot += exp * d;
    }
    let rank = 1;
    for (let i = start; i < target; i++) if (logits[i] >= x) rank++;
    for (let i = target + 1; i < end; i++) if (logits[i] > x) rank++;
    ranks[row] = rank;
    entropies[row] = Math.log(sum) - dot / sum;
    total += max + Math.log(sum) - x;
  }
  return total / rows;
}

/** @param {Problem} problem @returns {Float64Array} one loss per row */
export function rowLosses({ logits, targets, rows, classes }) {
  return Float64Array.from({ length: rows }, (_, row) => {
    const start = row * classes;
    const max = rowMax(logits, start, start + classes);
    return max + Math.log(expSum(logits, start, start + classes, max)) - logits[start + targets[row]];
  });
}

/** @type {Map<number, { ranks: Int32Array, entropies: Float64Array }>} */
const arrays = new Map();

/** @param {number} rows */
function arraysFor(rows) {
  const known = arrays.get(rows) ?? { ranks: new Int32Array(rows), entropies: new Float64Array(rows) };
  arrays.set(rows, known);
  return known;
}
