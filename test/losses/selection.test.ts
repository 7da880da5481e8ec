/** shift, mask, attentionMask and sampleWeight, on every backend and on every function whose rows have targets. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { FloatTensor } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectSameBits, expectWithin, f32Step } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { elementAt, type Layout, layOut, spread } from "./layouts.js";
import { Random, settings } from "./random.js";

type Anything = never;
type Numbers = number | Float32Array | Float64Array;

interface Result {
  readonly value: Numbers;
  readonly grad: Float32Array | Float64Array;
  readonly targetGrad?: Float32Array | Float64Array;
}

/** A row loss with its gradient, on the package's functions or on the reference's. */
interface RowLoss {
  readonly name: string;
  /** What the targets are. */
  readonly targets: "classes" | "probabilities" | "logs";
  readonly options: Readonly<Record<string, unknown>>;
  run(functions: object, x: FloatTensor, targets: unknown, options: object): Result;
}

const method =
  (name: string) =>
  (functions: object, ...args: unknown[]): Result =>
    (functions as Record<string, (...all: unknown[]) => Result>)[name]?.(...args) as Result;

const rowLosses: readonly RowLoss[] = [
  { name: "crossEntropy", targets: "classes", options: {}, run: method("crossEntropyValueAndGrad") },
  {
    name: "crossEntropy with options",
    targets: "classes",
    options: { labelSmoothing: 0.1, zLoss: 0.01, softcap: 10, temperature: 0.7 },
    run: method("crossEntropyValueAndGrad"),
  },
  {
    name: "crossEntropy of probabilities",
    targets: "probabilities",
    options: { labelSmoothing: 0.1, zLoss: 0.01, targetGrad: true },
    run: method("crossEntropyValueAndGrad"),
  },
  { name: "nllLoss", targets: "classes", options: {}, run: method("nllLossValueAndGrad") },
  { name: "polyLoss", targets: "classes", options: { epsilon: 2 }, run: method("polyLossValueAndGrad") },
  { name: "polyLoss of probabilities", targets: "probabilities", options: { epsilon: 2 }, run: method("polyLossValueAndGrad") },
  { name: "jsDivLoss", targets: "logs", options: { beta: 0.3 }, run: method("jsDivLossValueAndGrad") },
];

const withClasses = rowLosses.filter(({ targets }) => targets === "classes");

/** The rows that count, from the definitions; `weight` as the reference has it. */
interface Selected {
  readonly options: Readonly<Record<string, unknown>>;
  /** Index of each row's target, -1 for rows that do not count. */
  readonly targetOf: Int32Array;
}

const forms = ["booleans", "numbers", "bytes", "int64", "tensor"] as const;

function maskAs(form: (typeof forms)[number], kept: readonly boolean[], dims: readonly number[]): unknown {
  const bits = kept.map(Number);
  switch (form) {
    case "booleans":
      return kept;
    case "numbers":
      return bits.map((bit) => bit * 3);
    case "bytes":
      return Uint8Array.from(bits);
    case "int64":
      return BigInt64Array.from(bits, BigInt);
    case "tensor":
      return { data: BigInt64Array.from(bits, BigInt), dims, type: "int64" };
  }
}

const selections = fc.record({
  seed: fc.nat(1e6),
  layout: fc.constantFrom(
    layOut([3, 5, 7]),
    layOut([2, 5, 130]),
    layOut([2, 11, 5], -1, 8),
    layOut([2, 6, 9], 1),
    layOut([3, 2, 5, 4], 1),
    layOut([13, 10]),
    layOut([2, 3, 600]),
    layOut([1, 2, 4100]),
  ),
  shift: fc.constantFrom(undefined, 0, 1, 1, 2, 9),
  mask: fc.constantFrom(undefined, ...forms),
  attention: fc.constantFrom(undefined, "left", "right", "any"),
  reduction: fc.constantFrom("mean", "sum", "none"),
});

type Plan = typeof selections extends fc.Arbitrary<infer P> ? P : never;

