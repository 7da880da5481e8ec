/** Options: unknown ones, wrong types, values out of range, and outputs and weights that do not fit. */
import { describe, expect, it } from "vitest";
import { crossEntropy, nllLoss } from "../../src/index.js";
import { detached, type ErrorClass, expectRefusal } from "./refusal.js";
import {
  elementSubjects,
  good,
  losses,
  rowFunctions,
  type Subject,
  selective,
  softmaxes,
  subjects,
  unweighted,
} from "./subjects.js";

type BadOptions = readonly [what: string, options: unknown, errorClass: ErrorClass, message: string];

describe.each([...subjects, ...rowFunctions, ...elementSubjects])("the options of $name", (subject) => {
  it.each<[string, unknown, string]>([
    ["null", null, "null"],
    ["a number, as Array.map passes its index", 0, "0"],
    ["a string", "mean", '"mean"'],
    ["true", true, "true"],
    ["a function", () => ({}), "a function"],
    ["an array", [], "an array of 0"],
    ["a typed array", new Float32Array(2), "Float32Array(2)"],
  ])("%s", (_, options, got) => {
    expectRefusal(() => subject.run(good(), options), TypeError, `options: expected an object, got ${got}`);
  });

  it.each(["ignore_index", "labelsmoothing", "dim", "Shape", "keepdim", "grad_output", "size_average", "constructor", "0"])(
    "the unknown %s",
    (name) => {
      const message = `options.${name}: expected one of ${subject.options.join(", ")}, got an unknown option`;
      for (const value of [1, undefined]) {
        expectRefusal((out) => subject.run(good(), { shape: [2, 3], out, [name]: value }), TypeError, message, subject.outLength);
      }
    },
  );
});

const REDUCTIONS = 'expected one of "mean", "sum", "none"';

/** For 2 rows of 3. */
const ofBothLosses: readonly BadOptions[] = [
  ["reduction Mean", { reduction: "Mean" }, RangeError, `options.reduction: ${REDUCTIONS}, got "Mean"`],
  ["reduction avg", { reduction: "avg" }, RangeError, `options.reduction: ${REDUCTIONS}, got "avg"`],
  ["reduction empty", { reduction: "" }, RangeError, `options.reduction: ${REDUCTIONS}, got ""`],
  ["reduction batchmean", { reduction: "batchmean" }, RangeError, `options.reduction: ${REDUCTIONS}, got "batchmean"`],
  ["reduction null", { reduction: null }, TypeError, `options.reduction: ${REDUCTIONS}, got null`],
  ["reduction 0", { reduction: 0 }, TypeError, `options.reduction: ${REDUCTIONS}, got 0`],
  ["ignoreIndex 1.5", { ignoreIndex: 1.5 }, RangeError, "options.ignoreIndex: expected an integer, got 1.5"],
  ["ignoreIndex NaN", { ignoreIndex: Number.NaN }, RangeError, "options.ignoreIndex: expected an integer, got NaN"],
  ["ignoreIndex 2^53", { ignoreIndex: 2 ** 53 }, RangeError, "options.ignoreIndex: expected an integer, got 9007199254740992"],
  ["ignoreIndex a string", { ignoreIndex: "-1" }, TypeError, 'options.ignoreIndex: expected an integer, got "-1"'],
  ["ignoreIndex null", { ignoreIndex: null }, TypeError, "options.ignoreIndex: expected an integer, got null"],
  ["ignoreIndex a bigint", { ignoreIndex: -1n }, TypeError, "options.ignoreIndex: expected an integer, got -1n"],
  ["emptyMean a string", { emptyMean: "0" }, TypeError, 'options.emptyMean: expected a number, got "0"'],
  ["emptyMean null", { emptyMean: null }, TypeError, "options.emptyMean: expected a number, got null"],
  ["weight too short", { weight: [1, 1] }, RangeError, "options.weight: expected 3 weights, one per class, got 2"],
  ["weight too long", { weight: new Float64Array(4) }, RangeError, "options.weight: expected 3 weights, one per class, got 4"],
  ["weight empty", { weight: [] }, RangeError, "options.weight: expected 3 weights, one per class, got 0"],
  ["weight of strings", { weight: [1, "1", 1] }, TypeError, 'options.weight[1]: expected a number, got "1"'],
  ["weight with a hole", { weight: new Array(3) }, TypeError, "options.weight[0]: expected a number, got undefined"],
  [
    "weight a number",
    { weight: 2 },
    TypeError,
    "options.weight: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }, got 2",
  ],
  [
    "weight of integers",
    { weight: new Int32Array(3) },
    TypeError,
    "options.weight: expected a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }, got Int32Array(3)",
  ],
  [
    "weight detached",
    { weight: detached(new Float32Array(3)) },
    TypeError,
    "options.weight: expected an array with data, got a detached Float32Array (its buffer was transferred)",
  ],
  [
    "rowStride below the classes",
    { rowStride: 2 },
    RangeError,
    "options.rowStride: expected at least the 3 classes of the shape, got 2",
  ],
  ["rowStride 0", { rowStride: 0 }, RangeError, "options.rowStride: expected at least the 3 classes of the shape, got 0"],
  [
    "rowStride negative",
    { rowStride: -3 },
    RangeError,
    "options.rowStride: expected at least the 3 classes of the shape, got -3",
  ],
  ["rowStride 3.5", { rowStride: 3.5 }, RangeError, "options.rowStride: expected an integer, got 3.5"],
  ["rowStride NaN", { rowStride: Number.NaN }, RangeError, "options.rowStride: expected an integer, got NaN"],
  ["rowStride a string", { rowStride: "3" }, TypeError, 'options.rowStride: expected an integer, got "3"'],
  [
    "rowStride with another axis",
    { shape: [3, 2], axis: 0, rowStride: 3 },
    RangeError,
    "options.rowStride: expected the last axis as class axis, got axis 0 of 2",
  ],
];

