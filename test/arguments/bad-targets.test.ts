/** Targets that are no classes of the rows, and probabilities that do not fit: nothing is written, no number comes back. */
import { describe, it } from "vitest";
import { crossEntropy, nllLoss, scoreTokens } from "../../src/index.js";
import { detached, type ErrorClass, expectRefusal } from "./refusal.js";

type Anything = never;
type Bad = readonly [what: string, targets: unknown, errorClass: ErrorClass, message: string];

const FLAT = "class indices in an integer typed array, an array of numbers or a tensor object { data, dims | shape }";
const DATA = "class indices in an integer typed array or an array of numbers";
const RANGE = "expected 0..5 or ignoreIndex (-100)";
const INDEX = "expected an integer class index";

const notTargets = (what: string, value: unknown, got: string): Bad => [
  what,
  value,
  TypeError,
  `targets: expected ${FLAT}, got ${got}`,
];

/** Beside 2 rows of 6 classes. */
const badTargets: readonly Bad[] = [
  notTargets("undefined", undefined, "undefined"),
  notTargets("null", null, "null"),
  notTargets("a string", "01", '"01"'),
  notTargets("a boolean", true, "true"),
  notTargets("an object", {}, "an object"),
  notTargets("a DataView", new DataView(new ArrayBuffer(8)), "a DataView"),
  notTargets("a set", new Set([0, 1]), "a Set"),
  ["as many as classes + 1", [0, 6], RangeError, `targets[1]: ${RANGE}, got 6`],
  ["negative", [-1, 0], RangeError, `targets[0]: ${RANGE}, got -1`],
  ["the default ignoreIndex off by one", [0, -101], RangeError, `targets[1]: ${RANGE}, got -101`],
  ["1.5", [0, 1.5], RangeError, `targets[1]: ${RANGE}, got 1.5`],
  ["0.5", [0, 0.5], RangeError, `targets[1]: ${RANGE}, got 0.5 (probabilities go in a Float32Array)`],
  ["NaN", [Number.NaN, 0], RangeError, `targets[0]: ${RANGE}, got NaN`],
  ["Infinity", [0, Number.POSITIVE_INFINITY], RangeError, `targets[1]: ${RANGE}, got Infinity`],
  ["2^32 + 3, which is 3 in 32 bits", [0, 2 ** 32 + 3], RangeError, `targets[1]: ${RANGE}, got 4294967299`],
  ["2^53", [0, 2 ** 53], RangeError, `targets[1]: ${RANGE}, got 9007199254740992`],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
  ["a hole", [, 0], TypeError, `targets[0]: ${INDEX}, got undefined`],
  ["undefined in a list", [0, undefined], TypeError, `targets[1]: ${INDEX}, got undefined`],
  ["null in a list", [0, null], TypeError, `targets[1]: ${INDEX}, got null`],
  ["strings", [0, "1"], TypeError, `targets[1]: ${INDEX}, got "1"`],
  ["booleans", [true, false], TypeError, `targets[0]: ${INDEX}, got true`],
  ["nested", [[0], [1]], TypeError, `targets[0]: ${INDEX}, got an array of 1`],
  ["a bigint out of range in a list", [0n, 6n], RangeError, `targets[1]: ${RANGE}, got 6n`],
  ["Int8Array, -1", Int8Array.of(0, -1), RangeError, `targets[1]: ${RANGE}, got -1`],
  ["Uint8Array, 255", Uint8Array.of(255, 0), RangeError, `targets[0]: ${RANGE}, got 255`],
  ["Uint8ClampedArray, 6", Uint8ClampedArray.of(0, 6), RangeError, `targets[1]: ${RANGE}, got 6`],
  ["Int16Array, -101", Int16Array.of(0, -101), RangeError, `targets[1]: ${RANGE}, got -101`],
  ["Uint16Array, 65436 (-100 in 16 bits)", Uint16Array.of(0, 65436), RangeError, `targets[1]: ${RANGE}, got 65436`],
  ["Int32Array, 6", Int32Array.of(0, 6), RangeError, `targets[1]: ${RANGE}, got 6`],
  ["Int32Array, -1", Int32Array.of(-1, 0), RangeError, `targets[0]: ${RANGE}, got -1`],
  ["Int32Array, -2^31", Int32Array.of(0, -(2 ** 31)), RangeError, `targets[1]: ${RANGE}, got -2147483648`],
  ["Uint32Array, 2^32 - 100", Uint32Array.of(0, 2 ** 32 - 100), RangeError, `targets[1]: ${RANGE}, got 4294967196`],
  ["BigInt64Array, 6", BigInt64Array.of(0n, 6n), RangeError, `targets[1]: ${RANGE}, got 6n`],
  ["BigInt64Array, -1", BigInt64Array.of(-1n, 0n), RangeError, `targets[0]: ${RANGE}, got -1n`],
  ["BigInt64Array, 2^32 + 3", BigInt64Array.of(0n, 2n ** 32n + 3n), RangeError, `targets[1]: ${RANGE}, got 4294967299n`],
  ["BigInt64Array, -2^63", BigInt64Array.of(-(2n ** 63n), 0n), RangeError, `targets[0]: ${RANGE}, got -9223372036854775808n`],
  [
    "BigUint64Array, 2^64 - 100",
    BigUint64Array.of(0n, 2n ** 64n - 100n),
    RangeError,
    `targets[1]: ${RANGE}, got 18446744073709551516n`,
  ],
  ["the first of several wrong ones", [7, -1], RangeError, `targets[0]: ${RANGE}, got 7`],
  ["too many", [0, 1, 2], RangeError, "targets: expected 2 targets, one per row, got 3"],
  ["too few", new Int32Array(1), RangeError, "targets: expected 2 targets, one per row, got 1"],
  ["none", [], RangeError, "targets: expected 2 targets, one per row, got 0"],
  ["one number for two rows", 1, RangeError, "targets: expected 2 targets, one per row, got 1"],
  ["a tensor without data", { data: null, dims: [2] }, TypeError, `targets.data: expected ${DATA}, got null`],
  ["a tensor without dims", { data: [0, 1] }, TypeError, "targets: expected a tensor object with dims or shape, got neither"],
  [
    "a tensor of another product",
    { data: [0, 1], dims: [3] },
    RangeError,
    "targets: expected 3 elements for the shape [3], got 2",
  ],
  ["a tensor of dims -1", { data: [0, 1], dims: [-1] }, RangeError, "targets.dims[0]: expected an integer >= 0, got -1"],
  ["a row tensor", { data: [0, 1], dims: [1, 2] }, RangeError, "targets: expected the shape of the rows, [2], got [1, 2]"],
  [
    "a column tensor",
    { data: Int32Array.of(0, 1), dims: [2, 1] },
    RangeError,
    "targets: expected the shape of the rows, [2], got [2, 1]",
  ],
  [
    "detached",
    detached(new Int32Array(2)),
    TypeError,
    "targets: expected an array with data, got a detached Int32Array (its buffer was transferred)",
  ],
  [
    "detached BigInt64Array in a tensor",
    { data: detached(new BigInt64Array(2)), dims: [2] },
    TypeError,
    "targets.data: expected an array with data, got a detached BigInt64Array (its buffer was transferred)",
  ],
];

