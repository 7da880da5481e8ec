/** Arrays, tensor objects and shapes that no function can take: each throws, says why, and writes nothing. */
import { describe, it } from "vitest";
import { float16View } from "../support/halves.js";
import { detached, type ErrorClass, expectRefusal } from "./refusal.js";
import { elementSubjects, elementTargetSubjects, good, rowFunctions, type Subject, subjects } from "./subjects.js";

const FLAT =
  "a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }";
const DATA =
  'a Float32Array, a Float64Array, a Float16Array, an array of numbers, or a Uint16Array of type "float16" or "bfloat16"';

/** A bad array, the class of the error, and its message with NAME for the argument's name. */
type BadArray = readonly [what: string, value: () => unknown, errorClass: ErrorClass, message: string];

const notAnArray = (what: string, value: unknown, got: string): BadArray => [
  what,
  () => value,
  TypeError,
  `NAME: expected ${FLAT}, got ${got}`,
];

const noArrays: readonly BadArray[] = [
  notAnArray("undefined", undefined, "undefined"),
  notAnArray("null", null, "null"),
  notAnArray("a string", "0.5,0.5", '"0.5,0.5"'),
  notAnArray("a long string", "x".repeat(100), `the string "${"x".repeat(37)}..."`),
  notAnArray("a number", 3, "3"),
  notAnArray("a bigint", 3n, "3n"),
  notAnArray("a boolean", true, "true"),
  notAnArray("a symbol", Symbol("x"), "a symbol"),
  notAnArray("a function", () => [0.5], "a function"),
  notAnArray("a plain object", {}, "an object"),
  notAnArray("an object without a prototype", Object.create(null), "an object"),
  notAnArray("an object without data", { dims: [2, 3] }, "an object"),
  notAnArray("a promise of an array", Promise.resolve(good()), "a Promise"),
  notAnArray("a set", new Set([0.5]), "a Set"),
  notAnArray("a DataView", new DataView(new ArrayBuffer(24)), "a DataView"),
  notAnArray("an Int32Array", new Int32Array(6), "Int32Array(6)"),
  notAnArray("a BigInt64Array", new BigInt64Array(6), "BigInt64Array(6)"),
  notAnArray("a Uint16Array, which may be float16 or bfloat16", new Uint16Array(6), "Uint16Array(6)"),
];

const badElements: readonly BadArray[] = [
  [
    "nested arrays",
    () => [
      [0.2, 0.8],
      [1, 0],
    ],
    TypeError,
    "NAME[0]: expected a number, got an array of 2",
  ],
  ["strings", () => [0.5, "0.5"], TypeError, 'NAME[1]: expected a number, got "0.5"'],
  ["null", () => [0.5, 0.5, null], TypeError, "NAME[2]: expected a number, got null"],
  ["a bigint", () => [1n], TypeError, "NAME[0]: expected a number, got 1n"],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
  ["a hole", () => [0.5, , 0.5], TypeError, "NAME[1]: expected a number, got undefined"],
];

const tensor =
  (fields: object): (() => unknown) =>
  () => ({ data: good(), ...fields });

