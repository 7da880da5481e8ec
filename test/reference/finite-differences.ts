/** Gradients by finite differences. */
import { expectClose } from "../support/expect-close.js";

/** A power of two, so that x + h - x = h for x of moderate size. */
const STEP = 2 ** -13;

/**
 * d objective / d x_i for every i, by the fourth-order central difference
 *
 *     (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / 12h
 *
 * Its error is h^4 f''''' / 30 (h^4 = 2e-16) plus the rounding of f divided by h, 1e-12 of f.
 */
export function centralDifferences(x: Float64Array, objective: (x: Float64Array) => number): Float64Array {
  const at = (index: number, steps: number): number => {
    const moved = x.slice();
    moved[index] = x[index] + steps * STEP;
    return objective(moved);
  };
  return x.map((_, i) => (8 * (at(i, 1) - at(i, -1)) - (at(i, 2) - at(i, -2))) / (12 * STEP));
}

export function expectGradient(
  actual: Float64Array,
  x: Float64Array,
  objective: (x: Float64Array) => number,
  what: string,
): void {
  const tolerance = { atol: 1e-9 * (1 + Math.abs(objective(x))), rtol: 1e-8 };
  expectClose(actual, centralDifferences(x, objective), tolerance, what);
}

/** The differentiated quantity: the value, or the sum of the values weighted by the upstream gradient. */
export function weigh(value: number | Float64Array, upstream: number | Float64Array | undefined): number {
  const factor = (index: number): number => (typeof upstream === "object" ? upstream[index] : (upstream ?? 1));
  if (typeof value === "number") return value * factor(0);
  return value.reduce((sum, one, index) => sum + one * factor(index), 0);
}
