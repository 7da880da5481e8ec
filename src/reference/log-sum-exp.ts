/**
 * log(sum_c exp(x_c)) of one row, in two parts:
 *
 *     m       = max_c x_c
 *     rest    = sum of exp(x_c - m) over every class but the one that attains m first
 *     logRest = log1p(rest)
 *     lse     = m + logRest
 *
 * Leaving m's own exp(0) = 1 out of the sum preserves tiny losses. The loss of class t is (m - x_t) + logRest; for [40, 0, 0] and
 * class 0 it is log1p(2 e^-40) = 8.5e-18, where log(1 + 2 e^-40) would round to 0.
 *
 * A row of -inf only (or without classes) has lse = -inf, a row with +inf has lse = +inf, a row with NaN has NaN. In all three
 * cases `rest` and `logRest` are NaN, because the row has no finite distribution.
 */
export interface RowLogSumExp {
  readonly max: number;
  readonly rest: number;
  readonly logRest: number;
  readonly lse: number;
}

export function rowLogSumExp(x: Float64Array): RowLogSumExp {
  let max = Number.NEGATIVE_INFINITY;
  let argMax = -1;
  for (let c = 0; c < x.length; c++) {
    const value = x[c];
    if (Number.isNaN(value)) return { max: value, rest: value, logRest: value, lse: value };
    if (value > max) {
      max = value;
      argMax = c;
    }
  }
  if (!Number.isFinite(max)) return { max, rest: Number.NaN, logRest: Number.NaN, lse: max };

  let rest = 0;
  for (let c = 0; c < x.length; c++) {
    if (c !== argMax) rest += Math.exp(x[c] - max);
  }
  const logRest = Math.log1p(rest);
  return { max, rest, logRest, lse: max + logRest };
}

/** lse - x_c, the negative log-probability of a class, computed from m and logRest, not from the rounded lse. */
export function negativeLogProbability(row: RowLogSumExp, logit: number): number {
  return row.max - logit + row.logRest;
}
