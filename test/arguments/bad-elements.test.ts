/** What the losses of elements refuse beside bad arrays and options: each message exactly, nothing of the caller's written. */
import { describe, expect, it } from "vitest";
import * as functions from "../../src/index.js";
import { detached, type ErrorClass, expectRefusal } from "./refusal.js";
import { elementCalls, elementSubjects, good } from "./subjects.js";

type Anything = never;
type BadOptions = readonly [what: string, options: object, errorClass: ErrorClass, message: string];

const FLOATS =
  "a Float32Array, a Float64Array, a Float16Array, an array of numbers or a tensor object { data, dims | shape, type? }";

describe.each(elementSubjects)("the shapes of $name", ({ loss, argument, targets, outLength, run }) => {
  const call = (x: unknown, y: unknown, options: object): unknown =>
    elementCalls[loss].value(x as Anything, y as Anything, options as Anything);

  it.each<BadOptions>([
    ["null", { shape: null }, TypeError, "options.shape: expected an array of sizes, got null"],
    ["a number", { shape: 6 }, TypeError, "options.shape: expected an array of sizes, got 6"],
    ["of strings", { shape: ["2", 3] }, TypeError, 'options.shape[0]: expected an integer >= 0, got "2"'],
    ["with -1", { shape: [2, -1] }, RangeError, "options.shape[1]: expected an integer >= 0, got -1"],
    ["too great", { shape: [2, 4] }, RangeError, `${argument}: expected 8 elements for the shape [2, 4], got 6`],
    ["too small", { shape: [5] }, RangeError, `${argument}: expected 5 elements for the shape [5], got 6`],
  ])("a shape %s", (_, options, errorClass, message) => {
    expectRefusal((out) => run(good(), { ...options, out }), errorClass, message, outLength);
  });

  it("targets of another length", () => {
    for (const length of [0, 5, 7]) {
      const message = `${targets}: expected 6 elements, as ${argument} has, got ${length}`;
      const none = { reduction: "none", shape: [2, 3] };
      const refused = (out: Float32Array) => call(good(), new Float32Array(length), { ...none, out });
      expectRefusal(refused, RangeError, message, outLength);
    }
  });

  it("targets of another shape, where both state one", () => {
    const other = { data: good(), dims: [3, 2] };
    const message = `${targets}: expected the shape of ${argument}, [2, 3], got [3, 2]`;
    const none = { reduction: "none" };
    expectRefusal((out) => call({ data: good(), dims: [2, 3] }, other, { ...none, out }), RangeError, message, outLength);
    expectRefusal((out) => call(good(), other, { ...none, shape: [2, 3], out }), RangeError, message, outLength);
    // one statement is enough, and an option goes before the input's own
    const value = call(good(), good(), { shape: [3, 2] });
    expect(call(good(), other, {})).toBe(value);
    expect(call({ data: good(), dims: [2, 3] }, other, { shape: [3, 2] })).toBe(value);
  });
});

const REDUCTIONS = '"mean", "sum", "none"';

describe.each(elementSubjects)("the options of $name", ({ loss, outLength, run }) => {
  const known = `expected one of ${REDUCTIONS}${loss === "klDivLoss" ? ', "batchmean"' : ""}`;

  it.each<BadOptions>([
    ["an unknown word", { reduction: "Mean" }, RangeError, `options.reduction: ${known}, got "Mean"`],
    ["a number", { reduction: 1 }, TypeError, `options.reduction: ${known}, got 1`],
    ["null", { reduction: null }, TypeError, `options.reduction: ${known}, got null`],
  ])("reduction: %s", (_, options, errorClass, message) => {
    expectRefusal((out) => run(good(), { ...options, out }), errorClass, message, outLength);
  });

  it("out beside another reduction than none", () => {
    for (const reduction of ["mean", "sum", ...(loss === "klDivLoss" ? ["batchmean"] : [])]) {
      const message = `options.out: expected reduction "none" with it, got reduction "${reduction}"`;
      expectRefusal((out) => run(good(), { reduction, out }), TypeError, message, outLength);
    }
  });

  it("out over what is read", () => {
    const input = good();
    const overlapping = new Float32Array(input.buffer, 0, outLength);
    expectRefusal(
      () => run(input, { shape: [2, 3], out: overlapping }),
      RangeError,
      `options.out: expected memory of its own, got an array that overlaps ${elementSubjects.find((s) => s.loss === loss)?.argument}`,
    );
    expect(input).toEqual(good());
  });
});

