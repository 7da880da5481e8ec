import type { RowLogSumExp } from "./log-sum-exp.js";

/** softmax of one row, p_c = exp(x_c - m) / S with S = sum_k exp(x_k - m). */
export interface RowProbabilities {
  readonly p: Float64Array;
  /** 1 - p_c as (sum of the other classes' exponentials) / S, so that it does not cancel for a nearly certain class. */
  complement(c: number): number;
}

/** NaN throughout for a row with NaN or +inf, or of -inf only: some x_k - m is inf - inf, so S is NaN. */
export function rowProbabilities({ max }: RowLogSumExp, x: Float64Array): RowProbabilities {
  const exps = x.map((value) => Math.exp(value - max));
  const sum = exps.reduce((total, value) => total + value, 0);
  const others = sumOfOthers(exps);
  return { p: exps.map((value) => value / sum), complement: (c) => others(c) / sum };
}

/**
 * The sum of all values but one. The total minus the value is accurate for a value of at most half the total. For the largest
 * value, where the difference would be mostly rounding, the others are added up.
 */
export function sumOfOthers(values: Float64Array): (index: number) => number {
  let largest = 0;
  let total = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    total += value;
    if (Math.abs(value) > Math.abs(values[largest])) largest = index;
  }
  let besideLargest = 0;
  for (let index = 0; index < values.length; index++) {
    if (index !== largest) besideLargest += values[index];
  }
  return (index) => (index === largest ? besideLargest : total - values[index]);
}
