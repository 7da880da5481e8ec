/** selectiveLogSoftmax on every backend: against the f64 reference, and against functions that compute the same numbers. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { IndexTargets, SelectiveLogSoftmaxOptions } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { SIZES, tokenCase, tokenPlans } from "../scoring/token-cases.js";
import { halfTypes, numbersOf, wordsOf } from "../support/halves.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits, expectWithin, rowBound } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import type { Layout } from "./layouts.js";
import { Random, settings } from "./random.js";
import { targetForms } from "./storage.js";

const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE, NEGATIVE_INFINITY: MASKED } = Number;

const plans = fc.record({
  tokens: tokenPlans,
  count: fc.constantFrom(1, 2, 3, 17),
  lists: fc.constantFrom("for all rows", "per row", "per row, by classesShape", "one per row"),
  form: fc.constantFrom(...targetForms),
  among: fc.constantFrom(undefined, false, true),
  ownOut: fc.boolean(),
});

type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never;

/** Classes in the plan's form, and the list of each row. */
function classesOf({ lists, count: wanted, form, tokens }: Plan) {
  const { rows, classes, rowShape } = tokens.layout;
  const count = lists === "one per row" ? 1 : wanted;
  const random = new Random(tokens.seed + 2);
  const length = lists === "for all rows" ? count : rows * count;
  const values = Array.from(random.classes(length, Math.min(classes, form.greatest)));
  const shape = lists === "one per row" ? rowShape : [...rowShape, count];
  const given = form.make(values, shape);
  const hasShape = typeof given === "object" && "data" in given;
  const flat = hasShape ? Int32Array.from(values) : given;
  return {
    count,
    classAt: (row: number, i: number) => values[lists === "for all rows" ? i : row * count + i],
    given: lists === "for all rows" ? flat : given,
    options: lists === "for all rows" || hasShape ? {} : { classesShape: shape },
    plain: lists === "for all rows" ? values : { data: values, dims: shape },
  };
}

const exact = remembered();

