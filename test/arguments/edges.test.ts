/** The last values that are allowed, and the remedies that are given only where they are right. */
import { describe, expect, it } from "vitest";
import * as functions from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { detached } from "./refusal.js";
import { GOOD, good } from "./subjects.js";

type Anything = never;
type Call = (...args: readonly unknown[]) => unknown;

const ours = functions as unknown as Readonly<Record<string, Call>>;
const theirs = reference as unknown as Readonly<Record<string, Call>>;

const targets = [0, 1];
const classes = { shape: [2, 3] };
const cases: readonly (readonly [name: string, second: unknown, options: Readonly<Record<string, number>>])[] = [
  ...[0, 1].map((labelSmoothing) => ["crossEntropy", targets, { labelSmoothing }] as const),
  ...[1e-30, 1e30].flatMap((edge) => [
    ["crossEntropy", targets, { softcap: edge }] as const,
    ["crossEntropy", targets, { temperature: edge }] as const,
  ]),
  ...[0, 1e300].map((zLoss) => ["crossEntropy", targets, { zLoss }] as const),
  ...[-1, 0, 1].map((alpha) => ["sigmoidFocalLoss", [1, 0, 1, 0, 0, 1], { alpha }] as const),
  ["sigmoidFocalLoss", [1, 0, 1, 0, 0, 1], { gamma: 0 }],
  ...[0, 1].map((beta) => ["jsDivLoss", GOOD.map(Math.log), { beta }] as const),
  ...[-1e300, 1e300].map((epsilon) => ["polyLoss", targets, { epsilon }] as const),
];

describe("the ends of a range are allowed", () => {
  it.each(cases)("%s(_, %j, %j)", (name, second, options) => {
    const input = name === "jsDivLoss" ? good().map(Math.log) : good();
    const got = ours[name]?.(input, second, { ...classes, ...options }) as number;
    const expected = theirs[name]?.(input, second, { ...classes, ...options }) as number;
    expect(Number.isFinite(got)).toBe(Number.isFinite(expected));
    if (Number.isFinite(expected)) expect(Math.abs(got - expected)).toBeLessThanOrEqual(1e-5 * Math.abs(expected) + 1e-7);
  });

  it.each([-Infinity, -1, 0, Infinity, Number.NaN])("emptyMean: %d", (emptyMean) => {
    expect(functions.crossEntropy(good(), [-100, -100], { emptyMean })).toBe(emptyMean);
  });

  it.each([-(2 ** 53 - 1), -(2 ** 31), 2 ** 31, 2 ** 53 - 1])("ignoreIndex: %d", (ignoreIndex) => {
    expect(functions.crossEntropy(good(), [0, ignoreIndex], { ignoreIndex })).toBe(functions.crossEntropy(good().slice(0, 3), 0));
  });
});

describe("an ignoreIndex that is the first or the last class", () => {
  it.each([0, 2])("%i", (ignoreIndex) => {
    const other = 1;
    const kept = functions.crossEntropy(good().slice(0, 3), other);
    for (const list of [
      Int32Array.of(other, ignoreIndex),
      Uint8Array.of(other, ignoreIndex),
      BigInt64Array.of(BigInt(other), BigInt(ignoreIndex)),
      [other, ignoreIndex],
    ]) {
      expect(functions.crossEntropy(good(), list, { ignoreIndex })).toBe(kept);
      // a row that a mask leaves out may have any target
      expect(
        functions.crossEntropy(good(), list.with(1, (typeof list[1] === "bigint" ? 77n : 77) as Anything), {
          ignoreIndex,
          mask: [1, 0],
        }),
      ).toBe(kept);
    }
  });
});

describe("64-bit targets whose low words are classes", () => {
  it.each([2n ** 32n, 2n ** 32n + 1n, -(2n ** 32n), 2n ** 63n - 1n, -(2n ** 63n)])("%d is no class", (target) => {
    const remedy = target === -(2n ** 32n) ? " (for padding pass ignoreIndex: -4294967296)" : "";
    expect(() => functions.crossEntropy(good(), BigInt64Array.of(0n, target))).toThrow(
      new RangeError(`targets[1]: expected 0..2 or ignoreIndex (-100), got ${target}n${remedy}`),
    );
  });
});

