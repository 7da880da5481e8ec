/** The same values give the same bits for any storage, location and axis, and after any other calls. */
import { describe, expect, it } from "vitest";
import { createLocalEngine, type FloatTensor, type Functions } from "../../src/index.js";
import { backends } from "../support/backends.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { gather, type Layout, layOut, spread } from "./layouts.js";
import { Random } from "./random.js";
import { targetForms } from "./storage.js";

/** Rows and classes: every kernel, more rows than a tile, rows of several segments. */
const sizes: readonly (readonly [rows: number, classes: number])[] = [
  [1, 1],
  [5, 3],
  [7, 10],
  [4099, 5],
  [9, 65],
  [300, 129],
  [3, 4097],
  [2, 65539],
  [1, 140001],
];

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

const weights = remembered();

/** To be read only. */
function weightsOf(classes: number): Float32Array {
  return weights(classes, () => new Random(1).weights(classes));
}

/** Every function of logits, along one axis. */
function results(functions: Functions, logits: FloatTensor, targets: Int32Array, layout: Layout, q: FloatTensor): Numbers[] {
  const { shape, axis } = layout;
  const as = { shape, axis };
  const weight = weightsOf(layout.classes);
  const lse = functions.logSumExp(logits, as);
  const scores = functions.scoreTokens(logits, targets, { ...as, shift: 0, softcap: 15 });
  return [
    functions.crossEntropy(logits, targets, { ...as, reduction: "none" }),
    functions.crossEntropy(logits, targets, { ...as, reduction: "none", softcap: 15, temperature: 0.7, zLoss: 1e-4, weight }),
    functions.crossEntropy(logits, targets, { ...as, reduction: "none", labelSmoothing: 0.1, weight }),
    functions.crossEntropy(logits, q, { ...as, reduction: "none", softcap: 30 }),
    Float32Array.of(functions.crossEntropy(logits, targets, as), functions.crossEntropy(logits, q, as)),
    functions.nllLoss(logits, targets, { ...as, reduction: "none", weight }),
    functions.softmax(logits, as),
    functions.logSoftmax(logits, as),
    functions.selectiveLogSoftmax(logits, [layout.classes - 1], { ...as, softcap: 15, temperature: 0.7 }),
    typeof lse === "number" ? Float32Array.of(lse) : lse,
    ...[scores.logProbs, scores.ranks, scores.entropies, scores.logSumExps],
    ...Object.values(functions.logSumExpPartial(logits, targets, { ...as, temperature: 0.7, firstClass: 1 })),
  ];
}

function expectSame(actual: readonly Numbers[], expected: readonly Numbers[], what: string): void {
  for (const [i, values] of expected.entries()) expectSameBits(actual[i] as Numbers, values, `result ${i}, ${what}`);
}

const made = remembered();

/** Copies, which a test may write to. */
function dataOf(rows: number, classes: number) {
  const { logits, targets, q } = made([rows, classes], () => {
    const random = new Random(rows * 31 + classes);
    const values = random.normals(rows * classes, 3);
    return { logits: values, targets: random.classes(rows, classes), q: random.distributions(rows, classes) };
  });
  return { logits: logits.slice(), targets: targets.slice(), q: q.slice() };
}

