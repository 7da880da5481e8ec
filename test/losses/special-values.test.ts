/**
 * -inf, +inf, NaN, the greatest and the smallest f32, at every index of small rows and around block and segment limits of long
 * rows: the results equal the f64 reference's, and neighbouring rows keep their bits.
 */
import { expect, it } from "vitest";
import type { CrossEntropyOptions, Functions, Reduction } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits, expectWithin, rowBound } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { Random } from "./random.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;
const GREATEST = 3.4028234663852886e38;
const DENORMAL = 1e-42;

/** The reference's results, computed once for all backends. */
const exact = remembered();

/** The reference's results for a row: the loss for each target, softmax, logSoftmax and log-sum-exp. */
function exactRow(row: Float32Array, targets: readonly number[]) {
  return {
    losses: targets.map((target) => expectedLosses(row, Int32Array.of(target), { shape: [1, row.length] })),
    softmax: Float32Array.from(reference.softmax(row)),
    logSoftmax: Float32Array.from(reference.logSoftmax(row)),
    logSumExp: [reference.logSumExp(row) as number],
  };
}

const values = [MASKED, INFINITE, NOT_A_NUMBER, -GREATEST, GREATEST, DENORMAL, -DENORMAL, -0];

const ROWS = 6;
const smallRows = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129];
/** A row length, and the indices at which a special value is tried. */
const longRows: readonly (readonly [classes: number, places: readonly number[]])[] = [
  [511, [0, 255, 510]],
  [513, [0, 511, 512]],
  [1030, [0, 511, 512, 1023, 1024, 1029]],
  [4096, [0, 511, 512, 4095]],
  [4097, [0, 511, 512, 4095, 4096]],
  [65537, [0, 511, 512, 65535, 65536]],
  [132000, [0, 511, 512, 65535, 65536, 131071, 131072, 131999]],
];

const everyPlace = (classes: number): number[] => Array.from({ length: classes }, (_, place) => place);
const ends = (classes: number): number[] => [0, 1, 2, 3, 4, 5, 15, 16, 17, classes - 3, classes - 2, classes - 1];

function without(values: Float32Array, start: number, end: number): Float32Array {
  const rest = new Float32Array(values.length - (end - start));
  rest.set(values.subarray(0, start));
  rest.set(values.subarray(end), start);
  return rest;
}

type Options = CrossEntropyOptions<Reduction>;

/** The reference's row losses, rounded to f32. */
function expectedLosses(logits: Float32Array, targets: Int32Array | Float32Array, options: Options): Float32Array {
  return Float32Array.from(reference.crossEntropy(logits, targets, { ...options, reduction: "none" }));
}

/** `key` identifies a case that takes the reference long. */
function expectLosses(
  functions: Functions,
  logits: Float32Array,
  targets: Int32Array | Float32Array,
  options: Options,
  key?: readonly unknown[],
): Float32Array {
  const losses = functions.crossEntropy(logits, targets, { ...options, reduction: "none" });
  const compute = () => expectedLosses(logits, targets, options);
  const expected = key ? exact(["losses", ...key], compute) : compute();
  const shown = { ...options, weight: options.weight && "some" };
  expectWithin(losses, expected, rowBound(expected), `losses with ${JSON.stringify(shown)}`);
  return losses;
}

