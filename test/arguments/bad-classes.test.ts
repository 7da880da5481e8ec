/** Classes that selectiveLogSoftmax cannot select, and shapes that are not one list per row. */
import { describe, expect, it } from "vitest";
import { selectiveLogSoftmax } from "../../src/index.js";
import { detached, type ErrorClass, expectRefusal } from "./refusal.js";
import { good } from "./subjects.js";

const IGNORED = "(for padding pass class 0 and drop its results)";
const FROM_0 = "(classes count from 0)";
const INTEGERS = "class indices in an integer typed array, an array of numbers";
const OTHER_SHAPE = "a list for all rows is a flat array; flat logits have rows by options.shape";

function refuse(classes: unknown, options: object, errorClass: ErrorClass, message: string): void {
  const call = (out: Float32Array) => selectiveLogSoftmax(good(), classes as never, { shape: [2, 3], ...options, out });
  expectRefusal(call, errorClass, message);
}

describe("classes", () => {
  it.each<[string, unknown, ErrorClass, string]>([
    ["one too many", [0, 4], RangeError, "classes[1]: expected 0..2, got 4"],
    ["an Int32Array's", Int32Array.of(0, 1, 2, 3), RangeError, `classes[3]: expected 0..2, got 3 ${FROM_0}`],
    ["a negative one", [-1], RangeError, `classes[0]: expected 0..2, got -1 ${IGNORED}`],
    ["PyTorch's ignore_index", Int32Array.of(1, -100), RangeError, `classes[1]: expected 0..2, got -100 ${IGNORED}`],
    ["the same in int64", BigInt64Array.of(1n, -100n), RangeError, `classes[1]: expected 0..2, got -100n ${IGNORED}`],
    ["one beyond 32 bits", [0n, 2n ** 32n], RangeError, "classes[1]: expected 0..2, got 4294967296n"],
    ["the same in int64", BigInt64Array.of(0n, 2n ** 32n), RangeError, "classes[1]: expected 0..2, got 4294967296n"],
    ["a single number", 3, RangeError, `classes[0]: expected 0..2, got 3 ${FROM_0}`],
    ["a fraction", [0.5], RangeError, "classes[0]: expected 0..2, got 0.5"],
    ["NaN", [Number.NaN], RangeError, "classes[0]: expected 0..2, got NaN"],
    ["a string", ["1"], TypeError, 'classes[0]: expected an integer class index, got "1"'],
    [
      "nested lists",
      [
        [0, 1],
        [2, 0],
      ],
      TypeError,
      "classes[0]: expected an integer class index, got an array of 2 (flatten: classes.flat(), one list of numbers, with classesShape: [2, 2])",
    ],
  ])("%s", (_, classes, errorClass, message) => refuse(classes, {}, errorClass, message));

  it.each<[string, unknown, string]>([
    [
      "floats",
      Float32Array.of(0, 1),
      `classes: expected ${INTEGERS} or a tensor object { data, dims | shape }, got Float32Array(2)`,
    ],
    ["nothing", undefined, `classes: expected ${INTEGERS} or a tensor object { data, dims | shape }, got undefined`],
    [
      "a tensor of floats",
      { data: new Float32Array(2), dims: [2] },
      "classes.data: expected class indices in an integer typed array or an array of numbers, got Float32Array(2)",
    ],
    ["a tensor without a shape", { data: [0, 1] }, "classes: expected a tensor object with dims or shape, got neither"],
    [
      "a detached array",
      detached(new Int32Array(2)),
      "classes: expected an array with data, got a detached Int32Array (its buffer was transferred)",
    ],
  ])("%s", (_, classes, message) => refuse(classes, {}, TypeError, message));
});

describe("the shape of classes", () => {
  it.each<[string, unknown, object, string]>([
    ["a tensor of another length", { data: [0, 1, 2], dims: [2] }, {}, "classes: expected 2 elements for the shape [2], got 3"],
    [
      "classesShape of another product",
      [0, 1, 2],
      { classesShape: [2, 2] },
      "classes: expected 4 elements for the shape [2, 2], got 3",
    ],
    [
      "a tensor that is a list",
      { data: [0, 1, 2], dims: [3] },
      {},
      `classes: expected the rows' shape [2], or [2, K] for K classes per row, got [3] (${OTHER_SHAPE})`,
    ],
    [
      "the classes in front of the rows",
      [0, 1, 2, 0, 1, 2],
      { classesShape: [3, 2] },
      `classes: expected the rows' shape [2], or [2, K] for K classes per row, got [3, 2] (${OTHER_SHAPE})`,
    ],
    [
      "a single row",
      { data: [0, 1, 2, 0], dims: [2, 2] },
      { shape: [6] },
      `classes: expected the rows' shape [], or [K] for K classes per row, got [2, 2] (${OTHER_SHAPE})`,
    ],
  ])("%s", (_, classes, options, message) => refuse(classes, options, RangeError, message));

  it("is that of rows whose classes are on axis 1", () => {
    const logits = new Float32Array(24);
    for (const dims of [
      [2, 4],
      [2, 4, 3],
    ]) {
      const classes = { data: new Int32Array(dims.reduce((a, b) => a * b)), dims };
      const message = `classes: expected the rows' shape [2, 3], or [2, 3, K] for K classes per row, got [${dims.join(", ")}] (for classes on axis 1 pass axis: 1)`;
      expectRefusal((out) => selectiveLogSoftmax(logits, classes, { shape: [2, 3, 4], out }), RangeError, message);
      expect(selectiveLogSoftmax(logits, classes, { shape: [2, 3, 4], axis: 1 })).toHaveLength(classes.data.length);
    }
  });

  it("has to be the rows' even if the number of elements is", () => {
    const classes = { data: [0, 1, 2, 0], dims: [4] };
    const message = `classes: expected the rows' shape [2, 2], or [2, 2, K] for K classes per row, got [4] (${OTHER_SHAPE})`;
    expectRefusal((out) => selectiveLogSoftmax(new Float32Array(12), classes, { shape: [2, 2, 3], out }), RangeError, message, 4);
  });

  it("is a list of sizes", () => {
    refuse([0, 1], { classesShape: "2" }, TypeError, 'options.classesShape: expected an array of sizes, got "2"');
    refuse([0, 1], { classesShape: [-2] }, RangeError, "options.classesShape[0]: expected an integer >= 0, got -2");
  });
});

it("among is a boolean, rows have classes, and out is apart from the classes", () => {
  refuse([0], { among: 1 }, TypeError, "options.among: expected a boolean, got 1");
  const none = new Float32Array(0);
  const call = (out: Float32Array) => selectiveLogSoftmax(none, [], { shape: [2, 0], out });
  expectRefusal(call, RangeError, "logits: expected at least one class, got 0", 0);
  const bytes = new ArrayBuffer(8);
  const over = { shape: [2, 3], out: new Float32Array(bytes, 0, 2) };
  const overlap = "options.out: expected memory of its own, got an array that overlaps classes";
  expect(() => selectiveLogSoftmax(good(), new Int32Array(bytes, 4, 1), over)).toThrow(new RangeError(overlap));
});
