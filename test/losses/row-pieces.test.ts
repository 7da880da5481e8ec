/** Long rows that are copied are processed in pieces (src/engine/tiles/row-pieces.ts), with the bits of rows read in place. */
import { describe, expect, it } from "vitest";
import * as deterministicFunctions from "../../src/deterministic.js";
import type { Functions } from "../../src/functions.js";
import { halfArray, setElement, toFloat32 } from "../../src/half.js";
import * as plainFunctions from "../../src/index.js";
import { expectSameBits } from "./compare.js";
import { Random } from "./random.js";

/** Sizes around the limit for pieces, and around pieces, blocks and segments. */
const SIZES = [8192, 8193, 8704, 9000, 9217, 65535, 65536, 65537, 65536 + 4096, 65536 + 4097, 65536 + 5121, 50257];
const ROWS = 3;

describe.each([true, false])("deterministic: %s", (deterministic) => {
  // the engine's memory is shared, so nothing is copied to it in pieces; rows there are read in place
  const engine = plainFunctions.createLocalEngine({ deterministic });
  const plain: Functions = deterministic ? deterministicFunctions : plainFunctions;

  /** Compares a call of the plain functions on JavaScript arrays with one on arrays in the engine's memory. */
  const both = <Result>(
    logits: Float32Array,
    call: (functions: Functions, logits: Float32Array, gradOut: Float32Array) => Result,
  ): readonly [Result, Result] => {
    const inside = engine.allocate("float32", logits.length);
    const grad = engine.allocate("float32", logits.length);
    inside.set(logits);
    const resident = call(engine, inside, grad);
    const copied = call(plain, logits, new Float32Array(logits.length));
    const settled = structuredClone(resident);
    engine.free(inside);
    engine.free(grad);
    return [copied, settled];
  };

  const check = (logits: Float32Array, targets: Int32Array, options: object = {}): void => {
    const [lossOfPieces, loss] = both(logits, (f, x) => f.crossEntropy(x, targets, { ...options, reduction: "none" }));
    expectSameBits(lossOfPieces, loss, "losses");
    const [pieces, whole] = both(logits, (f, x, gradOut) => f.crossEntropyValueAndGrad(x, targets, { ...options, gradOut }));
    expect(pieces.value).toBe(whole.value);
    expectSameBits(pieces.grad, whole.grad, "gradient");
  };

  const checkLogSumExp = (logits: Float32Array, classes: number): void => {
    const [pieces, whole] = both(logits, (f, x) => f.logSumExp(x, { shape: [ROWS, classes] }));
    expectSameBits(pieces as Float32Array, whole as Float32Array, "logSumExp");
  };

  it.each(SIZES)("%i classes", (classes) => {
    const random = new Random(classes);
    const logits = random.normals(ROWS * classes, 4);
    // targets in the first piece, the last piece, and in between
    const targets = Int32Array.of(0, classes - 1, random.classes(1, classes)[0]);
    check(logits, targets);
    check(logits, targets, { temperature: 0.7, zLoss: 1e-3 });
    check(logits, Int32Array.of(5, -100, 8191));
    check(logits, targets, { labelSmoothing: 0.1 });
    checkLogSumExp(logits, classes);
  });

  it("rows with a NaN, an infinity, or only -inf in some pieces or in all", () => {
    const classes = 70000;
    const usual = new Random(3).normals(ROWS * classes, 2);
    const changes: readonly (readonly [value: number, from: number, to: number])[] = [
      [Number.NaN, 700, 701],
      [Number.NaN, 69999, 70000],
      [Number.POSITIVE_INFINITY, 12000, 12001],
      [Number.NEGATIVE_INFINITY, 0, 1500],
      [Number.NEGATIVE_INFINITY, 0, 66000],
      [Number.NEGATIVE_INFINITY, 65000, 70000],
      [Number.NEGATIVE_INFINITY, 0, 70000],
    ];
    for (const [value, from, to] of changes) {
      const logits = usual.slice();
      logits.fill(value, classes + from, classes + to);
      check(logits, Int32Array.of(1, 15999, 3));
      checkLogSumExp(logits, classes);
    }
  });

  it.each(["float16", "bfloat16"] as const)("%s words, in the memory and copied: the bits of the same numbers in f32", (type) => {
    for (const classes of [4097, 9000, 65536 + 5121]) {
      const random = new Random(classes);
      const half = halfArray(engine.allocate(type, ROWS * classes), type);
      for (const [i, value] of random.normals(ROWS * classes, 4).entries()) setElement(half, i, value);
      const copied = { data: half.words.slice(), type };
      const wide = toFloat32(half);
      const targets = Int32Array.of(0, classes - 1, random.classes(1, classes)[0]);
      for (const options of [{}, { temperature: 0.7 }, { softcap: 20 }]) {
        const expected = engine.crossEntropyValueAndGrad(wide, targets, { ...options, reduction: "none" });
        for (const logits of [{ data: half.words, type }, copied]) {
          const { value, grad } = engine.crossEntropyValueAndGrad(logits, targets, { ...options, reduction: "none" });
          expectSameBits(value, expected.value, `losses of ${classes} classes`);
          expectSameBits(grad, expected.grad, `gradient of ${classes} classes`);
          expectSameBits(engine.crossEntropy(logits, targets, { ...options, reduction: "none" }), expected.value, "losses alone");
        }
      }
      engine.free(half.words as Uint16Array & Disposable);
    }
  });

  it("f64 numbers, rounded during the copy", () => {
    const classes = 9001;
    const wide = Float64Array.from(new Random(4).normals(classes, 3), (x) => x + 1e-9);
    const narrow = Float32Array.from(wide);
    expect(plain.crossEntropy(wide, 77)).toBe(engine.crossEntropy(narrow, 77));
    expectSameBits(
      plain.crossEntropyValueAndGrad(wide, 9000).grad,
      engine.crossEntropyValueAndGrad(narrow, 9000).grad,
      "gradient",
    );
  });
});
