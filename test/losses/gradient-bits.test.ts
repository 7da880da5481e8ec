/** Gradients have the same bits in place, along any axis, in padded rows, and in an engine's memory. */
import { describe, expect, it } from "vitest";
import { createLocalEngine, type FloatTensor, type Functions } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { gather, layOut, spread } from "./layouts.js";
import { Random } from "./random.js";

/** Rows and classes: every kernel, more rows than a tile, rows of several segments, a last segment of few classes. */
const SIZES: readonly (readonly [rows: number, classes: number])[] = [
  [1, 1],
  [5, 3],
  [7, 10],
  [4099, 5],
  [9, 65],
  [300, 129],
  [2, 300],
  [3, 4097],
  [2, 65539],
  [1, 140001],
];

/** More classes than exponentials are kept for. */
const UNKEPT = 524288 + 65536 + 77;

type Gradient = (functions: Functions, logits: FloatTensor, given: object, data: Data) => Float32Array;
type Data = ReturnType<typeof dataOf>;

/** Every way to compute a gradient. */
const GRADIENTS: Readonly<Record<string, Gradient>> = {
  plain: (functions, logits, given, { targets }) => functions.crossEntropyValueAndGrad(logits, targets, given).grad,
  "softcap, temperature, z-loss, weight": (functions, logits, given, { targets, weight }) => {
    const options = { ...given, softcap: 15, temperature: 0.7, zLoss: 1e-3, weight };
    return functions.crossEntropyValueAndGrad(logits, targets, options).grad;
  },
  "labelSmoothing, weight": (functions, logits, given, { targets, weight }) =>
    functions.crossEntropyValueAndGrad(logits, targets, { ...given, labelSmoothing: 0.1, weight }).grad,
  probabilities: (functions, logits, given, { q }) =>
    functions.crossEntropyValueAndGrad(logits, q, { ...given, softcap: 30 }).grad,
  "polyLoss of classes": (functions, logits, given, { targets }) => functions.polyLossValueAndGrad(logits, targets, given).grad,
  "polyLoss of distributions": (functions, logits, given, { q }) => functions.polyLossValueAndGrad(logits, q, given).grad,
  nllLoss: (functions, logits, given, { targets, weight }) =>
    functions.nllLossValueAndGrad(logits, targets, { ...given, weight }).grad,
};

const made = remembered();

/** For every test of the size the same: to be read only. Of several rows some are ignored, the last one too. */
function dataOf(rows: number, classes: number) {
  return made([rows, classes], () => {
    const random = new Random(rows * 31 + classes);
    return {
      logits: random.normals(rows * classes, 3),
      targets: random
        .classes(rows, classes)
        .map((target, row) => (row > 0 && (row % 4 === 2 || row === rows - 1) ? -100 : target)),
      q: random.distributions(rows, classes),
      weight: random.weights(classes),
    };
  });
}

eachBackend("gradients, stored in many ways", (functions) => {
  it.each(Object.entries(GRADIENTS))("%s: into gradOut, and into the logits themselves", (name, gradient) => {
    for (const [rows, classes] of [...SIZES, [1, UNKEPT] as const]) {
      const data = dataOf(rows, classes);
      const given = { shape: [rows, classes] };
      const expected = gradient(functions, data.logits, given, data);
      const gradOut = new Float32Array(data.logits.length).fill(7);
      expect(gradient(functions, data.logits, { ...given, gradOut }, data)).toBe(gradOut);
      expectSameBits(gradOut, expected, `${name}, gradOut, ${rows} x ${classes}`);
      const inPlace = data.logits.slice();
      expect(gradient(functions, inPlace, { ...given, gradOut: inPlace }, data)).toBe(inPlace);
      expectSameBits(inPlace, expected, `${name}, in place, ${rows} x ${classes}`);
    }
  });

  it("the class axis anywhere, in place too", () => {
    for (const [shape, axis] of [
      [[3, 5, 2], 1],
      [[10, 7, 33], 1],
      [[2, 129, 40], 1],
      [[1, 64, 4100], 1],
      [[40, 6000], 0],
      [[65542, 3], 0],
      [[65536 + 200, 2], 0],
    ] as const) {
      const layout = layOut(shape, axis);
      const data = dataOf(layout.rows, layout.classes);
      const laidOut = { ...data, q: spread(layout, data.q) };
      for (const [name, gradient] of Object.entries(GRADIENTS)) {
        const what = `${name}, [${shape.join(", ")}], axis ${axis}`;
        const expected = gradient(functions, data.logits, { shape: [layout.rows, layout.classes] }, data);
        const actual = gradient(functions, spread(layout, data.logits), { shape, axis }, laidOut);
        expectSameBits(gather(layout, actual), expected, what);
        const inPlace = spread(layout, data.logits);
        gradient(functions, inPlace, { shape, axis, gradOut: inPlace }, laidOut);
        expectSameBits(inPlace, actual, `in place, ${what}`);
      }
    }
  });

  it("padded rows: zeros in the padding, in place too", () => {
    for (const [rows, classes] of SIZES) {
      for (const padding of [1, classes, 2 * classes + 1]) {
        const data = dataOf(rows, classes);
        const layout = layOut([rows, classes], -1, classes + padding);
        for (const [name, gradient] of Object.entries(GRADIENTS)) {
          const what = `${name}, ${rows} x ${classes} + ${padding}`;
          const expected = spread(layout, gradient(functions, data.logits, { shape: [rows, classes] }, data), 0);
          const given = { shape: [rows, classes], rowStride: layout.stride };
          const gradOut = new Float32Array(layout.length).fill(7);
          const padded = spread(layout, data.logits);
          expectSameBits(gradient(functions, padded, { ...given, gradOut }, data), expected, what);
          expectSameBits(gradient(functions, padded, { ...given, gradOut: padded }, data), expected, `in place, ${what}`);
        }
      }
    }
  });
});

