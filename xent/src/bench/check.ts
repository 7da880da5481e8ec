/** Each contender's results are checked against f64 losses of the input that it is timed on; a wrong result stops the bench. */
import type { Expected } from "./types.js";

/** Default bound on the gradient error, relative to the largest entry of the row. */
const GRAD_BOUND = 2e-6;

function errorOf(got: number, expected: number): number {
  return Math.abs(got - expected) / Math.max(1, Math.abs(expected));
}

/**
 * @param label name of the contender in errors
 * @param rows the contender's losses, one per row
 * @returns the worst row error: |loss - reference| / max(1, |reference|)
 * @throws Error when a row's error is above the bound or NaN, or the number of rows is wrong
 */
export function checkRows(
  label: string,
  rows: ArrayLike<number>,
  expected: ArrayLike<number> | undefined,
  bound: number,
): number {
  if (rows.length !== expected?.length) throw new Error(`${label}: expected ${expected?.length} row losses, got ${rows.length}`);
  let worst = 0;
  for (let row = 0; row < rows.length; row++) {
    const error = errorOf(rows[row], expected[row]);
    // negated, so that NaN fails too
    if (!(error <= bound)) {
      throw new Error(
        `${label}: row ${row} is off by ${error.toExponential(2)}, more than its bound ${bound}: ` +
          `expected ${expected[row]}, got ${rows[row]}`,
      );
    }
    worst = Math.max(worst, error);
  }
  return worst;
}

/**
 * @param value what the timed call returned
 * @throws Error when its error is above the bound or NaN
 */
export function checkValue(label: string, value: number, expected: Expected, bound: number): void {
  const error = errorOf(value, expected.value);
  if (!(error <= bound)) {
    throw new Error(`${label}: the timed call returned ${value}, expected ${expected.value} within ${bound}`);
  }
}

/**
 * @param grad what the timed call wrote
 * @returns the worst gradient error: |gradient - reference| / largest |reference| of the row
 * @throws Error when an entry's error is above the bound or NaN, or the number of entries is wrong
 */
export function checkGrad(
  label: string,
  grad: ArrayLike<number>,
  expected: ArrayLike<number> | undefined,
  classes: number,
  bound: number = GRAD_BOUND,
): number {
  if (grad.length !== expected?.length) throw new Error(`${label}: expected ${expected?.length} gradients, got ${grad.length}`);
  let worst = 0;
  for (let start = 0; start < grad.length; start += classes) {
    let largest = 0;
    for (let i = start; i < start + classes; i++) largest = Math.max(largest, Math.abs(expected[i]));
    for (let i = start; i < start + classes; i++) {
      const off = Math.abs(grad[i] - expected[i]);
      if (!(off <= bound * largest)) {
        throw new Error(
          `${label}: gradient ${i - start} of row ${start / classes} is off by ${(off / largest).toExponential(2)} of the row's ` +
            `largest, more than ${bound}: expected ${expected[i]}, got ${grad[i]}`,
        );
      }
      if (off > worst * largest) worst = off / largest;
    }
  }
  return worst;
}
