/** Where an engine reads and writes: over its input, beside it, in arrays of every type, padded ones, and nowhere else. */
import { afterAll, describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import type { Engine, Functions } from "../../src/index.js";
import { bitsOf, difference } from "../support/calls.js";
import { type Placing, wakefulEngine } from "../support/engines.js";
import { ExactRandom } from "../support/exact-random.js";
import { halfTypes, wordsOf } from "../support/halves.js";

const PLACINGS: readonly Placing[] = ["plain", "engine", "shared"];

/** Rows and classes: streamed in windows, several a tile; two segments; fewer rows than threads. */
const SHAPES = [
  [300, 1000],
  [7, 70000],
  [2, 140000],
] as const;

const engine: Engine = await wakefulEngine({ threads: 3, deterministic: true });
afterAll(() => engine.close());
const plain: Pick<Functions, "softmax" | "logSoftmax"> = deterministic;

type Words = Float32Array | Uint16Array;

/** A copy of the values where a test wants them, with a mark before and behind it that nobody may write over. */
function placed<Values extends Words>(values: Values, placing: Placing): Values {
  const guard = 16;
  const length = values.length + 2 * guard;
  const View = values.constructor as new (buffer: ArrayBufferLike, start?: number, length?: number) => Values;
  const bytes = length * values.BYTES_PER_ELEMENT;
  let whole: Words;
  if (placing === "engine") whole = engine.allocate(values instanceof Float32Array ? "float32" : "float16", length);
  else whole = new View(placing === "plain" ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes));
  whole.fill(77);
  whole.set(values, guard);
  return whole.subarray(guard, guard + values.length) as Values;
}

function expectGuarded(array: Words): void {
  const View = array.constructor as new (buffer: ArrayBufferLike, start: number, length: number) => Words;
  const before = new View(array.buffer, array.byteOffset - 16 * array.BYTES_PER_ELEMENT, 16);
  const behind = new View(array.buffer, array.byteOffset + array.byteLength, 16);
  expect([...before, ...behind]).toEqual(new Array(32).fill(77));
}

function expectSame(actual: unknown, expected: unknown, what: string): void {
  expect(difference(actual, bitsOf(expected)), what).toBeUndefined();
}

describe.each(PLACINGS)("%s arrays", (placing) => {
  describe.each(SHAPES)("%i x %i", (rows, classes) => {
    const random = new ExactRandom(rows);
    const values = random.logits(rows * classes, 3);
    const targets = random.classes(rows, classes);
    targets[1] = -100;
    const shape = [rows, classes];
    const options = { softcap: 20, zLoss: 1e-3, labelSmoothing: 0.125 } as const;

    it("gradients over the logits, and beside them", async () => {
      for (const given of [{}, options]) {
        const expected = deterministic.crossEntropyValueAndGrad(values, targets, given);
        for (const isOver of [true, false]) {
          const logits = placed(values, placing);
          const gradOut = isOver ? logits : placed(values.slice().fill(5), placing);
          const { value, grad } = await engine.crossEntropyValueAndGrad(logits, targets, { ...given, gradOut });
          expect(grad).toBe(gradOut);
          expectSame([value, grad], [expected.value, expected.grad], `over: ${isOver}`);
          if (!isOver) expectSame(logits, values, "logits");
          expectGuarded(logits);
          expectGuarded(gradOut);
        }
      }
    });

    it("softmax and logSoftmax over their input, row losses into a given array", async () => {
      for (const name of ["softmax", "logSoftmax"] as const) {
        const logits = placed(values, placing);
        expect(await engine[name](logits, { shape, out: logits })).toBe(logits);
        expectSame(logits, plain[name](values, { shape }), name);
        expectGuarded(logits);
      }
      const out = placed(new Float32Array(rows), placing);
      const none = { reduction: "none", zLoss: 1e-3 } as const;
      expect(await engine.crossEntropy(placed(values, placing), targets, { ...none, out })).toBe(out);
      expectSame(out, deterministic.crossEntropy(values, targets, none), "losses");
      expectGuarded(out);
    });

    it("rows that are padded, whose gradient is 0 there", async () => {
      const rowStride = classes + 5;
      const padded = new Float32Array(rows * rowStride).fill(Number.NaN);
      for (let r = 0; r < rows; r++) padded.set(values.subarray(r * classes, (r + 1) * classes), r * rowStride);
      for (const length of [padded.length, padded.length - 5]) {
        const given = { shape, rowStride };
        const logits = placed(padded.subarray(0, length), placing);
        const gradOut = placed(new Float32Array(length).fill(5), placing);
        const result = await engine.crossEntropyValueAndGrad(logits, targets, { ...given, gradOut });
        expectSame(
          result,
          deterministic.crossEntropyValueAndGrad(padded.subarray(0, length), targets, given),
          `length ${length}`,
        );
        expectGuarded(gradOut);
      }
    });

    it.each(halfTypes)("%s, with gradients of its kind", async (type) => {
      const words = wordsOf(values, type);
      const dims = shape;
      const expected = deterministic.crossEntropyValueAndGrad({ data: words, dims, type }, targets, {
        gradOut: new Uint16Array(words.length),
      });
      const data = placed(words, placing);
      const gradOut = placed(words.slice().fill(5), placing);
      const result = await engine.crossEntropyValueAndGrad({ data, dims, type }, targets, { gradOut });
      expectSame(result, expected, type);
      expectGuarded(gradOut);
      const over = await engine.crossEntropyValueAndGrad({ data, dims, type }, targets, { gradOut: data });
      expectSame(over, expected, `${type}, over the logits`);
      expectGuarded(data);
    });
  });
});

describe("a Float64Array", () => {
  it("is rounded on its way as in the plain functions, in JavaScript's memory and in shared memory", async () => {
    const values = Float64Array.from({ length: 300 * 1000 }, (_, i) => Math.sin(i) * 7);
    const targets = Int32Array.from({ length: 300 }, (_, r) => r);
    const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
    shared.set(values);
    const expected = deterministic.crossEntropyValueAndGrad(values, targets);
    for (const logits of [values, shared, Array.from(values)]) {
      expectSame(await engine.crossEntropyValueAndGrad(logits, targets), expected, logits.constructor.name);
    }
    const long = deterministic.logSumExp(values.subarray(0, 140000));
    expect(await engine.logSumExp(values.subarray(0, 140000))).toBe(long);
  });
});