const SMOOTHING = "options.labelSmoothing: expected a number in [0, 1]";

/** What f32 arithmetic can divide by. */
const SCALE = "a number in [1e-30, 1e30]";

const scales = (name: string): BadOptions[] => [
  ...[0, -1, Number.POSITIVE_INFINITY, Number.NaN, 1e-50, 1e39].map(
    (value): BadOptions => [
      `${name} ${value}`,
      { [name]: value },
      RangeError,
      `options.${name}: expected ${SCALE}, got ${value}`,
    ],
  ),
  [`${name} a string`, { [name]: "15" }, TypeError, `options.${name}: expected ${SCALE}, got "15"`],
  [`${name} null`, { [name]: null }, TypeError, `options.${name}: expected ${SCALE}, got null`],
];

const ofCrossEntropy: readonly BadOptions[] = [
  ["labelSmoothing NaN", { labelSmoothing: Number.NaN }, RangeError, `${SMOOTHING}, got NaN`],
  ["labelSmoothing -0.1", { labelSmoothing: -0.1 }, RangeError, `${SMOOTHING}, got -0.1`],
  ["labelSmoothing 1.1", { labelSmoothing: 1.1 }, RangeError, `${SMOOTHING}, got 1.1`],
  ["labelSmoothing a string", { labelSmoothing: "0.1" }, TypeError, `${SMOOTHING}, got "0.1"`],
  ["labelSmoothing true", { labelSmoothing: true }, TypeError, `${SMOOTHING}, got true`],
  ...scales("softcap"),
  ...scales("temperature"),
  ["zLoss -1", { zLoss: -1 }, RangeError, "options.zLoss: expected a finite number >= 0, got -1"],
  ["zLoss NaN", { zLoss: Number.NaN }, RangeError, "options.zLoss: expected a finite number >= 0, got NaN"],
  [
    "zLoss Infinity",
    { zLoss: Number.POSITIVE_INFINITY },
    RangeError,
    "options.zLoss: expected a finite number >= 0, got Infinity",
  ],
  ["zLoss a string", { zLoss: "0" }, TypeError, 'options.zLoss: expected a finite number >= 0, got "0"'],
];