eachBackend("special values", (functions) => {
  /** Puts the value at each index of one row: that row must equal the reference, and the others must not change. */
  function tryPlaces(rows: number, classes: number, places: readonly number[], value: number): void {
    const random = new Random(classes);
    const logits = random.normals(rows * classes, 2);
    const targets = random.classes(rows, classes);
    const shape = [rows, classes];
    const lossesBefore = functions.crossEntropy(logits, targets, { reduction: "none" });
    const before = { softmax: functions.softmax(logits, { shape }), logSoftmax: functions.logSoftmax(logits, { shape }) };
    for (const place of places) {
      const row = (place + classes) % rows;
      const [start, end] = [row * classes, (row + 1) * classes];
      const what = `${value} at [${row}, ${place}] of ${classes} classes`;
      const spoilt = logits.slice();
      spoilt[start + place] = value;
      const one = spoilt.subarray(start, end);
      const aimed = [(place + 1) % classes, place];
      const known = exact([rows, classes, place, values.indexOf(value)], () => exactRow(one, aimed));
      for (const [i, target] of aimed.entries()) {
        const aims = targets.slice();
        aims[row] = target;
        const losses = functions.crossEntropy(spoilt, aims, { reduction: "none" });
        const loss = known.losses[i] as Float32Array;
        expectWithin(losses[row], loss, rowBound(loss), `loss of class ${target}, ${what}`);
        expectSameBits(without(losses, row, row + 1), without(lossesBefore, row, row + 1), `other losses, ${what}`);
      }
      for (const name of ["softmax", "logSoftmax"] as const) {
        const after = functions[name](spoilt, { shape });
        const expected = known[name];
        const allowed = (i: number): number => 2e-7 * Math.max(1, Math.abs(expected[i]));
        expectWithin(after.subarray(start, end), expected, allowed, `${name}, ${what}`);
        expectSameBits(without(after, start, end), without(before[name], start, end), `other rows of ${name}, ${what}`);
      }
      const lse = known.logSumExp;
      expectWithin(functions.logSumExp(one), lse, rowBound(lse), `logSumExp, ${what}`);
    }
  }

  it.each(values)("%s at every index of small rows", (value) => {
    for (const classes of smallRows) tryPlaces(ROWS, classes, classes < 20 ? everyPlace(classes) : ends(classes), value);
  });

  it.each(values.slice(0, 5))("%s around the block and segment limits of long rows", (value) => {
    for (const [classes, places] of longRows) tryPlaces(2, classes, places, value);
  });

  it("rows of a single repeated value", () => {
    for (const classes of [1, 2, 3, 4, 5, 64, 65, 513, 4097, 65537]) {
      const rows = [MASKED, 1, INFINITE, -GREATEST, GREATEST, DENORMAL, NOT_A_NUMBER, 0, -1e30];
      const logits = Float32Array.from({ length: rows.length * classes }, (_, i) => rows[Math.floor(i / classes)]);
      const targets = new Int32Array(rows.length).fill(classes - 1);
      const shape = [rows.length, classes];
      for (const options of [{ shape }, { shape, labelSmoothing: 0.1 }, { shape, zLoss: 1e-3 }, { shape, temperature: 2 }]) {
        expectLosses(functions, logits, targets, options, ["one value", options]);
      }
      const { lse, softmax } = exact(["one value", classes], () => ({
        lse: Float32Array.from(reference.logSumExp(logits, { shape }) as Float64Array),
        softmax: reference.softmax(logits, { shape }),
      }));
      expectWithin(functions.logSumExp(logits, { shape }), lse, rowBound(lse), `logSumExp of ${classes}`);
      expectWithin(functions.softmax(logits, { shape }), softmax, () => 2e-7, `softmax of ${classes}`);
    }
  });

  it("a masked block, a masked segment, and all classes masked but the last", () => {
    for (const [classes, from, to] of [
      [5, 0, 4],
      [70, 0, 69],
      [1024, 0, 512],
      [1024, 512, 1024],
      [5000, 0, 4999],
      [5000, 512, 1024],
      [70000, 0, 65536],
      [70000, 65536, 70000],
      [140000, 0, 139999],
      [140000, 65536, 131072],
    ] as const) {
      const logits = new Random(classes).normals(classes, 3);
      logits.fill(MASKED, from, to);
      for (const target of [from, to % classes, classes - 1]) {
        expectLosses(functions, logits, Int32Array.of(target), { shape: [1, classes] }, ["masked", classes, from, to, target]);
      }
      // NaN or +inf while the maximum is still -inf, or among masked classes
      for (const value of [NOT_A_NUMBER, INFINITE]) {
        const spoilt = logits.slice();
        spoilt[from] = value;
        expect(functions.crossEntropy(spoilt, classes - 1)).toBeNaN();
        expect(functions.logSumExp(spoilt)).toBe(value);
      }
      const both = logits.slice();
      both[from] = INFINITE;
      both[classes - 1] = NOT_A_NUMBER;
      expect(functions.logSumExp(both)).toBeNaN();
    }
  });

  it("differences beyond f32: the greatest beside the least", () => {
    const logits = Float32Array.of(GREATEST, -GREATEST, 0, -GREATEST, -GREATEST, MASKED, MASKED, -GREATEST);
    const shape = [2, 4];
    for (const target of [0, 1, 2, 3]) {
      const targets = Int32Array.of(target, target);
      expectLosses(functions, logits, targets, { shape });
      // does not overflow in f64
      const sum = reference.crossEntropy(logits.subarray(0, 4), target, { shape: [1, 4] });
      expectWithin(functions.crossEntropy(logits.subarray(0, 4), target), sum, () => 1e-7 * sum, "mean");
    }
  });

  it("label smoothing, probabilities and class weights at -inf agree with the reference", () => {
    const classes = 6;
    const logits = Float32Array.of(1, MASKED, 2, 0, MASKED, 3, 1, 1, MASKED, 1, 1, 1);
    const shape = [2, classes];
    for (const targets of [Int32Array.of(0, 5), Int32Array.of(1, 2), Int32Array.of(4, 0)]) {
      for (const labelSmoothing of [0, 0.1, 1]) expectLosses(functions, logits, targets, { shape, labelSmoothing });
    }
    const kept = Float32Array.of(0.5, 0, 0.5, 0, 0, 0, 0.25, 0.25, 0, 0.25, 0.25, 0);
    const onMasked = Float32Array.of(0.5, 0.5, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);
    for (const weight of [[1, 2, 3, 1, 1, 1] as const, undefined]) {
      for (const probabilities of [kept, onMasked]) {
        expectLosses(functions, logits, probabilities, { shape, ...(weight ? { weight } : {}) });
      }
    }
  });

  it("soft targets when all logits, or all logits of the first segment, are huge", () => {
    for (const size of [-GREATEST, -1e30, -1e9, 1e30]) {
      const logits = new Float32Array(140_000).fill(size);
      const uniform = Math.log(140_000);
      const smoothed = functions.crossEntropy(logits, 7, { labelSmoothing: 0.1 });
      expectWithin(smoothed, uniform, () => 1e-7 * uniform, `${size}, smoothed`);
      const q = new Float32Array(140_000);
      q.fill(1 / 4096, 70_000, 74_096);
      const soft = (): number => functions.crossEntropy(logits, q, { shape: [140_000] });
      expectWithin(soft(), uniform, () => 1e-7 * uniform, `${size}, probabilities`);
      // huge negative logits before, between and after the probabilities cost nothing
      logits.fill(size).fill(1, 70_000, 74_096);
      if (size < 0) expectWithin(soft(), Math.log(4096), () => 1e-7 * Math.log(4096), `${size} masked, probabilities`);
    }
  });

  it("soft targets when a whole segment is masked", () => {
    for (const [from, to] of [
      [0, 65_536],
      [65_536, 131_072],
      [131_072, 140_000],
      [0, 131_072],
    ] as const) {
      const logits = new Random(from + to).normals(140_000, 2).fill(MASKED, from, to);
      const q = new Float32Array(140_000).fill(1e-4).fill(0, from, to);
      const shape = [1, 140_000];
      expectLosses(functions, logits, q, { shape }, ["masked segment", from, to]);
      const weight = exact("weights", () => new Random(1).weights(140_000));
      expectLosses(functions, logits, q, { shape, weight }, ["masked segment, weights", from, to]);
      // a probability on any one of the masked classes, in any lane
      for (const place of [from, from + 1, from + 2, to - 1]) {
        const some = q.slice();
        some[place] = 1e-4;
        expect(functions.crossEntropy(logits, some, { shape })).toBe(INFINITE);
      }
      expect(functions.crossEntropy(logits, (to + 1) % 140_000, { labelSmoothing: 0.1 })).toBe(INFINITE);
    }
  });

  it("a class weight of 0 on a logit of -inf is NaN, as in PyTorch; a probability of 0 there is 0", () => {
    const logits = Float32Array.of(1, MASKED, 2);
    const shape = [1, 3];
    const weight = [1, 0, 1];
    expect(functions.crossEntropy(logits, 1, { weight, reduction: "sum" })).toBeNaN();
    expect(functions.crossEntropy(logits, 0, { weight, labelSmoothing: 0.1 })).toBeNaN();
    expect(functions.crossEntropy(logits, Float32Array.of(0.5, 0.5, 0), { shape, weight })).toBeNaN();
    expectLosses(functions, logits, Float32Array.of(0.5, 0, 0.5), { shape, weight });
  });

  it("NaN in probabilities and class weights reaches the loss", () => {
    const logits = Float32Array.of(1, 2, 3);
    const shape = [1, 3];
    expect(functions.crossEntropy(logits, Float32Array.of(0.5, NOT_A_NUMBER, 0.5), { shape })).toBeNaN();
    expect(functions.crossEntropy(logits, 1, { weight: [1, NOT_A_NUMBER, 1] })).toBeNaN();
    // a weight that no row uses has no effect
    expect(functions.crossEntropy(logits, 0, { weight: [1, NOT_A_NUMBER, 1] })).not.toBeNaN();
  });

  it("ignored rows may hold any values", () => {
    for (const classes of [3, 64, 65, 4097, 65537]) {
      const random = new Random(classes);
      const logits = random.normals(ROWS * classes, 2);
      const targets = random.classes(ROWS, classes);
      const expected = functions.crossEntropy(logits, targets, { reduction: "none" });
      for (const value of [NOT_A_NUMBER, INFINITE, MASKED]) {
        const spoilt = logits.slice();
        const some = targets.slice();
        for (const row of [0, 3, 5]) {
          spoilt.fill(value, row * classes, (row + 1) * classes);
          some[row] = -100;
          expected[row] = 0;
        }
        const out = new Float32Array(ROWS).fill(7);
        const options: Options = { reduction: "none", zLoss: 0, labelSmoothing: 0, out };
        expectSameBits(functions.crossEntropy(spoilt, some, options), expected, `${value}, ${classes} classes`);
        const smoothed = { labelSmoothing: 0.1, zLoss: 0.1, weight: random.weights(classes), shape: [ROWS, classes] };
        expectLosses(functions, spoilt, some, smoothed, ["ignored", classes, String(value)]);
        expect(functions.crossEntropy(spoilt, some, smoothed)).not.toBeNaN();
      }
    }
  });

  it("softcap: infinities become +-c, NaN stays", () => {
    const logits = Float32Array.of(INFINITE, 0, MASKED, GREATEST, -GREATEST, 1, NOT_A_NUMBER, 0, 0, MASKED, MASKED, MASKED);
    for (const target of [0, 1, 2]) {
      const targets = new Int32Array(4).fill(target);
      const expected = reference.crossEntropy(logits, targets, { softcap: 15, reduction: "none" });
      const losses = functions.crossEntropy(logits, targets, { softcap: 15, reduction: "none" });
      expectWithin(losses, expected, () => 5e-6, `target ${target}`);
    }
  });
});
