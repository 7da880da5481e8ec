/** jsDivLoss on every backend: layouts, beta and reductions against the f64 reference, equal bits, gradients in place. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalEngine, type FloatTensor, type Functions, type Reduction } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { gather, type Layout, layOut, layouts, spread } from "./layouts.js";
import { Random, settings } from "./random.js";
import { floatForms, floatsAs } from "./storage.js";

const plans = fc.record({
  seed: fc.nat(1e6),
  layout: layouts.map(({ shape, axis }) => layOut(shape, axis)),
  form: fc.constantFrom(...floatForms),
  beta: fc.constantFrom(undefined, 0, 1e-4, 0.1, 0.5, 0.9, 0.999, 1),
  /** Distance of the targets' logits from the input's; undefined: independent targets. */
  apart: fc.constantFrom(undefined, undefined, 1, 1e-3),
  reduction: fc.constantFrom<(Reduction | undefined)[]>(undefined, "mean", "sum", "none", "none"),
  upstream: fc.constantFrom("none", "number", "array"),
  ownOut: fc.boolean(),
  ownGradOut: fc.boolean(),
});

/** Log-probabilities, some of them -inf, in the layout. */
function logRows(layout: Layout, random: Random, logits: Float32Array): Float32Array {
  const { rows, classes } = layout;
  for (let i = 0; i < logits.length; i++) if (classes > 2 && random.uniform() < 0.05) logits[i] = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < rows; row++) logits[row * classes] = 1;
  return spread(layout, Float32Array.from(reference.logSoftmax(logits, { shape: [rows, classes] })));
}

/** Inputs, which are read only, and the reference's results, computed once for all backends. */
const [pairs, exacts] = [remembered(), remembered()];

function pairOf(layout: Layout, seed: number, apart: number | undefined): { x: Float32Array; y: Float32Array } {
  return pairs([layout, seed, apart], () => {
    const random = new Random(seed);
    const length = layout.rows * layout.classes;
    const first = random.normals(length, 3);
    const second = apart === undefined ? random.normals(length, 3) : first.map((value) => value + apart * random.normal());
    return { x: logRows(layout, random, first), y: logRows(layout, random, second) };
  });
}

/** Tolerance: relative to the divergence for 0 < beta < 1; for beta 0 and 1 relative to the terms, which may cancel. */
const RELATIVE = 1e-6;

eachBackend("jsDivLoss", (functions) => {
  it("every option, layout and storage", () => {
    const property = fc.property(plans, (plan) => {
      const { layout, beta, reduction, form } = plan;
      const { shape, axis, rows } = layout;
      const { x, y } = pairOf(layout, plan.seed, plan.apart);
      const isNone = reduction === "none";
      const perRow = isNone && plan.upstream === "array";
      const random = new Random(plan.seed + 1);
      const upstream = perRow ? random.normals(rows) : plan.upstream === "none" ? undefined : random.normal();
      const common = {
        axis,
        ...(beta === undefined ? {} : { beta }),
        ...(reduction === undefined ? {} : { reduction }),
      };
      const gradient = upstream === undefined ? {} : { upstream };
      const stated = form.startsWith("tensor") ? {} : { shape };
      const out = isNone && plan.ownOut ? { out: new Float32Array(rows) } : {};
      const gradOut = plan.ownGradOut ? { gradOut: new Float32Array(x.length) } : {};
      const actual = functions.jsDivLossValueAndGrad(floatsAs(form, x, shape), floatsAs(form, y, shape), {
        ...{ ...common, ...gradient, ...stated, ...out, ...gradOut },
      });
      const exact = exacts(plan, () => reference.jsDivLossValueAndGrad(x, y, { ...common, ...gradient, shape }));
      const isPlain = beta === 0 || beta === 1;
      const noise = isPlain ? 5e-7 : 1e-15;
      const values: ArrayLike<number> = typeof exact.value === "number" ? [exact.value] : exact.value;
      const size = reduction === "sum" ? rows : 1;
      const bound = (i: number): number => RELATIVE * Math.abs(values[i]) + noise * size;
      expectWithin(actual.value, exact.value, bound, `value of ${JSON.stringify(plan)}`);
      const unit = (isPlain ? 1e-6 : 1e-15) / (reduction === "none" || reduction === "sum" ? 1 : rows);
      const gradBound = (i: number): number => 2e-6 * Math.abs(exact.grad[i]) + 4 * unit + 1e-36;
      expectWithin(actual.grad, exact.grad, gradBound, `grad of ${JSON.stringify(plan)}`);
      if ("out" in out) expect(actual.value).toBe(out.out);
      if ("gradOut" in gradOut) expect(actual.grad).toBe(gradOut.gradOut);
      expect(functions.jsDivLoss(x, y, { ...common, shape })).toEqual(actual.value);
    });
    fc.assert(property, settings(150));
  });

  it("equal rows: exactly 0, and a gradient of 0", () => {
    const { x } = pairOf(layOut([30, 65]), 3, undefined);
    for (const beta of [0.1, 0.3, 0.5, 0.7, 0.999]) {
      const { value, grad } = functions.jsDivLossValueAndGrad(x, x.slice(), { shape: [30, 65], beta, reduction: "none" });
      expect(Array.from(value)).toEqual(new Array(30).fill(0));
      expect(grad.every((slope) => slope === 0)).toBe(true);
    }
  });

  it("is symmetric: swapping the rows and replacing beta by 1 - beta", () => {
    const shape = [20, 33];
    const { x, y } = pairOf(layOut(shape), 4, undefined);
    for (const beta of [0.2, 0.5, 0.9]) {
      const there = functions.jsDivLoss(x, y, { shape, beta, reduction: "none" });
      const back = functions.jsDivLoss(y, x, { shape, beta: 1 - beta, reduction: "none" });
      expectWithin(there, back, (row) => 5e-7 * back[row], `beta ${beta}`);
    }
  });

  it("with beta 0.5 it is jsDivergence of the probabilities", () => {
    const shape = [9, 20];
    const { x, y } = pairOf(layOut(shape), 5, undefined);
    const exp = (values: Float32Array): Float32Array => values.map((value) => Math.exp(value));
    const expected = functions.jsDivergence(exp(x), exp(y), { shape }) as Float32Array;
    expectWithin(functions.jsDivLoss(x, y, { shape, reduction: "none" }), expected, () => 3e-7, "divergences");
  });

  it("sizes around the vector, the block, the segment and the tile", () => {
    for (const shape of [
      ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31].map((classes) => [5, classes]),
      ...[511, 513, 4097].map((classes) => [3, classes]),
      [4099, 3],
      [700, 70],
      [2, 65_537],
      [1, 140_001],
    ]) {
      const layout = layOut(shape);
      const { x, y } = pairOf(layout, layout.rows, undefined);
      const options = { shape, reduction: "none" } as const;
      const exact = exacts(shape, () => reference.jsDivLossValueAndGrad(x, y, options));
      const actual = functions.jsDivLossValueAndGrad(x, y, options);
      expectWithin(actual.value, exact.value, (row) => RELATIVE * exact.value[row] + 1e-15, `[${shape}]`);
      expectWithin(actual.grad, exact.grad, (i) => 2e-6 * Math.abs(exact.grad[i]) + 1e-15, `grad of [${shape}]`);
    }
  });

  it("no classes, no rows", () => {
    expect(functions.jsDivLoss([], [])).toBe(0);
    expect(functions.jsDivLoss([], [], { shape: [0, 3] })).toBeNaN();
    expect(functions.jsDivLoss([], [], { shape: [0, 3], reduction: "sum" })).toBe(0);
    expect(functions.jsDivLoss([], [], { shape: [2, 0], reduction: "none" })).toEqual(new Float32Array(2));
    expect(functions.jsDivLossValueAndGrad([], [], { shape: [3, 0] })).toEqual({ value: 0, grad: new Float32Array(0) });
  });
});