const badTensors: readonly BadArray[] = [
  ["data that is missing", tensor({ data: undefined, dims: [2, 3] }), TypeError, `NAME.data: expected ${DATA}, got undefined`],
  [
    "data of integers",
    tensor({ data: new Int32Array(6), dims: [2, 3] }),
    TypeError,
    `NAME.data: expected ${DATA}, got Int32Array(6)`,
  ],
  [
    "words without a type",
    tensor({ data: new Uint16Array(6), dims: [2, 3] }),
    TypeError,
    `NAME.data: expected ${DATA}, got Uint16Array(6)`,
  ],
  ...["float32", "uint16", "F16", "half"].map(
    (type): BadArray => [
      `words of type ${type}`,
      tensor({ data: new Uint16Array(6), dims: [2, 3], type }),
      TypeError,
      `NAME.data: expected ${DATA}, got Uint16Array(6) of type "${type}"`,
    ],
  ),
  [
    "words of floats in another integer array",
    tensor({ data: new Int16Array(6), dims: [2, 3], type: "float16" }),
    TypeError,
    `NAME.data: expected ${DATA}, got Int16Array(6) of type "float16"`,
  ],
  [
    "words of a wrong product",
    tensor({ data: new Uint16Array(6), dims: [2, 4], type: "bfloat16" }),
    RangeError,
    "NAME: expected 8 elements for the shape [2, 4], got 6",
  ],
  [
    "a Float16Array of another type",
    tensor({ data: float16View(new Uint16Array(6)), dims: [2, 3], type: "bfloat16" }),
    TypeError,
    'NAME.type: expected "float16" for a Float16Array, got "bfloat16"',
  ],
  [
    "a Float16Array without a shape",
    tensor({ data: float16View(new Uint16Array(6)) }),
    TypeError,
    "NAME: expected a tensor object with dims or shape, got neither",
  ],
  [
    "a type that its data contradicts",
    tensor({ dims: [2, 3], type: "float16" }),
    TypeError,
    'NAME.type: expected "float32" for a Float32Array, got "float16"',
  ],
  [
    "an integer type over floats",
    tensor({ data: new Float64Array(6), dims: [2, 3], type: "int64" }),
    TypeError,
    'NAME.type: expected "float64" for a Float64Array, got "int64"',
  ],
  ["neither dims nor shape", tensor({}), TypeError, "NAME: expected a tensor object with dims or shape, got neither"],
  ["dims null", tensor({ dims: null }), TypeError, "NAME: expected a tensor object with dims or shape, got neither"],
  ["dims a number", tensor({ dims: 6 }), TypeError, "NAME.dims: expected an array of sizes, got 6"],
  ["dims a string", tensor({ dims: "2,3" }), TypeError, 'NAME.dims: expected an array of sizes, got "2,3"'],
  ["shape an object", tensor({ shape: {} }), TypeError, "NAME.shape: expected an array of sizes, got an object"],
  ["dims of strings", tensor({ dims: ["2", 3] }), TypeError, 'NAME.dims[0]: expected an integer >= 0, got "2"'],
  ["symbolic dims", tensor({ dims: [2, "vocab"] }), TypeError, 'NAME.dims[1]: expected an integer >= 0, got "vocab"'],
  ["dims with null", tensor({ dims: [2, null] }), TypeError, "NAME.dims[1]: expected an integer >= 0, got null"],
  ["dims with -1", tensor({ dims: [-1, 3] }), RangeError, "NAME.dims[0]: expected an integer >= 0, got -1"],
  ["dims with -1n", tensor({ dims: [2, -1n] }), RangeError, "NAME.dims[1]: expected an integer >= 0, got -1n"],
  ["dims with NaN", tensor({ dims: [2, Number.NaN] }), RangeError, "NAME.dims[1]: expected an integer >= 0, got NaN"],
  ["shape with a fraction", tensor({ shape: [1.5, 4] }), RangeError, "NAME.shape[0]: expected an integer >= 0, got 1.5"],
  ["dims of another product", tensor({ dims: [2, 4] }), RangeError, "NAME: expected 8 elements for the shape [2, 4], got 6"],
  ["dims []", tensor({ dims: [] }), RangeError, "NAME: expected 1 elements for the shape [], got 6"],
  ["dims with 0", tensor({ shape: [0, 3] }), RangeError, "NAME: expected 0 elements for the shape [0, 3], got 6"],
];

const GONE = "(its buffer was transferred)";
const transferred: readonly BadArray[] = [
  [
    "Float32Array",
    () => detached(new Float32Array(6)),
    TypeError,
    `NAME: expected an array with data, got a detached Float32Array ${GONE}`,
  ],
  [
    "Float64Array",
    () => detached(new Float64Array(6)),
    TypeError,
    `NAME: expected an array with data, got a detached Float64Array ${GONE}`,
  ],
  [
    "a tensor's data",
    () => ({ data: detached(new Float32Array(6)), dims: [2, 3] }),
    TypeError,
    `NAME.data: expected an array with data, got a detached Float32Array ${GONE}`,
  ],
  [
    "words, dims to match their length",
    () => ({ data: detached(new Uint16Array(6)), dims: [0, 3], type: "bfloat16" }),
    TypeError,
    `NAME.data: expected an array with data, got a detached Uint16Array ${GONE}`,
  ],
  [
    "a tensor's data, dims to match its length",
    () => ({ data: detached(new Float32Array(6)), dims: [0, 3] }),
    TypeError,
    `NAME.data: expected an array with data, got a detached Float32Array ${GONE}`,
  ],
];

function refuseArray(subject: Subject, [, value, errorClass, message]: BadArray): void {
  const named = message.replace("NAME", subject.argument);
  expectRefusal((out) => subject.run(value(), { out }), errorClass, named, subject.outLength);
}