it("batchmean belongs to klDivLoss alone", () => {
  expect(functions.klDivLoss(good(), good(), { shape: [2, 3], reduction: "batchmean" })).toBeTypeOf("number");
  const message = `options.reduction: expected one of ${REDUCTIONS}, got "batchmean"`;
  for (const { loss, run } of elementSubjects) {
    if (loss !== "klDivLoss") expectRefusal(() => run(good(), { reduction: "batchmean" }), RangeError, message);
  }
});

const numbers = (name: string, expected: string, bad: readonly number[]): BadOptions[] => [
  ...bad.map(
    (value): BadOptions => [
      `${name} ${value}`,
      { [name]: value },
      RangeError,
      `options.${name}: expected ${expected}, got ${value}`,
    ],
  ),
  [`${name} a string`, { [name]: "0.5" }, TypeError, `options.${name}: expected ${expected}, got "0.5"`],
  [`${name} null`, { [name]: null }, TypeError, `options.${name}: expected ${expected}, got null`],
];
const UNIT = "a number in [0, 1]";
const FOCAL = `${UNIT}, or -1 for no weighting`;
const { NaN: NOT_A_NUMBER, POSITIVE_INFINITY: INFINITE } = Number;

describe("options of single losses", () => {
  const refuse = (name: (typeof elementSubjects)[number]["loss"], [, options, errorClass, message]: BadOptions): void => {
    const subject = elementSubjects.find(({ loss }) => loss === name);
    const { run, gradient, outLength } = subject as NonNullable<typeof subject>;
    for (const call of [run, gradient]) {
      expectRefusal((out) => call(good(), { shape: [2, 3], ...options, out }), errorClass, message, outLength);
    }
  };

  it.each(numbers("alpha", FOCAL, [-0.1, 1.1, -2, NOT_A_NUMBER, INFINITE]))("sigmoidFocalLoss: %s", (...bad) =>
    refuse("sigmoidFocalLoss", bad),
  );
  it.each(numbers("gamma", "a finite number >= 0", [-1e-9, -2, NOT_A_NUMBER, INFINITE]))("sigmoidFocalLoss: %s", (...bad) =>
    refuse("sigmoidFocalLoss", bad),
  );
  it.each(numbers("beta", UNIT, [-0.1, 1.1, NOT_A_NUMBER, INFINITE]))("jsDivLoss: %s", (...bad) => refuse("jsDivLoss", bad));
  it.each<BadOptions>([
    ["logTarget 1", { logTarget: 1 }, TypeError, "options.logTarget: expected a boolean, got 1"],
    ["logTarget null", { logTarget: null }, TypeError, "options.logTarget: expected a boolean, got null"],
  ])("klDivLoss: %s", (...bad) => refuse("klDivLoss", bad));
  it.each<BadOptions>([
    ["axis 2 of 2", { axis: 2 }, RangeError, "options.axis: expected an integer in [-2, 1], got 2"],
    ["axis 0.5", { axis: 0.5 }, RangeError, "options.axis: expected an integer, got 0.5"],
  ])("jsDivLoss: %s", (...bad) => refuse("jsDivLoss", bad));
});

describe.each(["weight", "posWeight"])("%s of elements", (name) => {
  const option = `options.${name}`;
  it.each<[string, unknown, ErrorClass, string]>([
    ["a number", 2, TypeError, `${option}: expected ${FLOATS}, got 2`],
    ["integers", new Int32Array(3), TypeError, `${option}: expected ${FLOATS}, got Int32Array(3)`],
    ["of strings", [1, "1", 1], TypeError, `${option}[1]: expected a number, got "1"`],
    ["of two", [1, 1], RangeError, `${option}: expected 6 or 3 or 1 elements for [2, 3], got 2`],
    ["of none", [], RangeError, `${option}: expected 6 or 3 or 1 elements for [2, 3], got 0`],
    [
      "dims of another size",
      { data: new Float32Array(4), dims: [2, 2] },
      RangeError,
      `${option}: expected dims that broadcast to [2, 3], got [2, 2]`,
    ],
    [
      "dims at the front",
      { data: new Float32Array(2), dims: [2] },
      RangeError,
      `${option}: expected dims that broadcast to [2, 3], got [2]`,
    ],
    [
      "too many dims",
      { data: new Float32Array(6), dims: [1, 2, 3] },
      RangeError,
      `${option}: expected dims that broadcast to [2, 3], got [1, 2, 3]`,
    ],
    [
      "dims that do not fit its data",
      { data: new Float32Array(5), dims: [2, 3] },
      RangeError,
      `${option}: expected 6 elements for the shape [2, 3], got 5`,
    ],
  ])("%s", (_, weight, errorClass, message) => {
    const options = { shape: [2, 3], reduction: "none", [name]: weight } as Anything;
    const call = (out: Float32Array) =>
      functions.binaryCrossEntropyWithLogits(good(), good(), { ...(options as object), out } as Anything);
    expectRefusal(call, errorClass, message, 6);
  });

  it("out or gradOut over it", () => {
    const weight = good();
    const options = { reduction: "none", [name]: weight } as const;
    const message = (written: string): string =>
      `options.${written}: expected memory of its own, got an array that overlaps ${option}`;
    const over = { ...options, out: weight } as Anything;
    expectRefusal(() => functions.binaryCrossEntropyWithLogits(good(), good(), over), RangeError, message("out"));
    const gradOver = { ...options, gradOut: weight } as Anything;
    const gradient = () => functions.binaryCrossEntropyWithLogitsValueAndGrad(good(), good(), gradOver);
    expectRefusal(gradient, RangeError, message("gradOut"));
    expect(weight).toEqual(good());
  });
});