function refuseOptions(subject: Subject, [, options, errorClass, message]: BadOptions): void {
  expectRefusal((out) => subject.run(good(), { shape: [2, 3], ...(options as object), out }), errorClass, message);
}

describe.each(losses)("values of the options of $name", (subject) => {
  it.each(ofBothLosses)("%s", (...bad) => refuseOptions(subject, bad));

  it("rowStride that the length does not fit", () => {
    for (const length of [6, 9, 12]) {
      const message = `${subject.argument}: expected 8 elements (2 rows, 4 apart), got ${length}`;
      const call = (out: Float32Array) => subject.run(new Float32Array(length), { shape: [2, 3], rowStride: 4, out });
      expectRefusal(call, RangeError, message);
    }
  });

  it("rowStride or a foreign axis without a shape", () => {
    const stride = "options.rowStride: expected options.shape with it, for the classes in use, got none";
    expectRefusal((out) => subject.run(good(), { rowStride: 3, out }), RangeError, stride);
    const axis = "options.axis: expected the last axis, or options.shape with it, got 0";
    expectRefusal((out) => subject.run(good(), { axis: 0, out }), RangeError, axis);
    expectRefusal(
      (out) => subject.run(good(), { axis: 2, out }),
      RangeError,
      "options.axis: expected an integer in [-2, 1], got 2",
    );
  });

  it("out with another reduction than none", () => {
    for (const reduction of ["mean", "sum", undefined]) {
      const message = `options.out: expected reduction "none" with it, got reduction "${reduction ?? "mean"}"`;
      expectRefusal((out) => subject.run(good(), { reduction, out }), TypeError, message);
    }
  });
});

const ofCrossEntropyAlone = losses.filter(({ name }) => name.startsWith("crossEntropy"));

describe.each(ofCrossEntropyAlone)("values of the options of $name alone", (subject) => {
  it.each(ofCrossEntropy)("%s", (...bad) => refuseOptions(subject, bad));
});

describe.each(unweighted)("epsilon of $name", (subject) => {
  it.each<BadOptions>([
    ["NaN", { epsilon: Number.NaN }, RangeError, "options.epsilon: expected a finite number, got NaN"],
    ["-Infinity", { epsilon: -Infinity }, RangeError, "options.epsilon: expected a finite number, got -Infinity"],
    ["a string", { epsilon: "1" }, TypeError, 'options.epsilon: expected a finite number, got "1"'],
    ["null", { epsilon: null }, TypeError, "options.epsilon: expected a finite number, got null"],
  ])("%s", (...bad) => refuseOptions(subject, bad));
});

describe.each([...rowFunctions, selective])("values of the options of $name", (subject) => {
  const shared = [...ofBothLosses, ...ofCrossEntropy].filter(([, options]) =>
    Object.keys(options as object).every((name) => subject.options.includes(name)),
  );

  it.each(shared)("%s", (...bad) => refuseOptions(subject, bad));

  it("are refused in number: the filter lets them through", () => {
    expect(shared.length).toBeGreaterThan(20);
  });
});

const GONE = "got a detached Float32Array (its buffer was transferred)";