describe("what only some rows or parts have", () => {
  it("a partial has all of its targets' arrays or none", () => {
    const partial = functions.logSumExpPartial(good(), targets, classes);
    for (const missing of [
      ["targetLogit"],
      ["hasTarget"],
      ["targets", "hasTarget"],
      ["targets", "targetLogit"],
      ["targetLogit", "hasTarget"],
    ]) {
      const broken = { ...partial, ...Object.fromEntries(missing.map((name) => [name, null])) };
      expect(() => functions.mergePartials([broken as Anything])).toThrow(TypeError);
    }
  });

  it("a target's logit counts where the shard has the target, and nowhere else", () => {
    const partial = functions.logSumExpPartial(good(), [0, 7], classes);
    expect(Array.from(partial.hasTarget ?? [])).toEqual([1, 0]);
    const wild = { ...partial, targetLogit: Float64Array.of(partial.targetLogit?.[0] ?? 0, Infinity) };
    expect(functions.mergePartials([wild as Anything]).max).toEqual(partial.max);
    wild.targetLogit[1] = Number.NaN;
    expect(functions.mergePartials([wild as Anything]).max).toEqual(partial.max);
  });

  it("a mask or weights whose buffer was transferred, a weight that is not finite in the first row", () => {
    for (const mask of [Uint8Array, Int32Array, BigInt64Array]) {
      expect(() => functions.crossEntropy(good(), targets, { mask: detached(new mask(2) as Uint8Array<ArrayBuffer>) })).toThrow(
        /^options.mask: /,
      );
    }
    for (const wrong of [Number.NaN, Infinity, -Infinity]) {
      expect(() => functions.crossEntropy(good(), targets, { sampleWeight: [wrong, 1] })).toThrow(
        new RangeError(`options.sampleWeight[0]: expected a finite number, got ${wrong}`),
      );
    }
  });

  it("rows apart, none of them", () => {
    const none = functions.crossEntropy([], [], { shape: [0, 3], rowStride: 5, reduction: "none" });
    expect(none).toHaveLength(0);
    expect(() => functions.crossEntropy([1, 2, 3], [], { shape: [0, 3], rowStride: 5 })).toThrow(RangeError);
  });
});

describe("classes of selectiveLogSoftmax", () => {
  it("one class as a number or a bigint, beside a list of one", () => {
    const [number, bigint, list] = [2, 2n, [2]].map((of) => functions.selectiveLogSoftmax(good(), of as Anything, classes));
    expect([number, bigint]).toEqual([list, list]);
    expect(list).toEqual(functions.selectiveLogSoftmax(good(), [2, 2], { ...classes, classesShape: [2] }));
  });
});

describe("outputs beside their input", () => {
  const buffers: readonly [string, new (bytes: number) => ArrayBufferLike][] = [
    ["unshared", ArrayBuffer],
    ["shared", SharedArrayBuffer],
  ];

  it.each(buffers)("directly before and behind it, in %s memory", (_, Memory) => {
    for (const [inputAt, outAt] of [
      [0, 6],
      [6, 0],
      [0, 7],
      [7, 0],
    ] as const) {
      const whole = new Float32Array(new Memory(13 * 4) as ArrayBuffer);
      const input = whole.subarray(inputAt, inputAt + 6);
      input.set(good());
      const out = whole.subarray(outAt, outAt + 6);
      expect(functions.softmax(input, { ...classes, out })).toBe(out);
      expect(Array.from(out)).toEqual(Array.from(functions.softmax(good(), classes)));
      expect(Array.from(input)).toEqual(Array.from(good()));
    }
  });

  it.each(buffers)("one element into it, in %s memory", (_, Memory) => {
    for (const [inputAt, outAt] of [
      [0, 5],
      [5, 0],
      [0, 1],
      [1, 0],
    ] as const) {
      const whole = new Float32Array(new Memory(12 * 4) as ArrayBuffer);
      const input = whole.subarray(inputAt, inputAt + 6);
      input.set(good());
      expect(() => functions.softmax(input, { ...classes, out: whole.subarray(outAt, outAt + 6) })).toThrow(
        new RangeError("options.out: expected memory of its own, got an array that overlaps logits"),
      );
      expect(Array.from(input)).toEqual(Array.from(good()));
    }
  });

  it.each(buffers)("without elements, within it, in %s memory", (_, Memory) => {
    const whole = new Float32Array(new Memory(12 * 4) as ArrayBuffer);
    const out = whole.subarray(3, 3);
    expect(functions.crossEntropy(whole.subarray(0, 0), [], { reduction: "none", out })).toBe(out);
    expect(functions.softmax(whole.subarray(0, 6), { shape: [2, 3] })).toHaveLength(6);
  });
});