/** The values as an odd subarray of a longer array, between NaNs. */
function within(values: Float32Array, at: number, shared = false): Float32Array {
  const bytes = 4 * (values.length + at + 3);
  const whole = new Float32Array(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  whole.fill(Number.NaN);
  whole.set(values, at);
  return whole.subarray(at, at + values.length);
}

eachBackend("one set of values, stored in many ways", (functions) => {
  it("Float64Array, number[], odd subarrays, shared memory", () => {
    for (const [rows, classes] of sizes) {
      const { logits, targets, q } = dataOf(rows, classes);
      const layout = layOut([rows, classes]);
      const expected = results(functions, logits, targets, layout, q);
      const forms: readonly [string, FloatTensor][] = [
        ["Float64Array", Float64Array.from(logits)],
        ["number[]", Array.from(logits)],
        ["a subarray 1 element in", within(logits, 1)],
        ["a subarray 3 elements in", within(logits, 3)],
        ["shared memory", within(logits, 0, true)],
        ["shared memory 5 elements in", within(logits, 5, true)],
        ["tensor object", { data: logits, dims: layout.shape, type: "float32" }],
      ];
      for (const [name, stored] of forms) {
        expectSame(results(functions, stored, targets, layout, q), expected, `${name}, ${rows} x ${classes}`);
      }
      const strange = results(functions, logits, targets, layout, Float64Array.from(q));
      expectSame(strange, expected, `probabilities as Float64Array, ${rows} x ${classes}`);
    }
  });

  it("every type of targets", () => {
    const [rows, classes] = [65, 100];
    const { logits, targets } = dataOf(rows, classes);
    targets[3] = 77;
    for (const row of [0, 20, 64]) targets[row] = 77;
    for (const reduction of ["none", "mean"] as const) {
      const options = { ignoreIndex: 77, reduction };
      const expected = functions.crossEntropy(logits, targets, options);
      const expectedNll = functions.nllLoss(logits, targets, options);
      for (const form of targetForms) {
        const stored = form.make(Array.from(targets), [rows]);
        expectSameBits(functions.crossEntropy(logits, stored, options), expected, form.name);
        expectSameBits(functions.nllLoss(logits, stored, options), expectedNll, form.name);
      }
      const shared = new Int32Array(new SharedArrayBuffer(4 * rows + 4), 4);
      shared.set(targets);
      expectSameBits(functions.crossEntropy(logits, shared, options), expected, "shared memory");
      const big = new BigInt64Array(rows + 3).fill(-5n);
      big.set(BigInt64Array.from(targets, BigInt), 1);
      expectSameBits(functions.crossEntropy(logits, big.subarray(1, rows + 1), options), expected, "BigInt64Array subarray");
    }
  });

  it("any class axis: the same as gathered rows", () => {
    for (const [shape, axis] of [
      [[3, 5, 2], 1],
      [[3, 5, 2], 0],
      [[10, 7, 33], 1],
      [[2, 129, 40], 1],
      [[1, 64, 4100], 1],
      [[40, 6000], 0],
      [[2, 3000, 3, 5], 1],
      [[2, 3, 65, 7], -2],
      [[65542, 3], 0],
    ] as const) {
      const layout = layOut(shape, axis);
      const last = layOut([...layout.rowShape, layout.classes]);
      const { logits, targets, q } = dataOf(layout.rows, layout.classes);
      const expected = results(functions, logits, targets, last, q);
      const actual = results(functions, spread(layout, logits), targets, layout, spread(layout, q));
      for (const i of [6, 7]) {
        // results in the logits' layout
        actual[i] = gather(layout, actual[i] as Float32Array);
      }
      expectSame(actual, expected, `[${shape.join(", ")}], axis ${axis}`);
    }
  });

  it("padded rows: the same as without padding, which may hold NaN", () => {
    for (const [rows, classes] of sizes) {
      for (const padding of [1, 3, classes, 2 * classes + 1]) {
        const { logits, targets, q } = dataOf(rows, classes);
        const rowStride = classes + padding;
        const layout = layOut([rows, classes], -1, rowStride);
        const padded = spread(layout, logits);
        const options = { shape: layout.shape, reduction: "none", softcap: 20 } as const;
        const expected = functions.crossEntropy(logits, targets, options);
        const what = `${rows} x ${classes} + ${padding}`;
        expectSameBits(functions.crossEntropy(padded, targets, { ...options, rowStride }), expected, what);
        const unpadded = padded.subarray(0, padded.length - padding);
        expectSameBits(functions.crossEntropy(unpadded, targets, { ...options, rowStride }), expected, `${what}, end cut off`);
        const soft = functions.crossEntropy(logits, q, options);
        expectSameBits(functions.crossEntropy(padded, q, { ...options, rowStride }), soft, `probabilities, ${what}`);
        const bothPadded = functions.crossEntropy(padded, spread(layout, q), { ...options, rowStride });
        expectSameBits(bothPadded, soft, `probabilities padded too, ${what}`);
        const nll = functions.nllLoss(logits, targets, { reduction: "none" });
        const paddedNll = functions.nllLoss(padded, targets, { shape: layout.shape, rowStride, reduction: "none" });
        expectSameBits(paddedNll, nll, `nllLoss, ${what}`);
      }
    }
  });

  it("a row alone: the same as among others", () => {
    for (const [rows, classes] of sizes) {
      const { logits, targets, q } = dataOf(rows, classes);
      const all = results(functions, logits, targets, layOut([rows, classes]), q);
      for (const row of [0, 1, 2, 3, 4, rows - 2, rows - 1]) {
        if (row < 0 || row >= rows) continue;
        const [start, end] = [row * classes, (row + 1) * classes];
        const aim = targets.subarray(row, row + 1);
        const one = results(functions, logits.subarray(start, end), aim, layOut([1, classes]), q.subarray(start, end));
        const ofRows = Array.from(all.keys()).filter((i) => ![4, 6, 7].includes(i));
        for (const i of ofRows) {
          const what = `result ${i}, row ${row} of ${rows} x ${classes}`;
          expectSameBits(one[i] as Numbers, [all[i]?.[row] as number], what);
        }
        for (const i of [6, 7])
          expectSameBits(one[i] as Float32Array, all[i]?.subarray(start, end) as Float32Array, `result ${i}`);
      }
    }
  });

  it("a repeated call, and a call after all other functions", () => {
    const { logits, targets, q } = dataOf(300, 129);
    const layout = layOut([300, 129]);
    const expected = results(functions, logits, targets, layout, q);
    expectSame(results(functions, logits, targets, layout, q), expected, "again");
    for (const [rows, classes] of sizes) {
      const other = dataOf(rows, classes);
      other.logits.fill(Number.NaN, 0, classes);
      results(functions, other.logits, other.targets, layOut([rows, classes]), other.q);
      results(functions, other.logits, other.targets, layOut([classes, rows], 0), other.q);
      expectSame(results(functions, logits, targets, layout, q), expected, `after ${rows} x ${classes}`);
    }
  });

  it("softmax and logSoftmax into the logits themselves", () => {
    for (const [shape, axis] of [
      ...sizes.map((size) => [size, -1] as const),
      [[3, 5, 2], 1] as const,
      [[2, 129, 40], 1] as const,
      [[40, 6000], 0] as const,
      [[65542, 3], 0] as const,
    ]) {
      const { rows, classes } = layOut(shape, axis);
      const { logits } = dataOf(rows, classes);
      for (const name of ["softmax", "logSoftmax"] as const) {
        const expected = functions[name](logits, { shape, axis });
        const inPlace = logits.slice();
        expect(functions[name](inPlace, { shape, axis, out: inPlace })).toBe(inPlace);
        expectSameBits(inPlace, expected, `${name} of [${shape.join(", ")}], axis ${axis}`);
      }
    }
  });

  it("inputs are not changed", () => {
    for (const [rows, classes] of sizes) {
      const { logits, targets, q } = dataOf(rows, classes);
      const copies = [logits.slice(), q.slice()];
      const targetsCopy = targets.slice();
      results(functions, logits, targets, layOut([rows, classes]), q);
      expectSame([logits, q], copies, "inputs");
      expectSameBits(targets, targetsCopy, "targets");
    }
  });
});

describe("an engine's memory", () => {
  it.each([
    [0, 2],
    [1, 3],
  ])("backend %i copies, backend %i reads in place: the same bits", (copying, resident) => {
    for (const [rows, classes] of sizes) {
      const { logits, targets, q } = dataOf(rows, classes);
      for (const layout of [layOut([rows, classes]), layOut([classes, rows], 0)]) {
        const [a, b] = [copying, resident].map((i) => {
          return results(backends[i]?.functions as Functions, logits, targets, layout, q);
        });
        expectSame(b as Numbers[], a as Numbers[], `${rows} x ${classes}, axis ${layout.axis}`);
      }
    }
  });

  it("subarrays of its arrays, starting at any element", () => {
    const engine = createLocalEngine({ deterministic: true });
    for (const [rows, classes] of sizes) {
      const { logits, targets, q } = dataOf(rows, classes);
      const whole = engine.allocate("float32", 2 * logits.length + 9);
      for (const layout of [layOut([rows, classes]), layOut([classes, rows], 0)]) {
        const expected = results(engine, logits, targets, layout, q);
        for (const at of [1, 2, 3]) {
          whole.fill(Number.NaN);
          const inside = whole.subarray(at, at + logits.length);
          const qInside = whole.subarray(whole.length - q.length - at, whole.length - at);
          inside.set(logits);
          qInside.set(q);
          const what = `${at} elements in, ${rows} x ${classes}, axis ${layout.axis}`;
          expectSame(results(engine, inside, targets, layout, qInside), expected, what);
          const { shape, axis } = layout;
          engine.softmax(logits, { shape, axis, out: qInside });
          expectSameBits(qInside, expected[6] as Float32Array, `softmax written ${what}`);
        }
      }
      engine.free(whole);
    }
  });

  it("results written to the memory, in place or to another array", () => {
    const engine = createLocalEngine({ deterministic: true });
    for (const [rows, classes] of sizes) {
      for (const { shape, axis } of [layOut([rows, classes]), layOut([classes, rows], 0)]) {
        const { logits } = dataOf(rows, classes);
        const inside = engine.allocate("float32", logits.length);
        const out = engine.allocate("float32", logits.length);
        for (const name of ["softmax", "logSoftmax"] as const) {
          const what = `${name} of [${shape.join(", ")}], axis ${axis}`;
          const expected = engine[name](logits, { shape, axis });
          inside.set(logits);
          expectSameBits(engine[name](inside, { shape, axis, out }), expected, `beside, ${what}`);
          expectSameBits(inside, logits, `logits, ${what}`);
          expectSameBits(engine[name](logits, { shape, axis, out }), expected, `from outside, ${what}`);
          expectSameBits(engine[name](inside, { shape, axis, out: inside }), expected, `in place, ${what}`);
        }
        engine.free(inside);
        engine.free(out);
      }
    }
  });
});
