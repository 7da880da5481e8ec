/** Percentiles: linear between neighbours, infinities at the upper end. */
import fc from "fast-check";
import { expect, it } from "vitest";
import * as reference from "../../src/reference/statistics.js";
import { PERCENTAGES, percentilesOf, quantile } from "../../src/scoring/percentiles.js";

const { POSITIVE_INFINITY: INFINITE } = Number;

it("small samples, computed by hand", () => {
  const sample = { values: [1, 2, 4, 8], infinite: 0 };
  expect([0, 1 / 3, 0.5, 0.75, 1].map((share) => quantile(sample, share))).toEqual([1, 2, 3, 5, 8]);
  expect(quantile({ values: [7], infinite: 0 }, 0.999)).toBe(7);
  expect(quantile({ values: [], infinite: 0 }, 0.5)).toBeNaN();
});

it("infinities count as the greatest", () => {
  const sample = { values: [1, 2], infinite: 1 };
  expect([0, 0.25, 0.5, 0.51, 1].map((share) => quantile(sample, share))).toEqual([1, 1.5, 2, INFINITE, INFINITE]);
  expect(quantile({ values: [], infinite: 3 }, 0.5)).toBe(INFINITE);
});

it("agree with the reference, lie between minimum and maximum, and are monotonic", () => {
  const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
  const property = fc.property(numbers, (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    const percentiles = percentilesOf({ values: sorted, infinite: 0 });
    const found = PERCENTAGES.map((percentage) => percentiles[percentage]);
    for (const [i, percentage] of PERCENTAGES.entries()) {
      expect(found[i]).toBeCloseTo(reference.quantile(values, Number(percentage) / 100), 12);
      if (i > 0) expect(found[i]).toBeLessThanOrEqual(found[i - 1] + 1e-15);
    }
    expect(Math.max(...found)).toBeLessThanOrEqual(Math.max(...values) + 1e-15);
  });
  fc.assert(property);
});