describe.each([...subjects, ...elementSubjects].filter(({ argument }) => argument !== "q"))("the out of $name", (subject) => {
  const { outLength } = subject;
  const floats = `a Float32Array of ${outLength} elements`;

  it.each<[string, unknown, ErrorClass, string]>([
    [
      "too short",
      new Float32Array(outLength - 1),
      RangeError,
      `options.out: expected ${outLength} elements, got ${outLength - 1}`,
    ],
    [
      "too long",
      new Float32Array(outLength + 1),
      RangeError,
      `options.out: expected ${outLength} elements, got ${outLength + 1}`,
    ],
    ["a Float64Array", new Float64Array(outLength), TypeError, `options.out: expected ${floats}, got Float64Array(${outLength})`],
    ["an array", [0, 0], TypeError, `options.out: expected ${floats}, got an array of 2`],
    [
      "a tensor object",
      { data: new Float32Array(outLength), dims: [outLength] },
      TypeError,
      `options.out: expected ${floats}, got an object`,
    ],
    ["true", true, TypeError, `options.out: expected ${floats}, got true`],
    ["null", null, TypeError, `options.out: expected ${floats}, got null`],
    ["detached", detached(new Float32Array(outLength)), TypeError, `options.out: expected an array with data, ${GONE}`],
  ])("%s", (_, out, errorClass, message) => {
    expectRefusal(() => subject.run(good(), { shape: [2, 3], out }), errorClass, message);
  });
});

describe.each([...losses, ...unweighted, ...softmaxes])("the out of $name over what is read", ({ argument, outLength, run }) => {
  const message = (read: string): string => `options.out: expected memory of its own, got an array that overlaps ${read}`;

  it("the logits, but for the softmax in place", () => {
    const whole = new Float32Array(12);
    whole.set(good(), 3);
    const input = whole.subarray(3, 9);
    const before = whole.slice();
    for (const start of [4 - outLength, 2, 4, 8].filter((from) => from >= 0 && from + outLength <= 12)) {
      const out = whole.subarray(start, start + outLength);
      expectRefusal(() => run(input, { shape: [2, 3], out }), RangeError, message(argument));
    }
    expect(whole).toEqual(before);
    if (outLength < 6)
      expectRefusal(() => run(input, { shape: [2, 3], out: input.subarray(0, 2) }), RangeError, message(argument));
    // beside them is fine
    const beside = outLength === 6 ? new Float32Array(6) : whole.subarray(9, 9 + outLength);
    expect(run(input, { shape: [2, 3], out: beside })).toBe(beside);
  });

  it("logits in f64 over the same bytes", () => {
    const bytes = new ArrayBuffer(48);
    const out = new Float32Array(bytes, 0, outLength);
    expectRefusal(() => run(new Float64Array(bytes), { shape: [2, 3], out }), RangeError, message(argument));
  });
});

it.each(losses)("the out of $name over its weights", ({ run }) => {
  const weight = good().subarray(0, 3);
  const out = new Float32Array(weight.buffer, 4, 2);
  const message = "options.out: expected memory of its own, got an array that overlaps options.weight";
  expectRefusal(() => run(good(), { shape: [2, 3], weight, out }), RangeError, message);
});

it("the out of a loss over its targets", () => {
  const bytes = new ArrayBuffer(24);
  const out = new Float32Array(bytes, 0, 2);
  const message = "options.out: expected memory of its own, got an array that overlaps targets";
  const targets = new Int32Array(bytes, 4, 2);
  expectRefusal(() => crossEntropy(good(), targets, { reduction: "none", out }), RangeError, message);
  expectRefusal(() => nllLoss(good(), targets, { reduction: "none", out }), RangeError, message);
  const call = () => crossEntropy(good(), new Float32Array(bytes), { shape: [2, 3], reduction: "none", out });
  expectRefusal(call, RangeError, message);
});

it("nllLoss has none of crossEntropy's own options", () => {
  for (const name of ["labelSmoothing", "softcap", "temperature", "zLoss"]) {
    const message = `options.${name}: expected one of ${(losses[1] as Subject).options.join(", ")}, got an unknown option`;
    expectRefusal((out) => nllLoss(good(), [0, 1], { [name]: 1, reduction: "none", out } as never), TypeError, message);
  }
});

it("what was wrong once is right the next time: no state is left behind", () => {
  const before = crossEntropy(good(), [0, 1]);
  expectRefusal(() => crossEntropy(good(), [0, 3]), RangeError, "targets[1]: expected 0..2 or ignoreIndex (-100), got 3");
  if (crossEntropy(good(), [0, 1]) !== before) throw new Error("another value after a refused call");
});
