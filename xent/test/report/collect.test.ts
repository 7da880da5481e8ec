/** The collectors alone: their results equal those from a list of all values, and their memory is bounded. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Calibration, calibrationError } from "../../src/report/page/collect/calibration.js";
import { DoublingHistogram } from "../../src/report/page/collect/doubling-histogram.js";
import { EXTREME_TOKENS, ExtremeTokens } from "../../src/report/page/collect/extreme-tokens.js";
import { Histogram } from "../../src/report/page/collect/histogram.js";
import { fromJson, toJson } from "../../src/report/page/collect/json-number.js";
import { SHORT_TEXT_TOKENS, ShortText } from "../../src/report/page/collect/short-text.js";
import { MOST_BUCKETS, TextBuckets } from "../../src/report/page/collect/text-buckets.js";
import { CompareReportData, ScoreReportData } from "../../src/report/page/index.js";
import { batchOf, compareRows, scoreRows } from "./rows.js";

/** Sums of eighths are exact in any order. */
const eighths = fc.integer({ min: 0, max: 400 }).map((value) => value / 8);

test("buckets equal those computed from a list of all rows", () => {
  const rows = fc.array(fc.option(eighths, { nil: undefined }), { maxLength: 5 * MOST_BUCKETS, size: "max" });
  fc.assert(
    fc.property(rows, (values) => {
      const buckets = new TextBuckets(["value", "double"]);
      for (const value of values) {
        if (value === undefined) buckets.skip();
        else if (value === 50) buckets.addBroken();
        else buckets.add(value, 2 * value);
      }
      const { width } = buckets;
      expect(buckets.rows).toBe(values.length);
      expect(values.length).toBeLessThanOrEqual(width * MOST_BUCKETS);
      if (width > 1) expect(values.length).toBeGreaterThan((width / 2) * MOST_BUCKETS);
      const expected = Array.from({ length: Math.ceil(values.length / width) }, (_, index) => {
        const own = values.slice(index * width, (index + 1) * width).filter((value) => value !== undefined);
        const kept = own.filter((value) => value !== 50);
        const sum = kept.reduce((total, value) => total + value, 0);
        return {
          firstRow: index * width,
          endRow: Math.min(values.length, (index + 1) * width),
          tokens: kept.length,
          broken: own.length - kept.length,
          sums: { value: sum, double: 2 * sum },
          least: Math.min(...kept),
          greatest: Math.max(...kept),
        };
      });
      expect(buckets.read()).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test("a histogram counts a value at an edge in the bin above, and values beyond the edges separately", () => {
  const histogram = new Histogram([0, 1, 3]);
  for (const value of [-0.1, 0, 0.9, 1, 2.9, 3, Infinity]) histogram.add(value);
  expect([histogram.below, histogram.bins().map(({ count }) => count), histogram.above]).toEqual([1, [2, 2], 2]);
});

test("a doubling histogram: the counts do not depend on the order of the values", () => {
  const value = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1e-9, max: 1e-9, noNaN: true }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1 }), (values) => {
      const [forward, backward] = [new DoublingHistogram(), new DoublingHistogram()];
      for (const one of values) forward.add(one);
      for (const one of [...values].reverse()) backward.add(one);
      expect(backward.snapshot()).toEqual(forward.snapshot());
      const counts = forward.bins().map(({ from, to }) => values.filter((one) => one >= from && one < to).length);
      expect(forward.bins().map(({ count }) => count)).toEqual(counts);
      expect(counts.reduce((sum, count) => sum + count)).toBe(values.length);
    }),
  );
});

test("calibration: expected and observed hits by tenths of the greatest probability, and the error over all", () => {
  const calibration = new Calibration();
  for (const [probability, isHit] of [
    [0.05, false],
    [0.65, true],
    [0.61, false],
    [1, true],
    [1 + 2 ** -50, true],
  ] as const) {
    calibration.add(probability, isHit);
  }
  const filled = calibration.bins().filter(({ tokens }) => tokens > 0);
  expect(filled.map(({ from, tokens, hits }) => [from, tokens, hits])).toEqual([
    [0, 1, 0],
    [0.6, 2, 1],
    [0.9, 2, 2],
  ]);
  expect(calibrationError(calibration.bins())).toBeCloseTo((0.05 + 0.26) / 5, 12);
  expect(calibrationError([])).toBeNaN();
});

test("extreme tokens: the greatest values, among equal ones the earlier, each with its context", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 120 }), (values) => {
      const extreme = new ExtremeTokens<"rank">();
      for (const [row, value] of values.entries()) {
        extreme.add(row, { id: row, text: null }, extreme.wants(value) ? { value, figures: { rank: 1 } } : undefined);
      }
      const sorted = values.map((value, row) => ({ value, row })).sort((a, b) => b.value - a.value || a.row - b.row);
      const expected = sorted.slice(0, EXTREME_TOKENS);
      expect(extreme.read().map(({ value, row }) => ({ value, row }))).toEqual(expected);
      const rows = values.map((_, row) => row);
      for (const { row, before, after } of extreme.read()) {
        expect(before.map(({ id }) => id)).toEqual(rows.slice(Math.max(0, row - 12), row));
        expect(after.map(({ id }) => id)).toEqual(rows.slice(row + 1, row + 7));
      }
    }),
  );
});

test("a text with one token too many is not kept", () => {
  const text = new ShortText();
  for (let row = 0; row < SHORT_TEXT_TOKENS; row++) text.add("x", 1);
  expect(text.read()).toHaveLength(SHORT_TEXT_TOKENS);
  text.add("x", 1);
  expect(text.read()).toBeUndefined();
  const long = new ShortText();
  long.add("x".repeat(40_001), 1);
  expect(long.read()).toBeUndefined();
});

test("numbers through JSON", () => {
  const anyNumber = fc.double().filter((value) => !Object.is(value, -0));
  fc.assert(
    fc.property(anyNumber, (value) => {
      expect(fromJson(JSON.parse(JSON.stringify(toJson(value))))).toBe(value);
    }),
  );
});

/** Numbers and texts of plain data. */
function entriesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, member: unknown) => sum + entriesOf(member), 0);
}

describe("three million tokens take no more memory than a few thousand", () => {
  const ROWS = 30_000;
  const TIMES = 100;
  /** Buckets with 4 members and 4 sums, 20 tokens with 18 neighbours (id, text) each, and histograms of 64, 49 and 4096 bins. */
  const MOST = MOST_BUCKETS * 8 + EXTREME_TOKENS * (20 * 2 + 6) + 64 + 49 + 2 * 4096 + 200;

  test("score", () => {
    const data = ScoreReportData.create();
    const batch = batchOf(scoreRows(ROWS, 5), 0, ROWS);
    for (let time = 0; time < TIMES; time++) data.add({ ...batch, firstRow: time * ROWS });
    expect(data.read().rows).toBe(3_000_000);
    expect(entriesOf(data.snapshot())).toBeLessThan(MOST);
  });

  test("compare", () => {
    const data = CompareReportData.create();
    const batch = batchOf(compareRows(ROWS, 5), 0, ROWS);
    for (let time = 0; time < TIMES; time++) data.add({ ...batch, firstRow: time * ROWS });
    expect(data.read().rows).toBe(3_000_000);
    expect(entriesOf(data.snapshot())).toBeLessThan(MOST);
  });
});