function selectedOf(plan: Plan, random: Random, sampleWeight?: Float32Array): Selected {
  const { rows, rowShape } = plan.layout;
  const length = rowShape.at(-1) ?? rows;
  const draw = (share: number): boolean[] => Array.from({ length: rows }, () => random.uniform() < share);
  const mask = plan.mask === undefined ? undefined : draw(0.7);
  const padding = Array.from({ length: Math.ceil(rows / length) }, () => random.integer(length));
  const attended =
    plan.attention === undefined
      ? undefined
      : draw(0.8).map((bit, row) => {
          const [from, at] = [padding[Math.floor(row / length)] as number, row % length];
          return plan.attention === "any" ? bit : plan.attention === "left" ? at >= from : at < length - from;
        });
  const shift = plan.shift ?? 0;
  const targetOf = Int32Array.from({ length: rows }, (_, row) => {
    const target = row + shift;
    if ((row % length) + shift >= length) return -1;
    if (mask && !mask[target]) return -1;
    if (attended && !(attended[row] && attended[target])) return -1;
    return sampleWeight && sampleWeight[row] === 0 ? -1 : target;
  });
  const options = {
    ...(plan.shift === undefined ? {} : { shift: plan.shift }),
    ...(mask && { mask: maskAs(plan.mask as (typeof forms)[number], mask, rowShape) }),
    ...(attended && { attentionMask: Uint8Array.from(attended, Number) }),
    ...(sampleWeight && { sampleWeight }),
  };
  return { options, targetOf };
}

/** Rows that do not count hold NaN, so that a result shows whether they were read. */
function poisoned(layout: Layout, dense: Float32Array, counts: (row: number) => boolean): Float32Array {
  const { rows, classes } = layout;
  const copy = dense.slice();
  for (let row = 0; row < rows; row++) if (!counts(row)) copy.fill(Number.NaN, row * classes, (row + 1) * classes);
  return spread(layout, copy);
}

function optionsOf({ shape, axis, stride, classes }: Layout): object {
  return { shape, axis, ...(stride === classes ? {} : { rowStride: stride }) };
}

