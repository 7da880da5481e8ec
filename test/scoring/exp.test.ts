/** The exponential of the scores against Math.exp, which is itself within 1 ulp. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { exp } from "../../src/scoring/exp.js";

/** Distance in ulp of the greater number. */
function ulps(a: number, b: number): number {
  if (a === b) return 0;
  const magnitude = Math.max(Math.abs(a), Math.abs(b));
  const ulp = Math.max(2 ** (Math.floor(Math.log2(magnitude)) - 52), 2 ** -1074);
  return Math.abs(a - b) / ulp;
}

it("is within 2 ulp of Math.exp, 3 ulp for subnormal results", () => {
  const anywhere = fc.double({ min: -745, max: 709.7, noNaN: true });
  const probable = fc.double({ min: -30, max: 0, noNaN: true });
  fc.assert(
    fc.property(fc.oneof(anywhere, probable), (x) => {
      expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(x < -708 ? 3 : 2);
    }),
    { numRuns: 20_000 },
  );
});

it("gives exact values and handles overflow, underflow and NaN", () => {
  expect(exp(0)).toBe(1);
  expect(exp(-0)).toBe(1);
  expect(exp(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(exp(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(exp(Number.NaN)).toBeNaN();
  expect(exp(-746)).toBe(0);
  expect(exp(-745.2)).toBe(0);
  expect(exp(-745)).toBe(5e-324);
  expect(exp(709.7)).toBeGreaterThan(1.6e308);
  expect(exp(710)).toBe(Number.POSITIVE_INFINITY);
});

it("has the same bits everywhere", () => {
  const bits = new BigUint64Array(Float64Array.of(exp(-0.1), exp(-1), exp(-10.5), exp(3.7)).buffer);
  expect(Array.from(bits, (word) => word.toString(16))).toEqual([
    "3fecf46d99d52b3a",
    "3fd78b56362cef38",
    "3efcdfc263f6a0ba",
    "4044394144eeec81",
  ]);
});