eachBackend("selectiveLogSoftmax", (functions) => {
  it("every option, layout, storage and form of the classes; ties, infinities and NaN", () => {
    const property = fc.property(plans, (plan) => {
      const { logits, options, plainLogits, plainOptions, cap } = tokenCase(plan.tokens);
      const { given, count, options: ofClasses, plain } = classesOf(plan);
      const [own, theirs] = [withoutTargets(options), withoutTargets(plainOptions)];
      const { among } = plan;
      const out = plan.ownOut ? new Float32Array(plan.tokens.layout.rows * count) : undefined;
      const actual = functions.selectiveLogSoftmax(logits, given, { ...own, ...ofClasses, among, out });
      if (out) expect(actual).toBe(out);
      const expected = reference.selectiveLogSoftmax(plainLogits, plain, { ...theirs, among });
      const bound = rowBound(expected);
      expectWithin(actual, expected, (i) => bound(i) + 2 * cap, "log-probabilities");
    });
    fc.assert(property, settings(150));
  });

  it("has the bits of crossEntropy and scoreTokens", () => {
    const property = fc.property(plans, (plan) => {
      const { logits, options } = tokenCase(plan.tokens);
      const { layout } = plan.tokens;
      const { given, count, classAt, options: ofClasses } = classesOf(plan);
      const own = { ...withoutTargets(options), shape: layout.shape };
      const actual = functions.selectiveLogSoftmax(logits, given, { ...own, ...ofClasses });
      for (let i = 0; i < count; i++) {
        const targets = Int32Array.from({ length: layout.rows }, (_, row) => classAt(row, i));
        const column = Float32Array.from(targets, (_, row) => actual[row * count + i]);
        const losses = functions.crossEntropy(logits, targets, { ...own, reduction: "none" });
        expectSameBits(column, losses.map(negated), "minus the loss");
        const { logProbs } = functions.scoreTokens(logits, targets, { ...own, shift: 0 });
        expectSameBits(column, Float32Array.from(logProbs), "logProbs");
      }
    });
    fc.assert(property, settings(30));
  });

  it("sizes around vectors, blocks, the kernels' limits, tiles and segments", () => {
    for (const [rows, classes] of SIZES) {
      const random = new Random(rows * 31 + classes);
      const logits = random.normals(rows * classes, 3);
      const list = Int32Array.of(0, classes - 1, classes >> 1, classes - 1, Math.min(65536, classes - 1));
      const shape = [rows, classes];
      const actual = functions.selectiveLogSoftmax(logits, list, { shape });
      const expected = exact([rows, classes], () => reference.selectiveLogSoftmax(logits, list, { shape }));
      expectWithin(actual, expected, rowBound(expected), `${rows} x ${classes}`);
      for (const [i, c] of list.entries()) {
        const losses = functions.crossEntropy(logits, new Int32Array(rows).fill(c), { reduction: "none" });
        const column = losses.map((_, row) => actual[row * list.length + i]);
        expectSameBits(column, losses.map(negated), `class ${c} of ${rows} x ${classes}`);
      }
    }
  });

  it("among all classes: the bits of the whole rows; among some: whatever the others are", () => {
    const property = fc.property(plans, (plan) => {
      const { logits, options, plainLogits } = tokenCase(plan.tokens);
      const { layout } = plan.tokens;
      const own = { ...withoutTargets(options), shape: layout.shape };
      const all = Int32Array.from({ length: layout.classes }, (_, c) => c);
      const whole = functions.selectiveLogSoftmax(logits, all, own);
      expectSameBits(functions.selectiveLogSoftmax(logits, all, { ...own, among: true }), whole, "among all");
      const some = all.filter((c) => c % 3 === 1);
      const others = plainLogits.map((x, i) => (classOf(layout, i) % 3 === 1 ? x : NOT_A_NUMBER));
      expectSameBits(
        functions.selectiveLogSoftmax(others, some, { ...own, among: true }),
        functions.selectiveLogSoftmax(logits, some, { ...own, among: true }),
        "among some",
      );
    });
    fc.assert(property, settings(30));
  });

  it("a class that is given twice counts twice among the given ones", () => {
    const logits = Float32Array.of(1, 2, 3);
    const twice = functions.selectiveLogSoftmax(logits, [1, 1, 2], { among: true });
    const expected = [2, 2, 3].map((x) => x - Math.log(2 * Math.E ** 2 + Math.E ** 3));
    expectWithin(twice, expected, () => 2e-7, "log-probabilities");
  });

  it("one class, as a number, a bigint, a list, or one per row", () => {
    const logits = new Random(4).normals(5 * 7, 3);
    const losses = functions.crossEntropy(logits, new Int32Array(5).fill(3), { reduction: "none" }).map(negated);
    const forms: readonly IndexTargets[] = [3, 3n, [3], { data: new BigInt64Array(5).fill(3n), dims: [5] }];
    for (const classes of forms) {
      expectSameBits(functions.selectiveLogSoftmax(logits, classes, { shape: [5, 7] }), losses, "log-probabilities");
    }
  });

  it("lists that are longer than a tile", () => {
    const logits = new Random(5).normals(2 * 9, 3);
    const list = Int32Array.from({ length: 2 * 65536 + 5 }, (_, i) => (i * i) % 9);
    const options = { shape: [2, 9], softcap: 5, temperature: 0.5 };
    const every = functions.selectiveLogSoftmax(logits, [0, 1, 2, 3, 4, 5, 6, 7, 8], options);
    const expected = Float32Array.from({ length: 2 * list.length }, (_, i) => {
      const row = i < list.length ? 0 : 1;
      return every[row * 9 + list[i - row * list.length]];
    });
    expectSameBits(functions.selectiveLogSoftmax(logits, list, options), expected, "log-probabilities");
    const data = new Int32Array(2 * list.length);
    data.set(list);
    data.set(list, list.length);
    const perRow = functions.selectiveLogSoftmax(logits, { data, dims: [2, list.length] }, options);
    expectSameBits(perRow, expected, "one list per row");
  });

  it("masked classes, and rows without a distribution", () => {
    const logits = Float32Array.of(0, MASKED, 0, 0, INFINITE, 0, MASKED, MASKED, MASKED, 0, NOT_A_NUMBER, 0);
    const shape = [4, 3];
    const whole = functions.selectiveLogSoftmax(logits, [0, 1], { shape });
    expectWithin(whole.subarray(0, 2), [-Math.LN2, MASKED], () => 1e-7, "a masked class");
    expectSameBits(whole.subarray(2), Array(6).fill(NOT_A_NUMBER), "rows without a distribution");
    const among = functions.selectiveLogSoftmax(logits, [0, 2], { shape, among: true });
    const half = Math.fround(-Math.LN2);
    expectSameBits(among, [half, half, half, half, NOT_A_NUMBER, NOT_A_NUMBER, half, half], "among classes with one");
  });

  it("no classes, no rows, one row", () => {
    const none = new Float32Array(0);
    const logits = Float32Array.of(1, 2, 3);
    for (const among of [false, true]) {
      expect(functions.selectiveLogSoftmax(logits, [], { among })).toEqual(none);
      expect(functions.selectiveLogSoftmax(none, [0], { shape: [0, 3], among })).toEqual(none);
      expect(functions.selectiveLogSoftmax(none, { data: [], dims: [0, 2] }, { shape: [0, 3], among })).toEqual(none);
      expect(functions.selectiveLogSoftmax([7], 0, { among })).toEqual(Float32Array.of(0));
      for (const classes of [2, [2], { data: [2], dims: [] }, { data: [2], dims: [1] }, { data: [2], dims: [1, 1] }]) {
        const expected = functions.selectiveLogSoftmax(logits, [2], { among });
        expectSameBits(functions.selectiveLogSoftmax(logits, classes, { among }), expected, "a class of a single row");
      }
    }
  });

  it.each(halfTypes)("%s: the bits of the same values in f32", (type) => {
    for (const [rows, classes] of [
      [20, 10],
      [2, 70000],
    ] as const) {
      const random = new Random(classes);
      const words = wordsOf(random.normals(rows * classes, 4), type);
      const classesPerRow = { data: random.classes(rows * 3, classes), dims: [rows, 3] };
      for (const among of [false, true]) {
        const half = functions.selectiveLogSoftmax({ data: words, dims: [rows, classes], type }, classesPerRow, { among });
        const single = functions.selectiveLogSoftmax(numbersOf(words, type), classesPerRow, { among, shape: [rows, classes] });
        expectSameBits(half, single, `${rows} x ${classes}`);
      }
    }
  });
});

function negated(loss: number): number {
  return 0 - loss;
}

/** The options that selectiveLogSoftmax has too. */
function withoutTargets(options: ReturnType<typeof tokenCase>["options"]): SelectiveLogSoftmaxOptions {
  const { ignoreIndex: _ignoreIndex, shift: _shift, ...others } = options;
  return others;
}

/** The class of element `index`, past the classes in the padding. */
function classOf({ classes, inner, stride }: Layout, index: number): number {
  return inner === 1 ? index % stride : Math.floor(index / inner) % classes;
}
