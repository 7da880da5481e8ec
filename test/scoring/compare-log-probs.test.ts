import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type ComparedLogProbs, compareLogits, compareLogProbs, mergeComparisons } from "../../src/index.js";
import { Random, settings } from "../losses/random.js";

const two: ComparedLogProbs = {
  klDivergences: [0.02, 0.06],
  baseLogProbs: [-1, -2],
  otherLogProbs: [-1.5, -2.5],
  sameTop: [1, 0],
};

describe("compareLogProbs", () => {
  it("gives compareLogits' totals of its own columns, to the bit, in parts too", () => {
    const property = fc.property(fc.nat(1e6), fc.integer({ min: 2, max: 30 }), fc.boolean(), (seed, rows, hasDocuments) => {
      const random = new Random(seed);
      const [base, other] = [random.normals(rows * 5, 2), random.normals(rows * 5, 2)];
      const targets = random.classes(rows, 5).map((target, row) => (row % 4 === 3 ? -100 : target));
      const documents = random.classes(rows, 3);
      const options = hasDocuments ? { documents } : {};
      const compared = compareLogits(base, other, targets, options);
      expect(compareLogProbs(compared, options).totals).toEqual(compared.totals);
      const cut = Math.floor(rows / 2);
      const part = (from: number, to: number) => {
        const of = (name: "klDivergences" | "baseLogProbs" | "otherLogProbs") => Array.from(compared[name].slice(from, to));
        const columns = {
          ...{ klDivergences: of("klDivergences"), baseLogProbs: of("baseLogProbs"), otherLogProbs: of("otherLogProbs") },
          sameTop: compared.sameTop.slice(from, to),
        };
        return compareLogProbs(columns, hasDocuments ? { documents: documents.slice(from, to) } : {}).totals;
      };
      const merged = mergeComparisons([part(0, cut), part(cut, rows)]);
      expect(merged).toEqual(compared.totals);
    });
    fc.assert(property, settings(30));
  });

  it("takes divergences of probabilities that do not add up to 1, and rounding above 0", () => {
    const { totals } = compareLogProbs({ ...two, klDivergences: [-1e-4, 0.2], baseLogProbs: [1e-6, -2] });
    expect([totals.minKl, totals.basePerplexity]).toEqual([-1e-4, expect.closeTo(Math.E, 12)]);
    expect(mergeComparisons([JSON.parse(JSON.stringify(totals))])).toEqual(totals);
  });

  test.each<[string, unknown, RegExp]>([
    ["no object", null, /^compared: expected \{ klDivergences, baseLogProbs, otherLogProbs, sameTop \}, got null/],
    [
      "a length",
      { ...two, otherLogProbs: [-1] },
      /^compared\.otherLogProbs: expected 2 entries, as compared\.baseLogProbs has, got 1/,
    ],
    ["a loss", { ...two, baseLogProbs: [1, 2] }, /^compared\.baseLogProbs\[0\]: expected a log-probability, at most 0, got 1/],
    ["a text", { ...two, baseLogProbs: [-1, "x"] }, /^compared\.baseLogProbs\[1\]: expected a number, got "x"/],
    ["a divergence", { ...two, klDivergences: [0, -1] }, /^compared\.klDivergences\[1\]: expected a divergence/],
    ["a flag", { ...two, sameTop: [0, 2] }, /^compared\.sameTop\[1\]: expected 0 or 1, got 2/],
    ["no flags", { ...two, sameTop: "01" }, /^compared\.sameTop: expected an integer typed array/],
  ])("refuses %s", (_, compared, message) => {
    expect(() => compareLogProbs(compared as never)).toThrow(message);
  });
});
