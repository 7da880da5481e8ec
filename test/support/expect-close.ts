import { expect } from "vitest";

/** |actual - expected| <= atol + rtol |expected| */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
}

interface Mismatch {
  readonly index: number;
  /** Error divided by the tolerance; not used for NaN and infinities. */
  readonly excess: number;
}

/**
 * Compares numbers or arrays element by element. The failure message names the worst index with the expected and the actual
 * value. NaN and infinities have no distance, so they are counted and reported separately (as in Liger-Kernel's test/utils.py).
 */
export function expectClose(
  actual: number | ArrayLike<number>,
  expected: number | ArrayLike<number>,
  tolerance: Tolerance,
  what: string,
): void {
  const got = typeof actual === "number" ? [actual] : actual;
  const want = typeof expected === "number" ? [expected] : expected;
  if (got.length !== want.length) {
    expect.fail(`${what}: expected ${want.length} values, got ${got.length}`);
  }
  const message = describeMismatches(got, want, tolerance);
  if (message !== "") expect.fail(`${what}: ${message}`);
}

function describeMismatches(got: ArrayLike<number>, want: ArrayLike<number>, { atol, rtol }: Tolerance): string {
  const nans: Mismatch[] = [];
  const infinities: Mismatch[] = [];
  const values: Mismatch[] = [];
  for (let index = 0; index < want.length; index++) {
    const actual = got[index];
    const expected = want[index];
    if (Number.isNaN(actual) || Number.isNaN(expected)) {
      if (Number.isNaN(actual) !== Number.isNaN(expected)) nans.push({ index, excess: 0 });
    } else if (!Number.isFinite(actual) || !Number.isFinite(expected)) {
      if (actual !== expected) infinities.push({ index, excess: 0 });
    } else {
      const allowed = atol + rtol * Math.abs(expected);
      const error = Math.abs(actual - expected);
      if (error > allowed) values.push({ index, excess: error / allowed });
    }
  }

  const at = ({ index }: Mismatch): string => `[${index}] got ${got[index]}, expected ${want[index]}`;
  const parts: string[] = [];
  if (values.length > 0) {
    const worst = values.reduce((a, b) => (b.excess > a.excess ? b : a));
    const error = Math.abs(got[worst.index] - want[worst.index]);
    parts.push(
      `${values.length} of ${want.length} values off, worst at ${at(worst)} (off by ${error}, atol ${atol}, rtol ${rtol})`,
    );
  }
  if (nans.length > 0) parts.push(`${nans.length} NaN mismatches, first at ${at(nans[0] as Mismatch)}`);
  if (infinities.length > 0) parts.push(`${infinities.length} infinity mismatches, first at ${at(infinities[0] as Mismatch)}`);
  return parts.join("; ");
}
