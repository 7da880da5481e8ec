/**
 * The value below which a share `p` of the sample lies, interpolated between neighbours.
 *
 * @param {readonly number[]} sorted ascending, not empty
 * @param {number} p 0 to 1
 */
function quantile(sorted, p) {
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/**
 * Median and quartiles: one round that the machine spoilt moves neither.
 *
 * @param {readonly number[]} sample not empty
 * @returns {import("./types.mjs").Spread}
 */
export function spread(sample) {
  const sorted = [...sample].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), q1: quantile(sorted, 0.25), q3: quantile(sorted, 0.75) };
}
