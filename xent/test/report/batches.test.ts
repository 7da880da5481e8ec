/** Pages depend neither on the size of the batches nor on interruptions between them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompareReportData, ScoreReportData } from "../../src/report/page/index.js";
import { batchOf, compareData, comparePage, compareRows, scoreData, scorePage, scoreRows } from "./rows.js";

/** Enough rows for the buckets to be joined twice. */
const anyText = fc.record({
  rows: fc.oneof(fc.constantFrom(0, 1, 2, 511, 512, 513, 1024, 1025), fc.integer({ min: 0, max: 2100 })),
  seed: fc.integer(),
  hasTexts: fc.boolean(),
  cuts: fc.array(fc.tuple(fc.nat(2100), fc.boolean()), { maxLength: 6 }),
});

test("score: byte-identical pages for any batches and any number of resumptions", () => {
  fc.assert(
    fc.property(anyText, ({ rows, seed, hasTexts, cuts }) => {
      const columns = scoreRows(rows, seed, hasTexts);
      expect(scorePage(columns, cuts) === scorePage(columns)).toBe(true);
      expect(scoreData(columns, cuts).snapshot()).toEqual(scoreData(columns).snapshot());
    }),
    { numRuns: 40 },
  );
});

test("compare: byte-identical pages for any batches and any number of resumptions", () => {
  fc.assert(
    fc.property(anyText, ({ rows, seed, hasTexts, cuts }) => {
      const columns = compareRows(rows, seed, hasTexts);
      expect(comparePage(columns, cuts) === comparePage(columns)).toBe(true);
      expect(compareData(columns, cuts).snapshot()).toEqual(compareData(columns).snapshot());
    }),
    { numRuns: 40 },
  );
});

test("row by row, resumed after every row", () => {
  const cuts = Array.from({ length: 60 }, (_, row) => [row, true] as const);
  expect(scorePage(scoreRows(60, 3), cuts)).toBe(scorePage(scoreRows(60, 3)));
  expect(comparePage(compareRows(60, 3), cuts)).toBe(comparePage(compareRows(60, 3)));
});

describe("refused input adds nothing", () => {
  const rows = scoreRows(10, 1);
  const compared = compareRows(10, 1);

  test("a batch that does not start at the next row", () => {
    const data = ScoreReportData.create();
    data.add(batchOf(rows, 0, 4));
    const before = data.snapshot();
    for (const from of [0, 3, 5]) {
      expect(() => data.add(batchOf(rows, from, 10))).toThrow(
        new RangeError(`batch.firstRow: expected 4, the next row, got ${from}`),
      );
    }
    expect(data.snapshot()).toEqual(before);
  });

  test.each(["logProbs", "ranks", "entropies", "isGreedy", "texts"] as const)("score: %s of another length", (name) => {
    const data = ScoreReportData.create();
    expect(() => data.add({ firstRow: 0, ...rows, [name]: rows[name]?.slice(1) })).toThrow(
      new RangeError(`batch.${name}: expected 10 entries, one per target, got 9`),
    );
    expect(data.snapshot()).toEqual(ScoreReportData.create().snapshot());
  });

  test.each(["klDivergences", "baseLogProbs", "otherLogProbs", "sameTop", "texts"] as const)(
    "compare: %s of another length",
    (name) => {
      const data = CompareReportData.create();
      expect(() => data.add({ firstRow: 0, ...compared, [name]: compared[name]?.slice(1) })).toThrow(
        new RangeError(`batch.${name}: expected 10 entries, one per target, got 9`),
      );
      expect(data.snapshot()).toEqual(CompareReportData.create().snapshot());
    },
  );

  test("best classes that are not the same number per row, or lack log-probabilities", () => {
    const data = ScoreReportData.create();
    const { topIds, topLogProbs } = rows;
    expect(() => data.add({ firstRow: 0, ...rows, topLogProbs: topLogProbs.slice(1) })).toThrow(
      new RangeError("batch.topLogProbs: expected 10 entries, like topIds, got 9"),
    );
    expect(() => data.add({ firstRow: 0, ...rows, topIds: topIds.slice(1), topLogProbs: topLogProbs.slice(1) })).toThrow(
      new RangeError("batch.topIds: expected a multiple of 10 entries, the same number per target, got 9"),
    );
  });

  test("a snapshot of another kind or form", () => {
    const snapshot = scoreData(rows).snapshot();
    expect(() => CompareReportData.restore(snapshot as never)).toThrow(
      new TypeError("snapshot: expected a compare report of form 1, got score report of form 1"),
    );
    expect(() => ScoreReportData.restore({ ...snapshot, form: 2 })).toThrow(
      new TypeError("snapshot: expected a score report of form 1, got score report of form 2"),
    );
  });
});