const rows = (): Float32Array => new Float32Array(12);

/** Without what only losses have. */
const scores: typeof nllLoss = (logits, targets, { reduction, out, ...options } = {}) =>
  scoreTokens(logits, targets, options) as Anything;

describe.each([
  ["crossEntropy", "logits", crossEntropy],
  ["nllLoss", "logProbs", nllLoss],
  ["scoreTokens", "logits", scores],
] as const)("the targets of %s", (_name, name, loss) => {
  it.each(badTargets)("%s", (_, targets, errorClass, givenMessage) => {
    // a list may mean probabilities to it as well
    const isList = loss === crossEntropy && Array.isArray(targets);
    const both = "expected 2 class indices, one per row, or 12 probabilities, one per logit";
    const message = isList ? givenMessage.replace("expected 2 targets, one per row", both) : givenMessage;
    expectRefusal((out) => loss(rows(), targets as Anything, { shape: [2, 6], reduction: "none", out }), errorClass, message);
  });

  it("16-bit floats: probabilities for crossEntropy, no classes for nllLoss", () => {
    for (const type of ["float16", "bfloat16"]) {
      const [error, message]: readonly [ErrorClass, string] =
        loss === crossEntropy
          ? [RangeError, "targets: expected 12 probabilities, one per logit, got 2"]
          : [TypeError, `targets.data: expected ${DATA}, got Uint16Array(2) of type "${type}"`];
      const targets = { data: Uint16Array.of(0, 1), dims: [2], type } as Anything;
      expectRefusal((out) => loss(rows(), targets, { shape: [2, 6], reduction: "none", out }), error, message);
    }
  });

  it("one row's target, given as a number", () => {
    const refuse = (target: unknown, errorClass: ErrorClass, message: string): void =>
      expectRefusal((out) => loss(rows(), target as Anything, { reduction: "none", out }), errorClass, message, 1);
    const range = "targets[0]: expected 0..11 or ignoreIndex (-100)";
    refuse(12, RangeError, `${range}, got 12`);
    refuse(-1, RangeError, `${range}, got -1`);
    refuse(0.5, RangeError, `${range}, got 0.5 (probabilities go in a Float32Array)`);
    refuse(Number.NaN, RangeError, `${range}, got NaN`);
    refuse(12n, RangeError, `${range}, got 12n`);
  });

  it("flat arrays whose lengths do not fit", () => {
    const refuse = (length: number, targets: readonly number[], message: string): void =>
      expectRefusal((out) => loss(new Float32Array(length), targets, { reduction: "none", out }), RangeError, message);
    refuse(7, [0, 1], `${name}: expected 2 rows of equal length, one per target (or options.shape), got 7 elements`);
    refuse(1, [0, 0], `${name}: expected 2 rows of equal length, one per target (or options.shape), got 1 elements`);
    refuse(0, [0, 0], `${name}: expected 2 rows of equal length, one per target (or options.shape), got 0 elements`);
    refuse(12, [], `${name}: expected 0 elements for 0 targets, got 12`);
  });

  it("rows of no class", () => {
    for (const targets of [
      [0, 0],
      [-100, -100],
    ]) {
      const call = (out: Float32Array) => loss([], targets, { shape: [2, 0], reduction: "none", out });
      expectRefusal(call, RangeError, `${name}: expected at least one class, got 0`);
    }
  });

  it("names ignoreIndex as it was given", () => {
    const call = (out: Float32Array) => loss(rows(), [-1, -100], { ignoreIndex: -1, reduction: "none", out });
    expectRefusal(call, RangeError, "targets[1]: expected 0..5 or ignoreIndex (-1), got -100");
  });
});