const all = [...subjects, ...rowFunctions, ...elementSubjects, ...elementTargetSubjects];

describe.each(all)("the array of $name", (subject) => {
  it.each(noArrays)("%s", (...bad) => refuseArray(subject, bad));
  it.each(badElements)("an array with %s", (...bad) => refuseArray(subject, bad));
  it.each(badTensors)("a tensor object with %s", (...bad) => refuseArray(subject, bad));
  it.each(transferred)("detached: %s", (...bad) => refuseArray(subject, bad));
});

const SIZES = "expected an array of sizes";
const SIZE = "expected an integer >= 0";

/** Of functions with the good array; q's shape is p's, so that its subjects have nothing of their own here. */
const shaped = [...subjects, ...rowFunctions].filter(({ argument }) => argument !== "q");

describe.each(shaped)("the shape and axis of $name", (subject) => {
  const { argument } = subject;

  it.each<[string, object, ErrorClass, string]>([
    ["shape null", { shape: null }, TypeError, `options.shape: ${SIZES}, got null`],
    ["shape a number", { shape: 6 }, TypeError, `options.shape: ${SIZES}, got 6`],
    ["shape a string", { shape: "2x3" }, TypeError, `options.shape: ${SIZES}, got "2x3"`],
    ["shape an object", { shape: { rows: 2 } }, TypeError, `options.shape: ${SIZES}, got an object`],
    ["shape nested", { shape: [[2, 3]] }, TypeError, `options.shape[0]: ${SIZE}, got an array of 2`],
    ["shape of strings", { shape: ["2", "3"] }, TypeError, `options.shape[0]: ${SIZE}, got "2"`],
    ["shape with undefined", { shape: [2, undefined] }, TypeError, `options.shape[1]: ${SIZE}, got undefined`],
    ["shape with -1", { shape: [2, -1] }, RangeError, `options.shape[1]: ${SIZE}, got -1`],
    ["shape of two negatives", { shape: [-2, -3] }, RangeError, `options.shape[0]: ${SIZE}, got -2`],
    ["shape with NaN", { shape: [Number.NaN, 3] }, RangeError, `options.shape[0]: ${SIZE}, got NaN`],
    ["shape with Infinity", { shape: [2, Number.POSITIVE_INFINITY] }, RangeError, `options.shape[1]: ${SIZE}, got Infinity`],
    ["shape with a fraction", { shape: [2.5, 2.4] }, RangeError, `options.shape[0]: ${SIZE}, got 2.5`],
    ["shape with 2^60", { shape: [2 ** 60, 3] }, RangeError, `options.shape[0]: ${SIZE}, got ${2 ** 60}`],
    ["product too great", { shape: [2, 4] }, RangeError, `${argument}: expected 8 elements for the shape [2, 4], got 6`],
    ["product too small", { shape: [5] }, RangeError, `${argument}: expected 5 elements for the shape [5], got 6`],
    ["product 0", { shape: [0, 3] }, RangeError, `${argument}: expected 0 elements for the shape [0, 3], got 6`],
    ["axis 2 of 2", { shape: [2, 3], axis: 2 }, RangeError, "options.axis: expected an integer in [-2, 1], got 2"],
    ["axis -3 of 2", { shape: [2, 3], axis: -3 }, RangeError, "options.axis: expected an integer in [-2, 1], got -3"],
    ["axis 3 of 3", { shape: [1, 2, 3], axis: 3 }, RangeError, "options.axis: expected an integer in [-3, 2], got 3"],
    ["axis 0.5", { shape: [2, 3], axis: 0.5 }, RangeError, "options.axis: expected an integer, got 0.5"],
    ["axis NaN", { shape: [2, 3], axis: Number.NaN }, RangeError, "options.axis: expected an integer, got NaN"],
    ["axis a string", { shape: [2, 3], axis: "-1" }, TypeError, 'options.axis: expected an integer, got "-1"'],
    ["axis null", { shape: [2, 3], axis: null }, TypeError, "options.axis: expected an integer, got null"],
    ["axis a list", { shape: [2, 3], axis: [1] }, TypeError, "options.axis: expected an integer, got an array of 1"],
  ])("%s", (_, options, errorClass, message) => {
    expectRefusal((out) => subject.run(good(), { ...options, out }), errorClass, message, subject.outLength);
  });
});
