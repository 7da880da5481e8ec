/** Long rows and many rows, checked against formulas because the f64 reference would take too long. */
import { expect, it } from "vitest";
import { logSumExp } from "../../src/reference/index.js";
import { expectSameBits, expectWithin, rowBound } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { Random } from "./random.js";

const MILLION = 1 << 20;

/** Four numbers repeated: the log-sum-exp is known and the same for every segment. */
function periodic(length: number): Float32Array {
  const period = [0.5, -1, 2, -3.25];
  return Float32Array.from({ length }, (_, i) => period[i % 4]);
}
const lseOfPeriod = logSumExp([0.5, -1, 2, -3.25]) as number;

const manyRows = 100_000;
const three = new Random(1).normals(3 * manyRows, 2);
const threeTargets = new Random(2).classes(manyRows, 3);
const threeLosses = Float64Array.from({ length: manyRows }, (_, row) => {
  const x = three.subarray(3 * row, 3 * row + 3);
  const max = Math.max(...x);
  return Math.log(x.reduce((sum, value) => sum + Math.exp(value - max), 0)) + max - x[threeTargets[row]];
});
const threeSum = threeLosses.reduce((sum, loss) => sum + loss, 0);

eachBackend("long rows and many rows", (functions) => {
  it("a row of 1,048,576 classes", () => {
    const logits = periodic(MILLION);
    const lse = lseOfPeriod + Math.log(MILLION / 4);
    for (const target of [0, 1, 2, 3, 65535, 65536, MILLION - 1]) {
      const loss = lse - logits[target];
      expectWithin(functions.crossEntropy(logits, target), loss, () => 1e-7 * loss, `class ${target}`);
    }
    expectWithin(functions.logSumExp(logits), lse, () => rowBound([lse])(0), "logSumExp");
    // mean_c (lse - x_c)
    const uniform = lse + (3.25 + 1 - 2.5) / 4;
    const smoothed = functions.crossEntropy(logits, 3, { labelSmoothing: 1 });
    expectWithin(smoothed, uniform, () => 1e-7 * uniform, "labelSmoothing 1");
    const total = functions.softmax(logits).reduce((sum, p) => sum + p, 0);
    expectWithin(total, 1, () => 1e-6, "sum of the softmax");
  });

  it("one large logit in a row of 1,048,576, at every kind of index", () => {
    const logits = new Float32Array(MILLION);
    for (const place of [0, 511, 512, 65535, 65536, 500_000, MILLION - 1]) {
      logits[place] = 40;
      const loss = Math.log1p((MILLION - 1) * Math.exp(-40));
      expectWithin(functions.crossEntropy(logits, place), loss, () => 1e-6 * loss, `class ${place}`);
      logits[place] = 0;
    }
  });

  it("100,000 rows of 3", () => {
    expectWithin(functions.crossEntropy(three, threeTargets, { reduction: "sum" }), threeSum, () => 5e-8 * threeSum, "sum");
    const losses = functions.crossEntropy(three, threeTargets, { reduction: "none" });
    expectWithin(losses, threeLosses, rowBound(threeLosses), "losses");
    const columns = new Float32Array(three.length);
    for (let row = 0; row < manyRows; row++) {
      for (let c = 0; c < 3; c++) columns[c * manyRows + row] = three[3 * row + c];
    }
    const options = { shape: [3, manyRows], axis: 0, reduction: "none" } as const;
    expectSameBits(functions.crossEntropy(columns, threeTargets, options), losses, "axis 0");
  });

  it("checks the last of 100,000 targets", () => {
    const targets = threeTargets.slice();
    targets[manyRows - 1] = 3;
    expect(() => functions.crossEntropy(three, targets)).toThrow(`targets[${manyRows - 1}]: expected 0..2`);
  });
});
