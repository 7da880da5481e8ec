/**
 * logSumExpPartial on every backend: shards of the vocabulary, merged in every order, against the whole row and the f64
 * reference.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  crossEntropyFromPartial,
  type FloatTensor,
  type LogSumExpPartial,
  type LogSumExpPartialOptions,
  mergePartials,
} from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin, f32Step } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { elementAt, type Layout, layOut } from "./layouts.js";
import { lossCase, lossPlans } from "./loss-cases.js";
import { Random, settings } from "./random.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;

/** Relative tolerances of losses: merged shards against the whole row, and either against the f64 reference. */
const MERGED_BOUND = 1e-12;

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** A range of classes of all rows, in the layout of the whole; padding is NaN. */
function shardOf(whole: Layout, logits: Float32Array, first: number, end: number, padding = 0) {
  const axis = whole.axis < 0 ? whole.shape.length + whole.axis : whole.axis;
  const shape = whole.shape.map((size, index) => (index === axis ? end - first : size));
  const layout = layOut(shape, axis, padding > 0 && whole.inner === 1 ? end - first + padding : undefined);
  const values = new Float32Array(layout.length).fill(NOT_A_NUMBER);
  for (let row = 0; row < whole.rows; row++) {
    for (let c = first; c < end; c++) {
      values[elementAt(layout, row, c - first)] = logits[elementAt(whole, row, c)];
    }
  }
  const isPadded = layout.length !== layout.rows * layout.classes;
  return { values, options: { shape, axis, firstClass: first, ...(isPadded ? { rowStride: layout.stride } : {}) } };
}

/** Merges in every order, one after the other and all at once. */
function mergedInEveryOrder(shards: readonly LogSumExpPartial[]): LogSumExpPartial[] {
  return ORDERS.flatMap(([i, j, k]) => {
    const [a, b, c] = [shards[i], shards[j], shards[k]] as [LogSumExpPartial, LogSumExpPartial, LogSumExpPartial];
    return [mergePartials([a, b, c]), mergePartials([mergePartials([a, b]), c]), mergePartials([a, mergePartials([b, c])])];
  });
}

const relative =
  (expected: Float64Array, bound = MERGED_BOUND) =>
  (i: number) =>
    bound * Math.abs(expected[i]);

