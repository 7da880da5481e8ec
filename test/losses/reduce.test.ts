/** Sums and means with ignored rows, class weights and z-losses, with rows of very different magnitude, and for any tiles. */
import { expect, it } from "vitest";
import type { CrossEntropyOptions, Reduction } from "../../src/index.js";
import { reduced } from "../../src/losses/reduce.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { Random } from "./random.js";

it("each reduction of the same sums", () => {
  const sums = { loss: 6, weight: 4, z: 3, kept: 6, keptWeight: 6 };
  expect(reduced({ reduction: "sum", emptyMean: 9 }, sums, null)).toBe(9);
  expect(reduced({ reduction: "mean", emptyMean: 9 }, sums, null)).toBe(6 / 4 + 3 / 6);
  expect(reduced({ reduction: "mean", emptyMean: 9 }, { loss: 0, weight: 0, z: 0, kept: 0, keptWeight: 0 }, null)).toBe(9);
  // rows are kept, but all weights are 0: as in PyTorch
  expect(reduced({ reduction: "mean", emptyMean: 9 }, { loss: 0, weight: 0, z: 0, kept: 2, keptWeight: 2 }, null)).toBeNaN();
  const out = new Float32Array(2);
  expect(reduced({ reduction: "none", emptyMean: 9 }, sums, out)).toBe(out);
});

eachBackend("reductions", (functions) => {
  const random = new Random(11);
  const [rows, classes] = [1000, 9];
  const logits = random.normals(rows * classes, 3);
  const targets = random.classes(rows, classes).map((target, row) => (row % 5 === 0 ? -100 : target));
  const weight = random.weights(classes);
  const kept = targets.filter((target) => target !== -100);
  const loss = (options: CrossEntropyOptions<Reduction>): number => functions.crossEntropy(logits, targets, options) as number;

  it("the sum is the mean times its divisor", () => {
    const variants = [{}, { labelSmoothing: 0.1 }, { temperature: 2, softcap: 15 }];
    for (const options of variants) {
      const sum = loss({ ...options, reduction: "sum" });
      expectWithin(loss(options) * kept.length, sum, () => 1e-13 * sum, "by the number of rows");
      const divisor = kept.reduce((total, target) => total + weight[target], 0);
      const weighted = loss({ ...options, weight, reduction: "sum" });
      expectWithin(loss({ ...options, weight }) * divisor, weighted, () => 1e-13 * weighted, "by the weights");
    }
  });

  it("the sum is the sum of the row losses", () => {
    for (const options of [{}, { weight }, { zLoss: 0.01 }, { weight, zLoss: 0.01, labelSmoothing: 0.2 }]) {
      const losses = functions.crossEntropy(logits, targets, { ...options, reduction: "none" });
      const total = losses.reduce((sum, value) => sum + value, 0);
      // row losses are rounded to f32, the sum is not
      expectWithin(loss({ ...options, reduction: "sum" }), total, () => 6e-8 * total, Object.keys(options).join());
    }
  });

  it("a mean's z-loss is divided by the number of kept rows, whatever the class weights", () => {
    const z = loss({ zLoss: 0.5, reduction: "sum" }) - loss({ reduction: "sum" });
    expectWithin(loss({ zLoss: 0.5, weight }) - loss({ weight }), z / kept.length, () => 1e-12 * z, "mean");
    expectWithin(loss({ zLoss: 0.5, weight, reduction: "sum" }) - loss({ weight, reduction: "sum" }), z, () => 1e-12 * z, "sum");
  });

  it("adds in f64: rows of 1e-8 beside one of 1e4", () => {
    const many = 50_000;
    const tiny = new Float32Array(2 * many).fill(0);
    for (let row = 0; row < many; row++) tiny[2 * row] = 18.5;
    tiny[0] = -1e4;
    const value = functions.crossEntropy(tiny, new Uint8Array(many), { reduction: "sum" });
    const exact = 1e4 + (many - 1) * Math.log1p(Math.exp(-18.5));
    // in f32 all the small losses would be lost: together 4.6e-4 beside 1e4
    expectWithin(value, exact, () => 1e-8, "sum");
  });

  it("all rows ignored: NaN or emptyMean, 0, zeros", () => {
    const none = new Int32Array(rows).fill(-100);
    const call = (options: CrossEntropyOptions<Reduction>): number | Float32Array =>
      functions.crossEntropy(logits, none, options);
    expect(call({})).toBeNaN();
    expect(call({ emptyMean: 0 })).toBe(0);
    expect(call({ emptyMean: Number.POSITIVE_INFINITY })).toBe(Number.POSITIVE_INFINITY);
    expect(call({ emptyMean: 5, zLoss: 1, weight })).toBe(5);
    expect(call({ reduction: "sum", emptyMean: 5 })).toBe(0);
    expectSameBits(call({ reduction: "none", out: new Float32Array(rows).fill(7) }), new Float32Array(rows), "row losses");
    expect(functions.nllLoss(logits, none)).toBeNaN();
    expect(functions.nllLoss(logits, none, { emptyMean: 0 })).toBe(0);
  });

  it("emptyMean does not change a mean over kept rows", () => {
    expect(loss({ emptyMean: 0 })).toBe(loss({}));
  });

  it("ignored rows in groups of four do not change a bit of the sum", () => {
    // the sum has four lanes: removing four rows leaves all others in their lanes
    const someIgnored = random.classes(64, classes);
    const shorter = logits.subarray(0, 64 * classes);
    const without = functions.crossEntropy(shorter, someIgnored, { reduction: "sum" });
    const longer = new Float32Array(68 * classes);
    longer.set(shorter.subarray(0, 20 * classes));
    longer.fill(Number.NaN, 20 * classes, 24 * classes);
    longer.set(shorter.subarray(20 * classes), 24 * classes);
    const withIgnored = [...someIgnored.subarray(0, 20), -1, -1, -1, -1, ...someIgnored.subarray(20)];
    expect(functions.crossEntropy(longer, withIgnored, { ignoreIndex: -1, reduction: "sum" })).toBe(without);
  });

  it("ignored rows that fill a tile count the same as ignored rows among others", () => {
    // a long row has its own tile; with the class axis first it shares a tile with its neighbour
    const [long, few] = [16_300, 7];
    const rowsFirst = random.normals(few * long, 3);
    const classesFirst = new Float32Array(few * long);
    for (let row = 0; row < few; row++) {
      for (let c = 0; c < long; c++) classesFirst[c * few + row] = rowsFirst[row * long + c];
    }
    const some = [5, -100, 7, 8, -100, 3, 1];
    const options = { zLoss: 0.1, weight: random.weights(long), reduction: "sum" } as const;
    const sum = functions.crossEntropy(rowsFirst, some, options);
    expect(functions.crossEntropy(classesFirst, some, { ...options, shape: [long, few], axis: 0 })).toBe(sum);
  });
});