it("nllLoss and scoreTokens take no probabilities", () => {
  for (const targets of [rows(), new Float64Array(12)]) {
    const message = `targets: expected ${FLAT}, got ${targets.constructor.name}(12)`;
    for (const loss of [nllLoss, scores]) {
      expectRefusal((out) => loss(rows(), targets as Anything, { shape: [2, 6], reduction: "none", out }), TypeError, message);
    }
  }
});

const floats = (length: number): Float32Array<ArrayBuffer> => new Float32Array(length).fill(0.5);
const fractions = (length: number): number[] => Array.from({ length }, () => 0.5);

/** Beside 2 rows of 6 classes and `shape: [2, 6]`. */
type BadProbabilities = readonly [...Bad, options?: Readonly<Record<string, number>>];
const badProbabilities: readonly BadProbabilities[] = [
  ["too short", floats(11), RangeError, "targets: expected 12 probabilities, one per logit, got 11"],
  ["too long", new Float64Array(13), RangeError, "targets: expected 12 probabilities, one per logit, got 13"],
  ["none", floats(0), RangeError, "targets: expected 12 probabilities, one per logit, got 0"],
  ["class indices as floats", Float32Array.of(0, 1), RangeError, "targets: expected 12 probabilities, one per logit, got 2"],
  ["transposed", { data: floats(12), dims: [6, 2] }, RangeError, "targets: expected the logits' shape [2, 6], got [6, 2]"],
  ["flattened", { data: floats(12), dims: [12] }, RangeError, "targets: expected the logits' shape [2, 6], got [12]"],
  [
    "with dims of another product",
    { data: floats(12), dims: [3, 5] },
    RangeError,
    "targets: expected 15 elements for the shape [3, 5], got 12",
  ],
  ["without dims", { data: floats(12) }, TypeError, "targets: expected a tensor object with dims or shape, got neither"],
  [
    "with an integer type",
    { data: floats(12), dims: [2, 6], type: "int64" },
    TypeError,
    'targets.type: expected "float32" for a Float32Array, got "int64"',
  ],
  ["a list with a string", [...fractions(11), "0.5"], TypeError, 'targets[11]: expected a number, got "0.5"'],
  [
    "a list too short",
    fractions(11),
    RangeError,
    "targets: expected 2 class indices, one per row, or 12 probabilities, one per logit, got 11",
  ],
  [
    "a list too short for classes",
    [0],
    RangeError,
    "targets: expected 2 class indices, one per row, or 12 probabilities, one per logit, got 1",
  ],
  [
    "ignoreIndex 0",
    floats(12),
    RangeError,
    "options.ignoreIndex: expected a negative index with probabilities as targets, got 0",
    { ignoreIndex: 0 },
  ],
  [
    "ignoreIndex 5",
    floats(12),
    RangeError,
    "options.ignoreIndex: expected a negative index with probabilities as targets, got 5",
    { ignoreIndex: 5 },
  ],
  ["ignoreIndex 0.5", floats(12), RangeError, "options.ignoreIndex: expected an integer, got 0.5", { ignoreIndex: 0.5 }],
  [
    "padded to another stride",
    floats(14),
    RangeError,
    "targets: expected 12 probabilities, one per logit, got 14",
    { rowStride: 6 },
  ],
  [
    "detached",
    detached(floats(12)),
    TypeError,
    "targets: expected an array with data, got a detached Float32Array (its buffer was transferred)",
  ],
];

describe("probabilities", () => {
  it.each(badProbabilities.map((bad) => ({ what: bad[0], bad })))("$what", ({ bad }) => {
    const [, targets, errorClass, message, options = {}] = bad;
    const call = (out: Float32Array) =>
      crossEntropy(rows(), targets as Anything, { shape: [2, 6], reduction: "none", ...options, out });
    expectRefusal(call, errorClass, message);
  });

  it("flat ones without any shape", () => {
    const message = "options.shape: expected the logits' shape with probabilities as targets, got undefined";
    for (const targets of [floats(12), new Float64Array(12), floats(2)]) {
      expectRefusal((out) => crossEntropy(rows(), targets, { reduction: "none", out }), TypeError, message);
    }
    const list = "targets[0]: expected 0..0 or ignoreIndex (-100), got 0.5 (probabilities go in a Float32Array)";
    expectRefusal((out) => crossEntropy(rows(), fractions(12), { reduction: "none", out }), RangeError, list, 12);
  });
});