eachBackend("row selection", (functions) => {
  it.each(withClasses)("$name: the bits of explicit targets", ({ run, options: own }) => {
    const property = fc.property(selections, (plan) => {
      const { layout, reduction } = plan;
      const random = new Random(plan.seed);
      const { options, targetOf } = selectedOf(plan, random);
      const x = poisoned(layout, random.normals(layout.rows * layout.classes, 3), (row) => targetOf[row] >= 0);
      const targets = random.classes(layout.rows, layout.classes);
      const explicit = targetOf.map((target) => (target < 0 ? -100 : targets[target]));
      // a target that is masked may have any value
      const masked = targets.map((target, index) =>
        "mask" in options && !targetOf.includes(index) && isMasked(options["mask"], index) ? 1e6 : target,
      );
      const common = { ...optionsOf(layout), ...own, reduction };
      const actual = run(functions, x, masked, { ...common, ...options });
      const expected = run(functions, x, explicit, common);
      expectSameBits(actual.value, expected.value, `value of ${JSON.stringify(plan)}`);
      expectSameBits(actual.grad, expected.grad, `grad of ${JSON.stringify(plan)}`);
      expectZeros(layout, actual.grad, (row) => targetOf[row] < 0);
    });
    fc.assert(property, settings(25));
  });

  it.each(rowLosses)("$name: sample weights and masks against the reference", (loss) => {
    const property = fc.property(selections, (plan) => {
      // jsDivLoss has no padding
      const layout = loss.targets === "logs" ? layOut(plan.layout.shape, plan.layout.axis) : plan.layout;
      const { reduction } = plan;
      const { rows, classes } = layout;
      const random = new Random(plan.seed);
      const sampleWeight = Float32Array.from({ length: rows }, () => (random.uniform() < 0.2 ? 0 : 0.25 + 2 * random.uniform()));
      const { options, targetOf } = selectedOf(plan, random, sampleWeight);
      const used = new Set(targetOf);
      const x = random.normals(rows * classes, 3);
      const logs = loss.name === "nllLoss" || loss.targets === "logs" ? logSoftmaxOf(x, layout) : x;
      const input = poisoned(layout, logs, (row) => targetOf[row] >= 0);
      const targets =
        loss.targets === "classes"
          ? random.classes(rows, classes)
          : poisoned(layout, distributionsOf(loss, random, layout), (row) => used.has(row));
      const weight = loss.name.startsWith("poly") || loss.targets === "logs" ? {} : { weight: random.weights(classes) };
      const upstream = reduction === "none" ? { upstream: random.normals(rows) } : { upstream: 0.75 };
      const all = { ...optionsOf(layout), ...loss.options, ...options, ...weight, ...upstream, reduction };
      const actual = loss.run(functions, input, targets, all);
      const exact = loss.run(reference, input, targets, all);
      const size = reduction === "sum" ? rows : 1;
      expectWithin(
        actual.value,
        exact.value,
        (i) => 4e-6 * size * Math.max(1, Math.abs(listOf(exact.value)[i])),
        `value of ${JSON.stringify(plan)}`,
      );
      const scale = Math.max(1, ...exact.grad.filter(Number.isFinite).map(Math.abs));
      expectWithin(actual.grad, exact.grad, () => 4e-6 * scale, `grad of ${JSON.stringify(plan)}`);
      expectZeros(layout, actual.grad, (row) => targetOf[row] < 0);
      if (!exact.targetGrad || !actual.targetGrad) return;
      const most = Math.max(1, ...exact.targetGrad.map(Math.abs));
      expectWithin(actual.targetGrad, exact.targetGrad, () => 4e-6 * most, `targetGrad of ${JSON.stringify(plan)}`);
    });
    fc.assert(property, settings(25));
  });

  it("no row counts: emptyMean, a sum of 0, zeros", () => {
    const x = new Float32Array(12).fill(Number.NaN);
    for (const none of [
      { mask: [0, 0, 0] },
      { attentionMask: [false, false, false] },
      { sampleWeight: [0, 0, 0] },
      { shift: 3 },
    ]) {
      const run = (options: object): unknown => functions.crossEntropy(x, [0, 1, 2], { ...none, ...options } as Anything);
      expect(run({})).toBeNaN();
      expect(run({ emptyMean: 0 })).toBe(0);
      expect(run({ reduction: "sum" })).toBe(0);
      expect(run({ reduction: "none" })).toEqual(new Float32Array(3));
      expect(functions.crossEntropyValueAndGrad(x, [0, 1, 2], { ...none, emptyMean: 1 }).grad).toEqual(new Float32Array(12));
    }
  });

  it("masks, weights and shifts that cannot be are refused, and nothing is written", () => {
    const x = new Float32Array(6).fill(0.5);
    const out = new Float32Array(2).fill(7);
    const onGpu = {
      dims: [2],
      get data(): never {
        throw new Error("not on CPU");
      },
    };
    for (const [option, message] of [
      [{ mask: Float32Array.of(1, 0) }, /^options\.mask: expected booleans or integers.*Float32Array/],
      [{ mask: [1] }, /^options\.mask: expected 2 entries, one per row, got 1$/],
      [{ mask: [1, 0.5] }, /^options\.mask\[1\]: expected a boolean or an integer, got 0\.5$/],
      [{ mask: onGpu }, /^options\.mask.*not on CPU.*getData/],
      [{ attentionMask: [true, "yes"] }, /^options\.attentionMask\[1\]: expected a boolean or an integer, got "yes"$/],
      [
        { attentionMask: { data: [1, 1], dims: [1, 2] }, shape: [2, 3] },
        /^options\.attentionMask: expected the shape of the rows, \[2\]/,
      ],
      [{ sampleWeight: [1, Number.NaN] }, /^options\.sampleWeight\[1\]: expected a finite number, got NaN$/],
      [{ sampleWeight: [1, 1, 1] }, /^options\.sampleWeight: expected 2 entries, one per row, got 3$/],
      [{ shift: -1 }, /^options\.shift: expected an integer >= 0, got -1$/],
      [{ mask: [1, 0], targets: [9, 0] }, /^targets\[0\]: expected 0\.\.2/],
    ] as const) {
      const { targets = [0, 1], ...options } = option as { targets?: number[]; [name: string]: unknown };
      expect(() => functions.crossEntropy(x, targets, { reduction: "none", out, ...options } as Anything)).toThrow(message);
    }
    expect(Array.from(out)).toEqual([7, 7]);
  });

  it("sample weights of one number scale nothing but the sum", () => {
    const random = new Random(5);
    const x = random.normals(60, 3);
    const targets = random.classes(6, 10);
    const sampleWeight = new Float64Array(6).fill(2);
    const zLoss = 0.01;
    const mean = functions.crossEntropy(x, targets, { zLoss });
    expectWithin(functions.crossEntropy(x, targets, { zLoss, sampleWeight }), mean, () => 2e-15 * mean, "mean");
    const sum = functions.crossEntropy(x, targets, { zLoss, reduction: "sum" });
    expectWithin(
      functions.crossEntropy(x, targets, { zLoss, sampleWeight, reduction: "sum" }),
      2 * sum,
      () => 4e-15 * sum,
      "sum",
    );
  });

  it.each(withClasses)("$name: micro-batches add up to the gradient of the whole batch within 1 ulp", ({ run, options }) => {
    const random = new Random(11);
    const [rows, classes, part] = [24, 33, 7];
    const x = random.normals(rows * classes, 3);
    const targets = random.classes(rows, classes);
    targets[3] = -100;
    const sampleWeight = Float32Array.from({ length: rows }, () => 0.25 + random.uniform());
    const whole = run(functions, x, targets, { ...options, sampleWeight });
    const total = sumOfKept(sampleWeight, targets);
    for (let from = 0; from < rows; from += part) {
      const to = Math.min(rows, from + part);
      const [weights, classesOfPart] = [sampleWeight.subarray(from, to), targets.subarray(from, to)];
      const upstream = sumOfKept(weights, classesOfPart) / total;
      const { grad } = run(functions, x.subarray(from * classes, to * classes), classesOfPart, {
        ...options,
        ...{ sampleWeight: weights, upstream },
      });
      const expected = whole.grad.subarray(from * classes, to * classes);
      expectWithin(grad, expected, (i) => f32Step(expected[i]), `rows ${from} to ${to}`);
    }
  });

  it("padded and packed batches score as each text alone, to the bit, with gradients", () => {
    const random = new Random(3);
    const [length, classes] = [9, 50];
    const texts = [4, 9, 1, 6].map((tokens) => ({
      logits: random.normals(tokens * classes, 4),
      ids: random.classes(tokens, classes),
    }));
    const alone = texts.map(({ logits, ids }) => {
      const options = { shape: [1, ids.length, classes], shift: 1, reduction: "sum" } as const;
      const scores = functions.scoreTokens(logits, ids, { shape: options.shape, shift: 1 });
      return { scores, ...functions.crossEntropyValueAndGrad(logits, ids, options) };
    });
    for (const side of ["left", "right"] as const) {
      const logits = new Float32Array(texts.length * length * classes).fill(Number.NaN);
      const ids = new Int32Array(texts.length * length).fill(-1);
      const attentionMask = new BigInt64Array(texts.length * length);
      const starts = texts.map((text, s) => s * length + (side === "left" ? length - text.ids.length : 0));
      for (const [s, text] of texts.entries()) {
        logits.set(text.logits, starts[s] * classes);
        ids.set(text.ids, starts[s]);
        attentionMask.fill(1n, starts[s], starts[s] + text.ids.length);
      }
      const options = { shape: [texts.length, length, classes], shift: 1, attentionMask };
      const scores = functions.scoreTokens(logits, ids, options);
      const { grad } = functions.crossEntropyValueAndGrad(logits, ids, { ...options, reduction: "sum" });
      const losses = functions.crossEntropy(logits, ids, { ...options, reduction: "none" });
      for (const [s, { scores: own, grad: ownGrad }] of alone.entries()) {
        const [from, count] = [starts[s], texts[s]?.ids.length as number];
        for (const column of ["logProbs", "ranks", "entropies", "logSumExps"] as const)
          expectSameBits(scores[column].slice(from, from + count), own[column], `${side}, text ${s}: ${column}`);
        expectSameBits(grad.slice(from * classes, (from + count) * classes), ownGrad, `${side}, text ${s}: grad`);
        expect(scores.sequences.logProbs[s]).toBe(own.sequences.logProbs[0]);
        expect(scores.sequences.tokens[s]).toBe(count - 1);
        expectSameBits(
          losses.slice(from, from + count - 1),
          own.logProbs.slice(0, -1).map((x) => Math.fround(0 - x)),
          "losses",
        );
      }
      expect(grad.filter((slope) => slope !== 0).length).toBe(
        alone.reduce((n, { grad: own }) => n + own.filter((g) => g !== 0).length, 0),
      );
    }
    // packed: one sequence, whose first token of each text is nobody's target
    const logits = Float32Array.from(texts.flatMap((text) => Array.from(text.logits)));
    const ids = Int32Array.from(texts.flatMap((text) => Array.from(text.ids)));
    const mask = texts.flatMap((text) => Array.from(text.ids, (_, index) => index > 0));
    const packed = functions.scoreTokens(logits, ids, { shape: [1, ids.length, classes], shift: 1, mask });
    const { grad } = functions.crossEntropyValueAndGrad(logits, ids, { shift: 1, mask, reduction: "sum" });
    expectSameBits(
      packed.logProbs,
      alone.flatMap(({ scores }) => Array.from(scores.logProbs)),
      "packed",
    );
    expectSameBits(
      grad,
      alone.flatMap(({ grad: own }) => Array.from(own)),
      "packed gradients",
    );
    expect(packed.totals.tokens).toBe(ids.length - texts.length);
  });

  it("selects alike in compareLogits and logSumExpPartial", () => {
    const property = fc.property(selections, (plan) => {
      const { layout } = plan;
      const random = new Random(plan.seed);
      const { options, targetOf } = selectedOf(plan, random);
      const [x, y] = [0, 1].map(() => spread(layout, random.normals(layout.rows * layout.classes, 3))) as [
        Float32Array,
        Float32Array,
      ];
      const targets = random.classes(layout.rows, layout.classes);
      const explicit = targetOf.map((target) => (target < 0 ? -100 : targets[target]));
      const at = { ...optionsOf(layout), shift: 0 };
      const both = layout.stride === layout.classes ? at : { ...at, otherRowStride: layout.stride };
      const compared = functions.compareLogits(x, y, targets, { ...both, ...options });
      expect(compared).toEqual(functions.compareLogits(x, y, explicit, both));
      const partial = functions.logSumExpPartial(x, targets, { ...at, ...options });
      expect(partial).toEqual(functions.logSumExpPartial(x, explicit, at));
      const scores = functions.scoreTokens(x, targets, { ...at, ...options });
      expect(scores).toEqual(functions.scoreTokens(x, explicit, at));
    });
    fc.assert(property, settings(16));
  });
});