describe("remedies that would be wrong are not given", () => {
  /** What an error says in brackets. */
  function remedyOf(call: () => unknown): string | undefined {
    try {
      call();
    } catch (error) {
      return / \(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(
        (error as Error).message.replace("ignoreIndex (-100)", "ignoreIndex"),
      )?.[1];
    }
    return expect.fail("expected an error");
  }

  const shift = "for a target less than rows pass the model's input ids with shift: 1";
  const oneHot = "one-hot rows are probabilities: put them in a Float32Array";
  const axis = "for classes on axis 1 pass axis: 1";

  it.each([
    [12, 3, undefined], // fits
    [12, 5, shift],
    [18, 5, shift],
    [13, 5, undefined],
    [0, 5, undefined],
    [14, 5, undefined],
  ])("%i flat logits, %i targets", (length, count, remedy) => {
    const call = () => functions.crossEntropy(new Float32Array(length), new Int32Array(count));
    if (length % count === 0 && length > 0) expect(call()).toBeCloseTo(Math.log(length / count));
    else expect(remedyOf(call)).toBe(remedy);
  });

  it.each([
    [[1, 0, 0, 0, 1, 0], oneHot],
    [[1, 0, 0, 0, 2, 0], undefined],
    [[1, 0, 0, 0, 1], undefined],
    [[0, 0, 0, 0, 0, 0, 1], undefined],
    [[1], shift],
    [[], undefined],
  ])("%j for two rows of three", (list, remedy) => {
    expect(remedyOf(() => functions.crossEntropy(good(), Int32Array.from(list), classes))).toBe(remedy);
  });

  it.each([
    [[2, 3, 4], [2, 4], axis],
    [[2, 3, 4], [8], axis],
    [[2, 3, 4], [4, 2], undefined],
    [[2, 3, 4], [2, 3, 1], undefined],
    [[2, 3, 4, 5], [2, 4, 5], axis],
    [[2, 3], [3], undefined],
    [[2, 3], [2, 1, 1], undefined],
    [[6], [2], undefined],
  ])("logits of %j, targets of %j", (shape, dims, remedy) => {
    const size = (of: readonly number[]) => of.reduce((product, length) => product * length, 1);
    const data = new Int32Array(size(dims));
    const list = dims.length === 1 ? data : { data, dims };
    const call = () => functions.crossEntropy(new Float32Array(size(shape)), list, { shape });
    expect(remedyOf(call)).toBe(remedy);
  });

  it.each([
    [3, "classes count from 0"],
    [4, undefined],
    [255, "for padding pass ignoreIndex: 255"],
    [254, undefined],
    [-1, "for padding pass ignoreIndex: -1"],
    [0.5, "probabilities go in a Float32Array"],
    [1.5, undefined],
    [-0.5, undefined],
    [-(2 ** 53), undefined],
  ])("the target %d", (target, remedy) => {
    expect(remedyOf(() => functions.crossEntropy(good(), [0, target]))).toBe(remedy);
  });

  it("lists in lists, to eight deep", () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const flat = (depth: number) =>
      `flatten: logits.flat(), one list of numbers, with shape: [${Array.from({ length: depth }, () => 1).join(", ")}]`;
    for (const depth of [2, 3, 8, 9])
      expect(remedyOf(() => functions.crossEntropy(nested(depth) as Anything, 0))).toBe(flat(depth));
  });

  it.each([
    ["axi", "did you mean axis?"],
    ["tax", undefined],
    ["myAxisName", "did you mean axis?"],
    ["a", undefined],
    ["", undefined],
    ["shout", undefined],
    ["rout", "did you mean out?"],
    ["outs", "did you mean out?"],
    [`${"x".repeat(36)}axis`, "did you mean axis?"],
    [`${"x".repeat(40)}axis`, undefined],
  ])("the option %s", (name, remedy) => {
    expect(remedyOf(() => functions.softmax(good(), { [name]: 1 }))).toBe(remedy);
  });
});