describe("probabilities outside [0, 1]", () => {
  const bad = [
    [1.5, "1.5"],
    [-0.25, "-0.25"],
    [NOT_A_NUMBER, "NaN"],
    [INFINITE, "Infinity"],
  ] as const;

  it("name their place and value, at any place of an array of several chunks; nothing is written", () => {
    for (const [name, place] of ["probs", "targets"].flatMap((name) =>
      [0, 3, 4, 511, 16_383, 16_384, 20_000].map((place) => [name, place] as const),
    )) {
      const [value, text] = bad[place % bad.length] as (typeof bad)[number];
      const probs = new Float32Array(20_001).fill(0.5);
      const targets = new Float32Array(20_001);
      (name === "probs" ? probs : targets)[place] = value;
      const message = `${name}[${place}]: expected a probability in [0, 1], got ${text}`;
      expectRefusal(() => functions.binaryCrossEntropy(probs, targets), RangeError, message);
      expectRefusal(() => functions.binaryCrossEntropyValueAndGrad(probs, targets), RangeError, message);
      const none = { reduction: "none" } as const;
      expectRefusal((out) => functions.binaryCrossEntropy(probs, targets, { ...none, out }), RangeError, message, 20_001);
      expectRefusal(
        (gradOut) => functions.binaryCrossEntropyValueAndGrad(probs, targets, { gradOut }),
        RangeError,
        message,
        20_001,
      );
      const before = probs.slice();
      const inPlace = () => functions.binaryCrossEntropyValueAndGrad(probs, targets, { gradOut: probs });
      expectRefusal(inPlace, RangeError, message);
      expect(probs).toEqual(before);
    }
  });

  it("in an engine's memory too", () => {
    const engine = functions.createLocalEngine();
    const probs = engine.allocate("float32", 17_000).fill(0.5);
    probs[16_999] = 2;
    const message = "probs[16999]: expected a probability in [0, 1], got 2";
    const gradOut = engine.allocate("float32", 17_000).fill(7);
    const targets = new Float32Array(17_000);
    expectRefusal(() => engine.binaryCrossEntropyValueAndGrad(probs, targets, { gradOut }), RangeError, message);
    expect(gradOut.every((value) => value === 7)).toBe(true);
  });

  it("in f64 and in arrays of numbers: as they are, before they are rounded to f32", () => {
    const above = 1 + Number.EPSILON;
    const message = `probs[1]: expected a probability in [0, 1], got ${above}`;
    for (const probs of [[0.5, above], Float64Array.of(0.5, above), { data: [0.5, above], dims: [2] }]) {
      expectRefusal(() => functions.binaryCrossEntropy(probs, [0, 1]), RangeError, message);
    }
    expectRefusal(
      () => functions.binaryCrossEntropy([0.1, 1.1], [0, 1]),
      RangeError,
      "probs[1]: expected a probability in [0, 1], got 1.1",
    );
    for (const targets of [[1, above], Float64Array.of(1, above), { data: [1, above], dims: [2] }]) {
      const wrong = `targets[1]: expected a probability in [0, 1], got ${above}`;
      expectRefusal(() => functions.binaryCrossEntropy([0.5, 0.5], targets), RangeError, wrong);
    }
  });

  it("in float16: the first of them, of the probabilities before the targets", () => {
    const half = (word: number) => ({ data: Uint16Array.of(0, word), dims: [2], type: "float16" as const });
    const [one, two] = [half(0x3c00), half(0x4000)];
    const message = (name: string): string => `${name}[1]: expected a probability in [0, 1], got 2`;
    expectRefusal(() => functions.binaryCrossEntropy(one, two), RangeError, message("targets"));
    expectRefusal(() => functions.binaryCrossEntropy(two, two), RangeError, message("probs"));
  });

  it("are no matter to losses of logits, as in PyTorch", () => {
    // softplus(2) + 2, and softplus(0.5) - 2 x 0.5
    expect(functions.binaryCrossEntropyWithLogits([2], [-1])).toBeCloseTo(4.126928, 6);
    expect(functions.binaryCrossEntropyWithLogits([0.5], [2])).toBeCloseTo(-0.025923, 6);
  });
});

