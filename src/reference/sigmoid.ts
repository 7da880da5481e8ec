/** The logistic function, and what follows from it for a binary choice. */

/** 1 / (1 + e^-x), by whichever exponential is at most 1. Its complement is sigmoid(-x). */
export function sigmoid(x: number): number {
  const exp = Math.exp(-Math.abs(x));
  return (x < 0 ? exp : 1) / (1 + exp);
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); softplus(-x) is -log sigmoid(x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * (1 - y) sp(x) + v y sp(-x), which keeps the value of a loss near 0. PyTorch has (1 - y) x + (1 - y + v y) sp(-x), the same by
 * sp(x) = x + sp(-x), except that an infinite logit is NaN there wherever the infinities would have to cancel.
 */
export function binaryCost(x: number, y: number, v = 1): number {
  if (Number.isFinite(x)) return (1 - y) * softplus(x) + v * y * softplus(-x);
  return (1 - y) * x + (1 - y + v * y) * softplus(-x);
}
