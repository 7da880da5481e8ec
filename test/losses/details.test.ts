/** crossEntropyDetails over every backend: against the f64 reference, and against the functions that give the same numbers. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { CrossEntropyDetails, CrossEntropyDetailsOptions, CrossEntropyOptions, FloatTensor } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin, f32Step, ROW_BOUND, rowBound } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { elementAt, layOut, spread } from "./layouts.js";
import { type LossCase, lossCase, lossPlans } from "./loss-cases.js";
import { Random, settings } from "./random.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;

/** Of the f64 entropy, its rounding to f32 included. */
const ENTROPY_BOUND = 1e-6;

const NAMES = ["losses", "logProbs", "logSumExp", "argmax", "isGreedy", "entropies", "zLosses"] as const;

const extras = fc.record({
  labelSmoothing: fc.constantFrom(undefined, undefined, 0, 0.1, 1),
  softcap: fc.constantFrom(undefined, undefined, 2, 15, 50),
  temperature: fc.constantFrom(undefined, undefined, 0.5, 1, 3),
  zLoss: fc.constantFrom(undefined, undefined, 0, 1e-4, 0.1),
});

function defined<Values extends object>(values: Values): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

/** What of crossEntropy's options belongs to a row. */
function ofRows({ reduction, out, emptyMean, ...options }: CrossEntropyOptions): CrossEntropyDetailsOptions {
  return options;
}

/** The bits of two results, member by member. */
function expectSame(actual: CrossEntropyDetails, expected: CrossEntropyDetails, what: string): void {
  for (const name of NAMES) expectSameBits(actual[name], expected[name], `${name}, ${what}`);
}

