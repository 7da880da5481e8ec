/** Axes: ticks lie within the chart, and their labels are distinct and short. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { band, line } from "../../src/report/page/svg/marks.js";
import { type Axis, scaleOf } from "../../src/report/page/svg/scales.js";

const labels = (axis: Omit<Axis, "title">, count = 5): string[] =>
  scaleOf({ title: "", ...axis }, 0, 100, count).ticks.map(({ label }) => label);

test.each<[Omit<Axis, "title">, string[]]>([
  [{ from: 0, to: 246 }, ["0", "50", "100", "150", "200"]],
  [{ from: 0, to: 1 }, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"].map((label) => label.replace(".0", ""))],
  [{ from: 0, to: 8000 }, ["0", "2,000", "4,000", "6,000", "8,000"]],
  [{ from: 0, to: 3e6 }, ["0", "0.5M", "1M", "1.5M", "2M", "2.5M", "3M"]],
  [{ from: 0.995, to: 1.005 }, ["0.996", "0.998", "1", "1.002", "1.004"]],
  [{ from: 0, to: 4e30 }, ["0", "1e+30", "2e+30", "3e+30", "4e+30"]],
  [{ from: -0.02, to: 0.02 }, ["−0.02", "−0.01", "0", "0.01", "0.02"]],
  [{ from: 0, to: 1, unit: "percent" }, ["0%", "20%", "40%", "60%", "80%", "100%"]],
  [{ from: 2e-4, to: 0.3, kind: "log" }, ["0.001", "0.01", "0.1"]],
  [{ from: 1e-10, to: 1, kind: "log" }, ["1e-10", "1e-7", "0.0001", "0.1"]],
])("%j", (axis, expected) => {
  expect(labels(axis)).toEqual(expected);
});

test("labels are distinct when rounding moves a step of 5e-5", () => {
  expect(labels({ from: 0, to: 1.0000000000000002e-4, isRounded: true }, 3)).toEqual(["0", "5e-5", "1e-4", "1.5e-4"]);
});

test("any range: at most twice the requested ticks, all distinct, all inside", () => {
  const ends = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }));
  fc.assert(
    fc.property(ends, fc.boolean(), fc.integer({ min: 2, max: 8 }), ([from, extent], isRounded, count) => {
      const { ticks } = scaleOf({ title: "", from, to: from + extent, isRounded }, 40, 700, count);
      expect(ticks.length).toBeLessThanOrEqual(2 * count + 1);
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
      for (const { at } of ticks) {
        expect(at).toBeGreaterThanOrEqual(39.99);
        expect(at).toBeLessThanOrEqual(700.01);
      }
    }),
  );
});

test("an axis with an empty range maps its one value", () => {
  for (const kind of ["linear", "log"] as const) {
    const { place, ticks } = scaleOf({ title: "", from: 3, to: 3, kind }, 0, 100, 4);
    expect(place(3)).toBe(0);
    for (const { at } of ticks) expect(Number.isFinite(at)).toBe(true);
  }
});

describe("marks", () => {
  const at = (...values: number[]) => values.map((y, x) => ({ x, y }));
  test("a line breaks at non-finite values; a single point is a dot", () => {
    expect(line(at(1, 2, Number.NaN, 4, Infinity, 5, 6.04), "a").text).toBe('<path class="a" d="M0 1L1 2M3 4h0M5 5L6 6"/>');
    expect(line([], "a").text).toBe('<path class="a" d=""/>');
  });

  test("a band encloses its ranges and skips those with a non-finite end", () => {
    const ranges = [
      { x: 0, from: Number.NaN, to: 2 },
      { x: 1, from: 3, to: 1 },
      { x: 2, from: 4, to: 0 },
    ];
    expect(band(ranges, "b").text).toBe('<path class="b" d="M1 3L2 4L2 0L1 1Z"/>');
  });
});
