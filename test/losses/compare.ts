import { expect } from "vitest";
import { firstDifferentByte } from "../support/first-difference.js";

type Numbers = number | ArrayLike<number>;

function list(value: Numbers): ArrayLike<number> {
  return typeof value === "number" ? [value] : value;
}

/** The numbers as f64, if they are in a typed array: a loop over one type of array is several times faster than over any type. */
function asDoubles(values: ArrayLike<number>): ArrayLike<number> {
  if (values instanceof Float64Array || !ArrayBuffer.isView(values)) return values;
  return new Float64Array(values);
}

/** Index of the first element that can differ; it does, unless both are NaN. */
function firstCandidate(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor || a.byteLength === 0) return 0;
  return Math.floor((firstDifferentByte(a, b) * b.length) / b.byteLength);
}

/**
 * Checks |actual - expected| <= allowed(index) for each element; NaN and infinities must be equal. `expectClose` has one
 * tolerance for all elements; here each row can have its own bound.
 */
export function expectWithin(actual: Numbers, expected: Numbers, allowed: (index: number) => number, what: string): void {
  const got = asDoubles(list(actual));
  const want = asDoubles(list(expected));
  if (got.length !== want.length) expect.fail(`${what}: expected ${want.length} values, got ${got.length}`);
  let worst = -1;
  let worstExcess = 1;
  for (let i = 0; i < want.length; i++) {
    const a = got[i];
    const b = want[i];
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b);
    // an infinite or NaN difference always fails
    const excess = Number.isFinite(error) ? error / allowed(i) : Number.POSITIVE_INFINITY;
    if (excess > worstExcess) {
      worst = i;
      worstExcess = excess;
    }
  }
  if (worst < 0) return;
  const error = Math.abs(got[worst] - want[worst]);
  expect.fail(`${what}: at [${worst}] got ${got[worst]}, expected ${want[worst]} (off by ${error}, allowed ${allowed(worst)})`);
}

/**
 * A row loss is within ROW_BOUND max(1, |loss|) of the f64 result. An exponential has a relative error of up to 2.5e-7, of which
 * log(1 + R) keeps R / (1 + R), at most .63 max(1, loss). Typical rows are far better (test/accuracy/losses.test.ts).
 */
export const ROW_BOUND = 1.6e-7;

/** ROW_BOUND max(1, |loss|), plus the rounding to f32. */
export function rowBound(expected: ArrayLike<number>): (index: number) => number {
  return (index) => {
    const loss = Math.abs(expected[index]);
    return ROW_BOUND * Math.max(1, loss) + f32Step(loss) / 2;
  };
}

/** Equal bit for bit; all NaNs are equal, because WebAssembly does not specify their payload. */
export function expectSameBits(actual: Numbers, expected: Numbers, what: string): void {
  const got = list(actual);
  const want = list(expected);
  if (got.length !== want.length) expect.fail(`${what}: expected ${want.length} values, got ${got.length}`);
  for (let i = firstCandidate(got, want); i < want.length; i++) {
    if (Object.is(got[i], want[i])) continue;
    expect.fail(`${what}: at [${i}] got ${signed(got[i])}, expected ${signed(want[i])} to the bit`);
  }
}

/** Distance from `value` to the next f32. Rounding to f32 is off by at most half of it. */
export function f32Step(value: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(value) || 1e-45)));
  return 2 ** (exponent - 23);
}

function signed(value: number | undefined): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