eachBackend("logSumExpPartial", (functions) => {
  it("3 uneven shards, merged in every order, equal the whole row: options, layouts, storage", () => {
    const plans = fc.record({
      plan: lossPlans,
      cuts: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      padding: fc.constantFrom(0, 0, 3),
      softcap: fc.constantFrom(undefined, undefined, 15),
      temperature: fc.constantFrom(undefined, undefined, 0.5, 3),
      zLoss: fc.constantFrom(0, 0, 0.1),
    });
    const property = fc.property(plans, ({ plan, cuts, padding, softcap, temperature, zLoss }) => {
      // Both sides use the same rounded logits, so any offset works, except with a temperature: then m / T is rounded.
      const call = lossCase({ ...plan, offset: temperature ? 0 : plan.offset, weightForm: undefined });
      const { layout, plainLogits, plainTargets } = call;
      const { classes } = layout;
      fc.pre(classes > 2);
      const targets = call.targets as Int32Array;
      const { ignoreIndex } = call.options;
      const common = {
        ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
        ...(softcap === undefined ? {} : { softcap }),
        ...(temperature === undefined ? {} : { temperature }),
      };
      const [low, high] = [...cuts].sort((a, b) => a - b) as [number, number];
      const second = 1 + Math.floor(low * (classes - 2.001));
      const third = second + 1 + Math.floor(high * (classes - second - 1.001));
      const starts = [0, second, third, classes];
      const shards = [0, 1, 2].map((i) => {
        const { values, options } = shardOf(layout, plainLogits, starts[i], starts[i + 1], padding);
        return functions.logSumExpPartial(values, targets, { ...options, ...common });
      });
      const { shape, axis, rowStride } = call.options;
      const place = { ...(shape ? { shape } : {}), axis: axis as number, ...(rowStride === undefined ? {} : { rowStride }) };
      const whole = functions.logSumExpPartial(call.logits, targets, { ...place, ...common });
      const losses = crossEntropyFromPartial(whole, { reduction: "none", zLoss });
      const lse = whole.max.map((m, row) => m + Math.log1p(whole.rest[row]));
      for (const merged of mergedInEveryOrder(shards)) {
        for (const name of ["max", "targets", "targetLogit", "hasTarget"] as const) {
          expectSameBits(merged[name] ?? [], whole[name] ?? [], name);
        }
        expectWithin(merged.rest, whole.rest, relative(whole.rest), "rest");
        expectWithin(crossEntropyFromPartial(merged, { reduction: "none", zLoss }), losses, relative(losses), "losses");
      }

      const plain = { shape: layout.shape, axis: layout.axis, ...(rowStride === undefined ? {} : { rowStride }), ...common };
      const exact = reference.crossEntropy(plainLogits, plainTargets, { ...plain, zLoss, reduction: "none" });
      // the softcap's tanh is in f32; the last bit of the divided logits scales with |x'|
      const cap = ((6e-7 * (softcap ?? 0)) / (temperature ?? 1)) * (1 + 2 * zLoss * 50);
      const last = (i: number): number => 4e-16 * Math.abs(whole.max[i]) * (1 + 2 * zLoss * Math.abs(lse[i]));
      expectWithin(losses, exact, (i) => relative(exact)(i) + cap + (temperature ? last(i) : 0), "losses against the reference");
    });
    fc.assert(property, settings(250));
  });

  it("long rows: cut anywhere, and against crossEntropy", () => {
    for (const [rows, classes, cuts] of [
      [2, 65_537, [1, 65_536]],
      [2, 140_000, [65_536, 131_072]],
      [3, 50_257, [20_000, 20_001]],
      [2, 151_936, [50_000, 151_000]],
    ] as const) {
      const random = new Random(classes);
      const logits = random.normals(rows * classes, 3);
      const targets = random.classes(rows, classes);
      const layout = layOut([rows, classes]);
      const starts = [0, ...cuts, classes];
      const shards = [0, 1, 2].map((i) => {
        const { values, options } = shardOf(layout, logits, starts[i], starts[i + 1]);
        return functions.logSumExpPartial(values, targets, options);
      });
      const whole = functions.logSumExpPartial(logits, targets);
      const losses = crossEntropyFromPartial(whole, { reduction: "none" });
      const exact = reference.crossEntropy(logits, targets, { reduction: "none" });
      expectWithin(losses, exact, relative(exact, 1e-13), `${classes} classes in one piece`);
      for (const merged of mergedInEveryOrder(shards)) {
        expectWithin(crossEntropyFromPartial(merged, { reduction: "none" }), losses, relative(losses, 1e-13), "merged");
      }
      const fast = functions.crossEntropy(logits, targets, { reduction: "none" });
      expectWithin(fast, losses, (i) => 1e-7 * losses[i] + f32Step(losses[i]), "crossEntropy");
    }
  });

  it("tiny losses keep their relative accuracy, wherever the row is cut", () => {
    for (const gap of [20, 40, 300]) {
      const row = [gap, 0, 0, -1];
      const expected = Math.log1p(2 * Math.exp(-gap) + Math.exp(-gap - 1));
      for (const [a, b] of [
        [1, 2],
        [1, 3],
        [2, 3],
      ] as const) {
        const shards = [
          [0, a],
          [a, b],
          [b, 4],
        ].map(([from, to]) => functions.logSumExpPartial(row.slice(from, to), 0, { firstClass: from as number }));
        for (const merged of mergedInEveryOrder(shards)) {
          expectWithin(crossEntropyFromPartial(merged), expected, () => 1e-12 * expected, `e^-${gap} cut at ${a}, ${b}`);
        }
      }
    }
    const whole = crossEntropyFromPartial(functions.logSumExpPartial([20, 0, 0], 0));
    expectWithin(whole, 4.1223072363804e-9, () => 1e-21, "[20, 0, 0]");
  });

  it("equal maxima in every shard, or nearly so", () => {
    for (const classes of [3, 30, 3000]) {
      const thirds = [0, 1, 2].map((i) => (i * classes) / 3);
      for (const step of [0, 2 ** -20]) {
        const row = Float32Array.from({ length: classes }, (_, c) => 2 + step * (c % 3));
        const shards = thirds.map((first) => {
          return functions.logSumExpPartial(row.subarray(first, first + classes / 3), 1, { firstClass: first });
        });
        const exact = reference.crossEntropy(row, 1);
        for (const merged of mergedInEveryOrder(shards)) {
          expectWithin(crossEntropyFromPartial(merged), exact, () => 1e-14 * exact, `${classes} classes, step ${step}`);
          if (step === 0) expect(merged.rest[0]).toBe(classes - 1);
        }
      }
    }
  });

  it("NaN, infinities and masked shards: the same as the whole row, crossEntropy and logSumExp", () => {
    const rows = [
      [MASKED, MASKED, MASKED, MASKED, MASKED],
      [MASKED, MASKED, 1, 2, MASKED],
      [MASKED, 3, MASKED, MASKED, MASKED],
      [1, INFINITE, 2, 3, 4],
      [INFINITE, 1, MASKED, INFINITE, 2],
      [1, NOT_A_NUMBER, 2, 3, 4],
      [MASKED, MASKED, MASKED, NOT_A_NUMBER, MASKED],
      [INFINITE, 1, 2, 3, NOT_A_NUMBER],
      [3.4e38, -3.4e38, 0, 3.4e38, MASKED],
      [-3.4e38, -3.4e38, -3.4e38, -3.4e38, -3.4e38],
    ];
    const logits = Float32Array.from(rows.flat());
    const layout = layOut([rows.length, 5]);
    for (let target = 0; target < 5; target++) {
      const targets = new Int32Array(rows.length).fill(target);
      const whole = functions.logSumExpPartial(logits, targets);
      const losses = crossEntropyFromPartial(whole, { reduction: "none" });
      const exact = reference.crossEntropy(logits, targets, { reduction: "none" });
      expectWithin(losses, exact, relative(exact), "in one piece");
      const lse = whole.max.map((m, row) => m + Math.log1p(whole.rest[row]));
      const exactLse = reference.logSumExp(logits, { shape: layout.shape }) as Float64Array;
      expectWithin(lse, exactLse, relative(exactLse), "log-sum-exp");
      for (const cuts of [
        [1, 2],
        [1, 4],
        [3, 4],
        [2, 3],
      ] as const) {
        const starts = [0, ...cuts, 5];
        const shards = [0, 1, 2].map((i) => {
          const { values, options } = shardOf(layout, logits, starts[i], starts[i + 1]);
          return functions.logSumExpPartial(values, targets, options);
        });
        for (const merged of mergedInEveryOrder(shards)) {
          expectSameBits(merged.max, whole.max, `max, cut at ${cuts}`);
          expectWithin(merged.rest, whole.rest, relative(whole.rest), `rest, cut at ${cuts}`);
          expectWithin(crossEntropyFromPartial(merged, { reduction: "none" }), losses, relative(losses), "losses");
        }
      }
    }
    const whole = functions.logSumExpPartial(logits, new Int32Array(rows.length));
    expect(Array.from(whole.max.slice(0, 8))).toEqual([
      MASKED,
      2,
      3,
      INFINITE,
      INFINITE,
      NOT_A_NUMBER,
      NOT_A_NUMBER,
      NOT_A_NUMBER,
    ]);
    expect(Array.from(whole.rest.slice(2, 8))).toEqual([0, 0, 0, NOT_A_NUMBER, NOT_A_NUMBER, NOT_A_NUMBER]);
  });

  it("a shard holds the logits of its own targets, after softcap and temperature", () => {
    const logits = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const partial = functions.logSumExpPartial(logits, [9, 12, 13], { firstClass: 10, temperature: 2, shape: [3, 3] });
    expect(partial).toEqual({
      max: Float64Array.of(1.5, 3, 4.5),
      rest: partial.rest,
      targets: Int32Array.of(9, 12, 13),
      targetLogit: Float64Array.of(NOT_A_NUMBER, 3, NOT_A_NUMBER),
      hasTarget: Uint8Array.of(0, 1, 0),
    });
    const [rest] = partial.rest as unknown as [number];
    expect(rest).toBeCloseTo(Math.exp(-0.5) + Math.exp(-1), 14);
    const capped = functions.logSumExpPartial(logits, [0, 0, 0], { softcap: 2, shape: [3, 3] }).targetLogit as Float64Array;
    expect(capped[2]).toBeCloseTo(2 * Math.tanh(3.5), 6);
    // NaN at the target differs from a target in another shard
    const nan = functions.logSumExpPartial([NOT_A_NUMBER, 1], 0);
    expect([nan.hasTarget?.[0], nan.targetLogit?.[0]]).toEqual([1, NOT_A_NUMBER]);
    expect(crossEntropyFromPartial(nan)).toBeNaN();
  });

  it("ignored rows are not read and do not count in means", () => {
    for (const classes of [3, 64, 600, 65_542]) {
      const random = new Random(classes);
      const logits = random.normals(5 * classes, 2);
      const targets = random.classes(5, classes);
      const expected = functions.logSumExpPartial(logits, targets);
      for (const row of [1, 4]) {
        targets[row] = -1;
        logits.fill(NOT_A_NUMBER, row * classes, (row + 1) * classes);
        for (const name of ["max", "rest", "targetLogit"] as const) (expected[name] as Float64Array)[row] = NOT_A_NUMBER;
        (expected.targets as Int32Array)[row] = -1;
        (expected.hasTarget as Uint8Array)[row] = 0;
      }
      const partial = functions.logSumExpPartial(logits, targets, { ignoreIndex: -1 });
      expect(partial).toEqual(expected);
      const options = { ignoreIndex: -1, zLoss: 0.1 };
      const mean = reference.crossEntropy(logits, targets, options);
      const zLoss = { zLoss: 0.1 };
      expectWithin(crossEntropyFromPartial(partial, zLoss), mean, () => 1e-12 * mean, "mean");
      const sum = reference.crossEntropy(logits, targets, { ...options, reduction: "sum" });
      expectWithin(crossEntropyFromPartial(partial, { ...zLoss, reduction: "sum" }), sum, () => 1e-12 * sum, "sum");
      expect(crossEntropyFromPartial(partial, { reduction: "none" })[1]).toBe(0);
    }
    // ignoreIndex may be a valid class, in any shard
    const zero = functions.logSumExpPartial([1, 2, 3, 4], [0, 1], { ignoreIndex: 0 });
    expect(zero.targets).toEqual(Int32Array.of(-1, 1));
    const none = functions.logSumExpPartial([1, 2, 3, 4], [-100, -100]);
    expect(crossEntropyFromPartial(none)).toBeNaN();
    expect(crossEntropyFromPartial(none, { emptyMean: 0 })).toBe(0);
    expect(crossEntropyFromPartial(none, { reduction: "sum" })).toBe(0);
  });

  it("without targets: the log-sum-exp of vectors and batches", () => {
    const logits = new Random(1).normals(12, 3);
    const vector = functions.logSumExpPartial(logits);
    expect(vector).toEqual({ max: vector.max, rest: vector.rest, targets: null, targetLogit: null, hasTarget: null });
    const exact = reference.logSumExp(logits) as number;
    expectWithin(vector.max[0] + Math.log1p(vector.rest[0]), exact, () => 1e-14 * exact, "lse");
    const batch = functions.logSumExpPartial(logits, undefined, { shape: [3, 4] });
    expect(batch.max.length).toBe(3);
    const parts = [0, 1, 2].map((c) => {
      const column = Float32Array.of(logits[c], logits[c + 4], logits[c + 8]);
      return functions.logSumExpPartial(column, undefined, { shape: [3, 1] });
    });
    const last = functions.logSumExpPartial(
      [3, 7, 11].map((i) => logits[i]),
      undefined,
      { shape: [3, 1] },
    );
    const merged = mergePartials([...parts, last]);
    expectSameBits(merged.max, batch.max, "max");
    expectWithin(merged.rest, batch.rest, relative(batch.rest), "rest");
  });

  it("an empty shard changes nothing; no rows give empty results", () => {
    const empty = functions.logSumExpPartial([], [0, 1], { shape: [2, 0], firstClass: 3 });
    expect(empty.max).toEqual(Float64Array.of(MASKED, MASKED));
    const whole = functions.logSumExpPartial([1, 2, 3, 4, 5, 6], [0, 1]);
    expect(mergePartials([empty, whole])).toEqual(whole);
    expect(mergePartials([whole, empty])).toEqual(whole);
    const none = functions.logSumExpPartial([], []);
    expect(none.max.length).toBe(0);
    expect(crossEntropyFromPartial(none, { reduction: "none" })).toEqual(new Float64Array(0));
    expect(crossEntropyFromPartial(none)).toBeNaN();
  });

  it("forms of logits and targets: the same bits", () => {
    const random = new Random(5);
    const logits = random.normals(4 * 33, 3);
    const targets = random.classes(4, 33);
    const options: LogSumExpPartialOptions = { firstClass: 7 };
    const expected = functions.logSumExpPartial(logits, targets, options);
    const forms: FloatTensor[] = [Array.from(logits), Float64Array.from(logits), { data: logits, dims: [4, 33] }];
    for (const form of forms) expect(functions.logSumExpPartial(form, targets, options)).toEqual(expected);
    for (const form of [Array.from(targets), BigInt64Array.from(targets, BigInt), { data: targets, dims: [4] }]) {
      expect(functions.logSumExpPartial(logits, form, options)).toEqual(expected);
    }
    // the result does not keep the caller's target array
    targets[0] = 5;
    expect(functions.logSumExpPartial(logits, targets, options).targets).not.toBe(targets);
  });
});