function isMasked(mask: unknown, index: number): boolean {
  const data = Array.isArray(mask) || ArrayBuffer.isView(mask) ? mask : (mask as { data: unknown }).data;
  return !Number((data as ArrayLike<unknown>)[index]);
}

function listOf(value: Numbers): ArrayLike<number> {
  return typeof value === "number" ? [value] : value;
}

function expectZeros(layout: Layout, grad: ArrayLike<number>, isSkipped: (row: number) => boolean): void {
  for (let row = 0; row < layout.rows; row++) {
    if (!isSkipped(row)) continue;
    for (let c = 0; c < layout.classes; c++) {
      const slope = grad[elementAt(layout, row, c)];
      if (!Object.is(slope, 0)) expect.fail(`row ${row} does not count, but its gradient is ${slope} at class ${c}`);
    }
  }
}

function logSoftmaxOf(x: Float32Array, { rows, classes }: Layout): Float32Array {
  return Float32Array.from(reference.logSoftmax(x, { shape: [rows, classes] }));
}

function distributionsOf({ targets }: RowLoss, random: Random, layout: Layout): Float32Array {
  const { rows, classes } = layout;
  if (targets === "probabilities") return random.distributions(rows, classes);
  return logSoftmaxOf(random.normals(rows * classes, 3), layout);
}

function sumOfKept(weights: Float32Array, targets: Int32Array): number {
  return weights.reduce((sum, weight, row) => (targets[row] === -100 ? sum : sum + weight), 0);
}