it("integer targets are refused, as PyTorch does", () => {
  for (const targets of [new Int32Array(6), new BigInt64Array(6), new Uint8Array(6)]) {
    const got = `${targets.constructor.name}(6)`;
    for (const { loss } of elementSubjects) {
      const name = loss === "jsDivLoss" ? "logTargets" : "targets";
      const call = () => elementCalls[loss].value(good() as Anything, targets as Anything);
      expectRefusal(call, TypeError, `${name}: expected ${FLOATS}, got ${got}`);
    }
  }
});

describe.each(elementSubjects)("the gradient of $name", ({ loss, argument, targets, options, outLength, gradient }) => {
  const call = (more: object, input: unknown = good()): unknown => gradient(input, { shape: [2, 3], ...more });
  const floats = "a Float32Array, a Float16Array or { data: Uint16Array, type }, of 6 elements";

  it("an unknown option", () => {
    const hasTargetGrad = !["sigmoidFocalLoss", "jsDivLoss"].includes(loss);
    const known = [...options, "upstream", "gradOut", ...(hasTargetGrad ? ["targetGrad"] : [])].join(", ");
    expectRefusal(() => call({ gradient: 1 }), TypeError, `options.gradient: expected one of ${known}, got an unknown option`);
    if (hasTargetGrad) {
      expectRefusal(() => call({ targetGrad: 1 }), TypeError, "options.targetGrad: expected a boolean, got 1");
    }
  });

  it.each<BadOptions>([
    ["too short", { gradOut: new Float32Array(5) }, RangeError, "options.gradOut: expected 6 elements, got 5"],
    ["f64", { gradOut: new Float64Array(6) }, TypeError, `options.gradOut: expected ${floats}, got Float64Array(6)`],
    ["an array", { gradOut: [0, 0, 0, 0, 0, 0] }, TypeError, `options.gradOut: expected ${floats}, got an array of 6`],
    ["null", { gradOut: null }, TypeError, `options.gradOut: expected ${floats}, got null`],
    [
      "detached",
      { gradOut: detached(new Float32Array(6)) },
      TypeError,
      "options.gradOut: expected an array with data, got a detached Float32Array (its buffer was transferred)",
    ],
  ])("gradOut %s", (_, more, errorClass, message) => {
    expectRefusal((out) => call({ ...more, out }), errorClass, message, outLength);
  });

  it("upstream of a wrong length or type", () => {
    const message = `options.upstream: expected ${outLength} elements, one per value, got 5`;
    expectRefusal((out) => call({ upstream: new Float32Array(5), out }), RangeError, message, outLength);
    expectRefusal((out) => call({ upstream: "1", out }), TypeError, `options.upstream: expected ${FLOATS}, got "1"`, outLength);
    for (const reduction of ["mean", "sum"]) {
      const other = `options.upstream: expected a number with reduction "${reduction}", got an array of 1`;
      expectRefusal(() => call({ upstream: [1], reduction }), TypeError, other);
    }
  });

  it("gradOut over anything but the whole input", () => {
    const message = (read: string): string => `options.gradOut: expected memory of its own, got an array that overlaps ${read}`;
    const whole = new Float32Array(12);
    const input = whole.subarray(0, 6);
    input.set(good());
    expectRefusal(() => call({ gradOut: whole.subarray(1, 7) }, input), RangeError, message(argument));
    expect(call({ gradOut: whole.subarray(6) }, input)).toHaveProperty("grad");
    const aims = good();
    const overTargets = () =>
      elementCalls[loss].gradient(good() as Anything, aims as Anything, { shape: [2, 3], gradOut: aims } as Anything);
    expectRefusal(overTargets, RangeError, message(targets));
    const memory = new Float32Array(6);
    const upstream = memory.subarray(0, outLength);
    expectRefusal(() => call({ upstream, gradOut: memory }), RangeError, message("options.upstream"));
    const out = memory.subarray(0, outLength);
    expectRefusal(() => call({ out, gradOut: memory }), RangeError, message("options.out"));
    const outOver = "options.out: expected memory of its own, got an array that overlaps options.upstream";
    expectRefusal(() => call({ out, upstream: out }), RangeError, outOver);
    expect([aims, memory]).toEqual([good(), new Float32Array(6)]);
  });

  it("the value's own checks come first", () => {
    const message = `${argument}: expected 8 elements for the shape [2, 4], got 6`;
    expectRefusal((gradOut) => gradient(good(), { shape: [2, 4], gradOut }), RangeError, message, 6);
  });
});
