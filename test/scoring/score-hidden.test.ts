/** scoreHidden on every backend: the reference's scores, scoreTokens' on the product, and the same bits alone as in a batch. */
import { expect, it } from "vitest";
import type { ScoreHiddenOptions } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin } from "../losses/compare.js";
import { eachBackend } from "../losses/each-backend.js";
import { Random } from "../losses/random.js";
import { remembered } from "../support/remembered.js";

const exact = remembered();

/** Around blocks of 128 rows, segments of 480 classes and panels of 96. */
const SIZES = [
  [3, 5, 7],
  [129, 16, 97],
  [130, 9, 485],
  [7, 24, 1000],
] as const;

function dataOf([rows, width, classes]: readonly [number, number, number]) {
  const random = new Random(rows * classes);
  const targets = random.classes(rows, classes);
  for (let r = 0; r < rows; r++) if (r % 7 === 3) targets[r] = -100;
  return {
    hidden: random.normals(rows * width),
    linearWeight: random.normals(classes * width, 1 / Math.sqrt(width)),
    bias: random.normals(classes),
    targets,
  };
}

eachBackend("scoreHidden", (functions) => {
  it("is the reference's", () => {
    for (const size of SIZES) {
      const [rows, width, classes] = size;
      const { hidden, linearWeight, bias, targets } = dataOf(size);
      const options: readonly ScoreHiddenOptions[] = [
        { topK: 3 },
        { bias, softcap: 5, temperature: 0.5, shift: 1, tokenBytes: Int32Array.from({ length: classes }, (_, c) => c % 5) },
      ];
      for (const [i, given] of options.entries()) {
        const what = `${rows} x ${width} x ${classes}, options ${i}`;
        const call = { ...given, shape: [rows, width] };
        const wanted = exact([size, i], () => reference.scoreHidden(hidden, linearWeight, targets, call));
        const got = functions.scoreHidden(hidden, linearWeight, targets, call);
        expect([got.ranks, got.isGreedy], what).toEqual([wanted.ranks, wanted.isGreedy]);
        if (given.topK) expect(got.topIds, what).toEqual(wanted.topIds);
        for (const name of ["logProbs", "entropies", "logSumExps", "topLogProbs"] as const) {
          const expected = wanted[name];
          if (expected)
            expectWithin(
              got[name] ?? [],
              expected,
              (at) => 4e-6 * Math.max(1, Math.abs(expected[at] as number)),
              `${name} ${what}`,
            );
        }
        const perToken = Math.log(got.totals.perplexity) - Math.log(wanted.totals.perplexity);
        expect(Math.abs(perToken), what).toBeLessThan(1e-6);
      }
    }
  });

  it("gives a row the same bits alone as in a batch, and does not read rows that do not count", () => {
    const [rows, width, classes] = [131, 16, 600];
    const { hidden, linearWeight, targets } = dataOf([rows, width, classes]);
    const poisoned = hidden.map((x, i) => ((targets[Math.floor(i / width)] as number) < 0 ? Number.NaN : x));
    const all = functions.scoreHidden(poisoned, linearWeight, targets, { shape: [rows, width] });
    for (const row of [0, 1, 129, 130]) {
      const own = hidden.slice(row * width, (row + 1) * width);
      const one = functions.scoreHidden(own, linearWeight, targets.slice(row, row + 1), { shape: [1, width] });
      for (const name of ["logProbs", "ranks", "entropies", "logSumExps"] as const) {
        expectSameBits(one[name], all[name].subarray(row, row + 1), `${name} of row ${row}`);
      }
    }
  });
});
