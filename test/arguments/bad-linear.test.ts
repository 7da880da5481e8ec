/** Linear cross-entropy refuses what it cannot take and writes nothing. */
import { describe, expect, it } from "vitest";
import * as deterministic from "../../src/deterministic.js";
import * as plain from "../../src/index.js";
import { goodArguments, gradientRefusals, layerRefusals, lossRefusals, type Refusal } from "./linear-refusals.js";
import { expectRefusal } from "./refusal.js";

type Anything = never;
type Arguments = readonly [Anything, Anything, Anything];

/** What the gradients' arrays hold before a call that must not write. */
const CANARY = Math.fround(12345.678);

function argumentsOf({ args, options }: Refusal) {
  const good = goodArguments();
  const given = options?.(good) ?? {};
  const all = args?.(good) ?? [good.hidden, good.linearWeight, good.targets];
  return { all: all as Arguments, given };
}

/** With the caller's own arrays: some of the errors are about their memory. */
const engines = [
  { name: "plain functions", functions: plain },
  { name: "deterministic functions", functions: deterministic },
  { name: "a local engine", functions: plain.createLocalEngine() },
];

describe.each(engines)("$name", ({ functions }) => {
  it.each([...layerRefusals, ...lossRefusals])("linearCrossEntropy: $what", (refusal) => {
    const { all, given } = argumentsOf(refusal);
    const { error, message } = refusal;
    expectRefusal(
      (out) => functions.linearCrossEntropy(...all, { reduction: "none", out, ...given } as Anything),
      error,
      message,
    );
  });

  it.each([...layerRefusals, ...lossRefusals, ...gradientRefusals])("its gradients: $what", (refusal) => {
    const { all, given } = argumentsOf(refusal);
    const { error, message } = refusal;
    const gradOut = { hidden: new Float32Array(6), bias: new Float32Array(4) };
    for (const array of Object.values(gradOut)) array.fill(CANARY);
    const isOfOutputs = "gradOut" in given || "wants" in given || "accumulate" in given || gradientRefusals.includes(refusal);
    const options = { ...(isOfOutputs ? {} : { gradOut }), reduction: "none", ...given };
    expectRefusal((out) => functions.linearCrossEntropyValueAndGrad(...all, { ...options, out } as Anything), error, message);
    expect(Object.values(gradOut).every((array) => array.every((x) => x === CANARY))).toBe(true);
  });

  it.each(layerRefusals)("scoreHidden: $what", (refusal) => {
    const { all, given } = argumentsOf(refusal);
    expectRefusal(() => functions.scoreHidden(...all, given as Anything), refusal.error, refusal.message);
  });

  it("an output over an input", () => {
    const { hidden, linearWeight, targets } = goodArguments();
    const [bias, weight, sampleWeight] = [new Float32Array(4), new Float32Array(4), Float32Array.of(1, 1)];
    const scales = Float32Array.of(1, 1, 1, 1);
    const int8 = { data: new Int8Array(12), dims: [4, 3], scales };
    for (const [name, out, w] of [
      ["hidden", hidden.subarray(2, 4), linearWeight],
      ["linearWeight", linearWeight.data.subarray(2, 4), linearWeight],
      ["linearWeight.scales", scales.subarray(1, 3), int8],
      ["options.bias", bias.subarray(2), linearWeight],
      ["options.weight", weight.subarray(2), linearWeight],
      ["options.sampleWeight", sampleWeight, linearWeight],
    ] as const) {
      const options = { bias, weight, sampleWeight, out, reduction: "none" } as const;
      const message = `options.out: expected memory of its own, got an array that overlaps ${name}`;
      expectRefusal(() => functions.linearCrossEntropy(hidden, w, targets, options), RangeError, message);
    }
  });
});