describe("an engine's memory", () => {
  it.each([
    [0, 2],
    [1, 3],
  ])("backend %i copies, backend %i reads and writes in place: the same bits", (copying, resident) => {
    for (const [rows, classes] of SIZES) {
      const data = dataOf(rows, classes);
      for (const [name, gradient] of Object.entries(GRADIENTS)) {
        const given = { shape: [rows, classes] };
        const [a, b] = [copying, resident].map((i) => gradient(backends[i]?.functions as Functions, data.logits, given, data));
        expectSameBits(b as Float32Array, a as Float32Array, `${name}, ${rows} x ${classes}`);
      }
    }
  });

  it.each([
    [0, 2],
    [1, 3],
  ])("backends %i and %i: many rows, whose gradients are copied in batches", (copying, resident) => {
    // more than twice what the gradient tile holds
    for (const [rows, classes] of [
      [120_000, 10],
      [1_300, 1000],
      [25, 50_257],
    ] as const) {
      const data = dataOf(rows, classes);
      const given = { shape: [rows, classes] };
      for (const name of ["plain", "labelSmoothing, weight", "polyLoss of distributions"] as const) {
        const gradient = GRADIENTS[name] as Gradient;
        const [a, b] = [copying, resident].map((i) => gradient(backends[i]?.functions as Functions, data.logits, given, data));
        expectSameBits(a as Float32Array, b as Float32Array, `${name}, ${rows} x ${classes}`);
      }
      // for elementwise losses the gradient tile holds one batch
      const [a, b] = [copying, resident].map((i) => {
        const functions = backends[i]?.functions as Functions;
        return functions.klDivLossValueAndGrad(data.logits, data.q).grad;
      });
      expectSameBits(a as Float32Array, b as Float32Array, `klDivLoss, ${rows} x ${classes}`);
    }
  });

  it("gradients over the logits in the memory, and starting at any element", () => {
    const engine = createLocalEngine({ deterministic: true });
    for (const [rows, classes] of [...SIZES, [1, UNKEPT] as const]) {
      const data = dataOf(rows, classes);
      const whole = engine.allocate("float32", 2 * data.logits.length + 9);
      for (const [name, gradient] of Object.entries(GRADIENTS)) {
        const given = { shape: [rows, classes] };
        const expected = gradient(engine, data.logits, given, data);
        for (const at of [0, 1, 3]) {
          const what = `${name}, ${at} elements in, ${rows} x ${classes}`;
          whole.fill(Number.NaN);
          const inside = whole.subarray(at, at + data.logits.length);
          const gradOut = whole.subarray(at + data.logits.length + 1, at + 2 * data.logits.length + 1);
          inside.set(data.logits);
          gradient(engine, inside, { ...given, gradOut }, data);
          expectSameBits(gradOut, expected, what);
          expectSameBits(inside, data.logits, `logits, ${what}`);
          gradient(engine, inside, { ...given, gradOut: inside }, data);
          expectSameBits(inside, expected, `in place, ${what}`);
          const untouched = [whole.subarray(0, at), whole.subarray(at + 2 * data.logits.length + 1)];
          for (const part of untouched) expect(part.every(Number.isNaN), `around, ${what}`).toBe(true);
        }
      }
      engine.free(whole);
    }
  });
});