eachBackend("crossEntropyDetails", (functions) => {
  const against = (logits: Float32Array, targets: Int32Array, options: CrossEntropyDetailsOptions): CrossEntropyDetails => {
    const actual = functions.crossEntropyDetails(logits, targets, options);
    expectNear(actual, reference.crossEntropyDetails(logits, targets, options), options, 1);
    return actual;
  };

  /** Each number within its bound, argmax and hits exactly; a softcap c leaves 3e-7 c of rounding in each logit. */
  const expectNear = (
    actual: CrossEntropyDetails,
    expected: reference.CrossEntropyDetails,
    { softcap = 0, temperature = 1, zLoss = 0 }: CrossEntropyDetailsOptions,
    weightScale: number,
    classes = 2,
  ): void => {
    const cap = (3e-7 * softcap) / temperature;
    const near = (values: Float64Array, scale = 1) => {
      const bound = rowBound(values);
      return (i: number) => scale * (bound(i) + cap);
    };
    expectWithin(actual.losses, expected.losses, near(expected.losses, weightScale), "losses");
    expectWithin(actual.logProbs, expected.logProbs, near(expected.logProbs), "logProbs");
    expectWithin(actual.logSumExp, expected.logSumExp, near(expected.logSumExp), "logSumExp");
    expectWithin(actual.entropies, expected.entropies, () => ENTROPY_BOUND + cap * (1 + Math.log(classes)), "entropies");
    const penalty = (i: number): number => {
      const lse = Math.abs(expected.logSumExp[i] as number);
      return zLoss * 2 * lse * (ROW_BOUND * Math.max(1, lse) + cap) + f32Step(zLoss * lse * lse);
    };
    expectWithin(actual.zLosses, Float32Array.from(expected.zLosses), penalty, "zLosses");
    // a softcap in f32 can make neighbours equal that are not so in f64
    if (softcap > 0) return;
    expectSameBits(actual.argmax, expected.argmax, "argmax");
    expectSameBits(actual.isGreedy, expected.isGreedy, "isGreedy");
  };

  it("every option, layout and storage", () => {
    const property = fc.property(lossPlans, extras, (plan, extra) => {
      const call = lossCase(plan);
      const given = defined(extra);
      const options = { ...ofRows(call.options), ...given };
      const targets = call.targets as Int32Array;
      const actual = functions.crossEntropyDetails(call.logits, targets, options);
      const expected = reference.crossEntropyDetails(call.plainLogits, call.plainTargets, {
        ...ofRows(call.plainOptions),
        ...given,
      });
      expectNear(actual, expected, options, call.weightScale, call.layout.classes);
      for (const name of NAMES) expect(actual[name].constructor, name).toBe(typeOf(name));

      const losses = functions.crossEntropy(call.logits, targets, { ...options, zLoss: 0, reduction: "none" });
      const kept = losses.map((loss, row) => ((actual.argmax[row] as number) < 0 ? NOT_A_NUMBER : loss));
      expectSameBits(actual.losses, kept, "losses, as crossEntropy gives them");
      if (given.softcap !== undefined) expectGreatest(actual.argmax, call, given.softcap);
    });
    fc.assert(property, settings(350));
  });

  /** No class is greater after the softcap, but for its rounding. */
  const expectGreatest = (argmax: Int32Array, { layout, plainLogits }: LossCase, softcap: number): void => {
    for (const [row, c] of argmax.entries()) {
      if (c < 0) continue;
      const capped = Array.from({ length: layout.classes }, (_, k) => {
        return softcap * Math.tanh((plainLogits[elementAt(layout, row, k)] as number) / softcap);
      });
      expect(capped[c]).toBeGreaterThanOrEqual(Math.max(...capped) - 9e-7 * softcap);
    }
  };

  it("sizes around vectors, blocks, the kernels' limits, tiles and segments", () => {
    const sizes: (readonly [rows: number, classes: number])[] = [];
    for (const classes of [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 64, 65, 127, 128, 129]) {
      for (const rows of [1, 2, 3, 5, 8]) sizes.push([rows, classes]);
    }
    sizes.push([3, 511], [3, 512], [3, 513], [2, 4096], [2, 4097], [2, 65535], [2, 65536], [3, 65537], [2, 131073], [3, 50257]);
    sizes.push([4095, 3], [4096, 4], [4097, 5], [8193, 2], [324, 100], [325, 100], [33, 1000]);
    for (const [rows, classes] of sizes) {
      const random = new Random(rows * 31 + classes);
      const logits = random.normals(rows * classes, 3);
      const targets = random.classes(rows, classes);
      const labelSmoothing = rows % 2 === 1 ? 0.1 : 0;
      // the last class and the last row are where a wrong tail shows
      targets[rows - 1] = classes - 1;
      logits[rows * classes - 1] = 20;
      const { argmax } = against(logits, targets, { shape: [rows, classes], zLoss: 0.01, temperature: 0.9, labelSmoothing });
      expect(argmax[rows - 1]).toBe(classes - 1);
    }
  });

  it("columns of any width", () => {
    for (const [shape, axis] of [
      [[2, 5, 3], 1],
      [[2, 130, 33], 1],
      [[1000, 40], 0],
      [[1, 65537, 3], 1],
      [[3, 140_000], 0],
    ] as const) {
      const layout = layOut(shape, axis);
      const random = new Random(shape[0]);
      const logits = spread(layout, random.normals(layout.length, 3));
      against(logits, random.classes(layout.rows, layout.classes), { shape, axis });
    }
  });

  it("ties: the first of the greatest, in every kernel and over segments", () => {
    for (const classes of [2, 3, 5, 17, 64, 129, 513, 4097, 65537, 140_000]) {
      const random = new Random(classes);
      const rows = 6;
      const logits = random.normals(rows * classes, 1);
      const first = Array.from({ length: rows }, (_, row) => (row < 2 ? row * (classes - 2) : random.integer(classes - 1)));
      const later = first.map((c, row) => (row % 2 === 0 ? classes - 1 : c + 1 + random.integer(classes - c - 1)));
      for (let row = 0; row < rows; row++) {
        for (const c of [first[row], later[row]]) logits[row * classes + (c as number)] = 9;
      }
      const onFirst = functions.crossEntropyDetails(logits, Int32Array.from(first), { shape: [rows, classes] });
      expect(Array.from(onFirst.argmax)).toEqual(first);
      expect(Array.from(onFirst.isGreedy)).toEqual(first.map(() => 1));
      const onLater = functions.crossEntropyDetails(logits, Int32Array.from(later), { shape: [rows, classes] });
      expect(Array.from(onLater.argmax)).toEqual(first);
      expect(Array.from(onLater.isGreedy)).toEqual(first.map(() => 0));
      expectSameBits(onLater.losses, onFirst.losses, "losses of equal logits");
    }
  });

  it("NaN, infinities and masked classes, at every place: as the reference, and the other rows as they were", () => {
    for (const classes of [1, 2, 5, 17, 65, 130, 600, 4097, 65_538]) {
      const random = new Random(classes);
      const rows = classes > 5000 ? 2 : 6;
      const shape = [rows, classes];
      const logits = random.normals(rows * classes, 2);
      const targets = random.classes(rows, classes);
      const before = functions.crossEntropyDetails(logits, targets, { shape, zLoss: 0.1 });
      const some = [0, 1, 2, 3, 511, 512, 4096, 65_535, 65_536, classes - 2, classes - 1];
      for (const place of new Set(some.filter((c) => c >= 0 && c < classes))) {
        for (const value of [NOT_A_NUMBER, INFINITE, MASKED, 3.4e38, -3.4e38]) {
          const row = place % rows;
          const spoilt = logits.slice();
          spoilt[row * classes + place] = value;
          const what = `${value} at [${row}, ${place}] of ${classes}`;
          for (const target of [place, (place + 1) % classes]) {
            const aims = targets.slice();
            aims[row] = target;
            const after = against(spoilt, aims, { shape, zLoss: 0.1 });
            for (let other = 0; other < rows; other++) {
              if (other === row) continue;
              for (const name of NAMES) expectSameBits([after[name][other] as number], [before[name][other] as number], what);
            }
          }
        }
      }
    }
  });

  it("rows of one value only, and a masked segment", () => {
    for (const classes of [1, 2, 5, 64, 65, 513, 4097, 65_537, 132_000]) {
      const values = [MASKED, 1, INFINITE, -3.4e38, NOT_A_NUMBER, 0];
      const logits = Float32Array.from({ length: values.length * classes }, (_, i) => values[Math.floor(i / classes)] as number);
      const targets = new Int32Array(values.length).fill(classes - 1);
      against(logits, targets, { shape: [values.length, classes], labelSmoothing: 0.1 });
      const uniform = functions.crossEntropyDetails(logits.subarray(classes, 2 * classes), 0, { shape: [1, classes] });
      expectWithin(uniform.entropies, Math.log(classes), () => f32Step(Math.log(classes)) / 2, "log C");
    }
    const classes = 140_000;
    for (const [from, to] of [
      [0, 65_536],
      [65_536, 131_072],
      [131_072, 140_000],
      [0, 139_999],
      [1, 140_000],
    ] as const) {
      const logits = new Random(from).normals(classes, 2).fill(MASKED, from, to);
      for (const target of [from, to % classes]) against(logits, Int32Array.of(target), { shape: [1, classes] });
      // a NaN among them is not forgotten by what follows
      logits[from + 2] = NOT_A_NUMBER;
      expect(against(logits, Int32Array.of(5), { shape: [1, classes] }).argmax[0]).toBe(from + 2);
    }
  });

  it("tiny losses, log-probabilities and entropies keep their value", () => {
    const { losses, logProbs, entropies } = functions.crossEntropyDetails([20, 0, 0], 0);
    expectWithin(losses, 4.1223072363804e-9, () => 1.3e-14, "loss");
    expectWithin(logProbs, -4.1223072363804e-9, () => 1.3e-14, "logProb");
    expectWithin(entropies, 21 * 4.1223072363804e-9, () => 21 * 1.3e-14, "entropy");
    // a certain class: 0, and no -0
    const certain = functions.crossEntropyDetails([300, 0, 0], 0);
    for (const name of ["losses", "logProbs", "entropies", "zLosses"] as const) expectSameBits(certain[name], [0], name);
  });

  it("ignored rows are NaN, -1 and 0, and not read", () => {
    for (const classes of [3, 64, 65, 4097, 65_537]) {
      const random = new Random(classes);
      const logits = random.normals(5 * classes, 2);
      const targets = random.classes(5, classes);
      const options = { shape: [5, classes], zLoss: 0.1, labelSmoothing: 0.1, weight: random.weights(classes) };
      const expected = functions.crossEntropyDetails(logits, targets, options);
      for (const row of [0, 3]) {
        targets[row] = -100;
        logits.fill(NOT_A_NUMBER, row * classes, (row + 1) * classes);
        for (const name of NAMES) expected[name][row] = name === "argmax" ? -1 : name === "isGreedy" ? 0 : NOT_A_NUMBER;
      }
      expectSame(functions.crossEntropyDetails(logits, targets, options), expected, `${classes} classes`);
    }
    const all = functions.crossEntropyDetails([1, 2, 3, 4], [7, 7], { ignoreIndex: 7 });
    expect(Array.from(all.argmax)).toEqual([-1, -1]);
    expect(Array.from(all.entropies)).toEqual([NOT_A_NUMBER, NOT_A_NUMBER]);
  });

  it("zLosses are 0 without zLoss, apart from the losses with it", () => {
    const logits = Float32Array.of(1, 2, 3, 400, 2, INFINITE);
    const plain = functions.crossEntropyDetails(logits, [0, 1]);
    expectSameBits(plain.zLosses, [0, 0], "without");
    const penalised = functions.crossEntropyDetails(logits, [0, 1], { zLoss: 0.1 });
    expectSameBits(penalised.losses, plain.losses, "losses");
    expectWithin(penalised.zLosses, [0.1 * 3.4076059644443806 ** 2, INFINITE], () => 1e-6, "zLosses");
  });

  it("one row, no rows, and no result that is the next call's", () => {
    expect(Array.from(functions.crossEntropyDetails([1, 5, 2], 1n).argmax)).toEqual([1]);
    const none = functions.crossEntropyDetails([], []);
    for (const name of NAMES) expect(none[name].length).toBe(0);
    const first = functions.crossEntropyDetails([1, 5, 2], 1);
    const copy = structuredClone(first);
    functions.crossEntropyDetails([9, 5, 2], 2);
    expect(first).toEqual(copy);
  });

  it("forms of logits and targets: the same bits", () => {
    const random = new Random(5);
    const logits = random.normals(4 * 33, 3);
    const targets = random.classes(4, 33);
    const expected = functions.crossEntropyDetails(logits, targets);
    const forms: FloatTensor[] = [Array.from(logits), Float64Array.from(logits), { data: logits, dims: [4, 33] }];
    for (const form of forms) expectSame(functions.crossEntropyDetails(form, targets), expected, "logits");
    for (const form of [Array.from(targets), BigInt64Array.from(targets, BigInt), { data: targets, dims: [4] }]) {
      expectSame(functions.crossEntropyDetails(logits, form), expected, "targets");
    }
  });
});

function typeOf(name: (typeof NAMES)[number]): unknown {
  if (name === "argmax") return Int32Array;
  return name === "isGreedy" ? Uint8Array : Float32Array;
}