/** Losses and gradients, also with one upstream gradient per row. */
function results(functions: Functions, x: FloatTensor, y: FloatTensor, layout: Layout, gradOut?: Float32Array): Float32Array[] {
  const { shape, axis, rows } = layout;
  const all: Float32Array[] = [];
  for (const beta of [0.5, 0, 1]) {
    const options = { shape, axis, beta, reduction: "none", upstream: new Random(1).normals(rows) } as const;
    const { value, grad } = functions.jsDivLossValueAndGrad(x, y, gradOut && beta === 0.5 ? { ...options, gradOut } : options);
    all.push(value, grad.slice());
    if (gradOut) break;
  }
  return all;
}

function expectSame(actual: readonly Float32Array[], expected: readonly Float32Array[], what: string): void {
  for (const [i, values] of actual.entries()) expectSameBits(values, expected[i] as Float32Array, `result ${i}, ${what}`);
}

const bitLayouts = [
  layOut([5, 3]),
  layOut([300, 129]),
  layOut([3, 4097]),
  layOut([2, 65_539]),
  layOut([129, 40], 0),
  layOut([2, 7, 4100], 1),
  layOut([65_542, 3], 0),
];

eachBackend("jsDivLoss, one set of values", (functions) => {
  it("along any axis, in any storage, alone or among other rows, in place: the same bits", () => {
    for (const layout of bitLayouts) {
      const what = `[${layout.shape}], axis ${layout.axis}`;
      const { x, y } = pairOf(layout, 7, undefined);
      const expected = results(functions, x, y, layout);
      expectSame(results(functions, Float64Array.from(x), Float64Array.from(y), layout), expected, `f64, ${what}`);
      const inPlace = x.slice();
      expectSame(results(functions, inPlace, y, layout, inPlace), expected, `in place, ${what}`);

      const { rows, classes } = layout;
      const [denseX, denseY] = [gather(layout, x), gather(layout, y)];
      const last = results(functions, denseX, denseY, layOut([rows, classes]));
      expectSame(
        last,
        expected.map((values, i) => (i % 2 === 1 ? gather(layout, values) : values)),
        `gathered, ${what}`,
      );
      const end = classes * rows;
      const one = functions.jsDivLoss(denseX.subarray(end - classes), denseY.subarray(end - classes), {
        reduction: "none",
      });
      expectSameBits(one, (expected[0] as Float32Array).subarray(rows - 1), `alone, ${what}`);
    }
  });
});

describe("jsDivLoss in an engine's memory", () => {
  it("in place, to another array there, and from outside the memory: the same bits", () => {
    const engine = createLocalEngine({ deterministic: true });
    for (const layout of bitLayouts) {
      const { x, y } = pairOf(layout, 8, undefined);
      const expected = results(engine, x, y, layout);
      const [a, b, gradOut] = [x, y, x].map((values): Float32Array => {
        const array = engine.allocate("float32", values.length);
        array.set(values);
        return array;
      }) as [Float32Array, Float32Array, Float32Array];
      const what = `[${layout.shape}], axis ${layout.axis}`;
      expectSame(results(engine, a, b, layout), expected, `read in place, ${what}`);
      expectSame(results(engine, x, b, layout, gradOut), expected, `gradient there, ${what}`);
      expectSame(results(engine, a, b, layout, gradOut), expected, `all there, ${what}`);
      expectSame(results(engine, a, y, layout, a), expected, `in place, ${what}`);
      for (const array of [a, b, gradOut]) engine.free(array);
    }
  });
});
