import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spread, timesOver } from "../../src/bench/statistics.js";

describe("spread", () => {
  test.each([
    [[3], { median: 3, q1: 3, q3: 3 }],
    [[4, 1], { median: 2.5, q1: 1.75, q3: 3.25 }],
    [[5, 1, 4, 2, 3], { median: 3, q1: 2, q3: 4 }],
    // a single disturbed round moves neither median nor quartiles
    [[1, 1, 1, 1, 1, 1, 100], { median: 1, q1: 1, q3: 1 }],
  ])("%j", (sample, expected) => {
    expect(spread(sample)).toEqual(expected);
  });

  test("is ordered, lies within the sample, and does not change it", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (sample) => {
        const before = [...sample];
        const { median, q1, q3 } = spread(sample);
        expect(sample).toEqual(before);
        expect(Math.min(...sample)).toBeLessThanOrEqual(q1);
        expect(q1).toBeLessThanOrEqual(median);
        expect(median).toBeLessThanOrEqual(q3);
        expect(q3).toBeLessThanOrEqual(Math.max(...sample));
      }),
    );
  });
});

test("timesOver takes ratios per round, then the median: a machine at half speed for some rounds changes nothing", () => {
  expect(timesOver([2, 4, 4, 2, 2], [1, 2, 2, 1, 1])).toEqual({ median: 2, q1: 2, q3: 2 });
});
