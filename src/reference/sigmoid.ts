/** The logistic function, and losses of binary choices based on it. */

/** 1 / (1 + e^-x), computed with the exponential that is at most 1. Its complement is sigmoid(-x). */
export function sigmoid(x: number): number {
  const exp = Math.exp(-Math.abs(x));
  return (x < 0 ? exp : 1) / (1 + exp);
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); softplus(-x) is -log sigmoid(x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * (1 - y) sp(x) + v y sp(-x), which keeps the digits of a loss near 0. PyTorch computes (1 - y) x + (1 - y + v y) sp(-x), which
 * is the same by sp(x) = x + sp(-x), but NaN for an infinite logit wherever infinities would have to cancel.
 */
export function binaryCost(x: number, y: number, v = 1): number {
  if (Number.isFinite(x)) return (1 - y) * softplus(x) + v * y * softplus(-x);
  return (1 - y) * x + (1 - y + v * y) * softplus(-x);
}
