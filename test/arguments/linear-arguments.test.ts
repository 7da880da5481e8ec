/** The readers of linear cross-entropy's arguments: what they refuse, and what they make of what they take. */
import { describe, expect, it } from "vitest";
import { linearArguments, linearReads } from "../../src/arguments/linear-arguments.js";
import { linearGradients } from "../../src/arguments/linear-gradients.js";
import {
  LINEAR_GRADIENT_OPTIONS,
  LINEAR_OPTIONS,
  type LinearCrossEntropyOptions,
  type LinearGradientOptions,
} from "../../src/arguments/linear-options.js";
import { checkOptions } from "../../src/arguments/options.js";
import { classWeight } from "../../src/arguments/outputs.js";
import { hiddenRows } from "../../src/scoring/hidden-rows.js";
import { float16View, wordsOf } from "../support/halves.js";
import { goodArguments, gradientRefusals, layerRefusals, lossRefusals, type Refusal } from "./linear-refusals.js";
import { expectRefusal } from "./refusal.js";

type Anything = never;

/** What a call does before anything is computed. */
function read(args: readonly unknown[], options: object) {
  const given = checkOptions<LinearCrossEntropyOptions, LinearGradientOptions>(options, LINEAR_OPTIONS, LINEAR_GRADIENT_OPTIONS);
  const [hidden, linearWeight, targets] = args as readonly [Anything, Anything, Anything];
  const checked = linearArguments(hidden, linearWeight, targets, given);
  const weight = classWeight(given.weight, checked.weight.classes);
  const gradients = linearGradients(given, checked, linearReads(checked, weight));
  return { ...checked, gradients, labelSmoothing: LINEAR_OPTIONS.labelSmoothing(given.labelSmoothing) };
}

const refusals: readonly Refusal[] = [...layerRefusals, ...lossRefusals, ...gradientRefusals];

describe("what is refused", () => {
  it.each(refusals)("$what", ({ args, options, error, message }) => {
    const good = goodArguments();
    const given = options?.(good) ?? {};
    const all = args?.(good) ?? [good.hidden, good.linearWeight, good.targets];
    expectRefusal(() => read(all, given), error, message);
  });

  it.each(layerRefusals)("of the rows that are scored: $what", ({ args, options, error, message }) => {
    const good = goodArguments();
    const all = args?.(good) ?? [good.hidden, good.linearWeight, good.targets];
    const [hidden, linearWeight, targets] = all as readonly [Anything, Anything, Anything];
    expectRefusal(() => hiddenRows(hidden, linearWeight, targets, options?.(good) ?? {}), error, message);
  });

  it("scores of sequences without a shift", () => {
    const { linearWeight, targets } = goodArguments();
    const hidden = { data: new Float32Array(6), dims: [1, 2, 3] };
    const expected =
      "options.shift: expected shift: 1 if the targets are the model's own input ids, or shift: 0 if they are the next tokens already, got none with logits of 3 axes";
    expectRefusal(() => hiddenRows(hidden, linearWeight, targets, {}), TypeError, expected);
    expect(hiddenRows(hidden, linearWeight, targets, { shift: 1 }).targets).toEqual(Int32Array.of(3, -100));
  });

  it("options of rows of logits", () => {
    const { hidden, linearWeight, targets } = goodArguments();
    for (const name of ["axis", "rowStride", "targetGrad"]) {
      expect(() => read([hidden, linearWeight, targets], { [name]: 1 })).toThrow(`options.${name}: expected one of shape, bias,`);
    }
  });
});

describe("hidden states", () => {
  const { hidden, linearWeight, targets } = goodArguments();

  it.each([
    ["flat", hidden, linearWeight, {}, undefined],
    ["flat, as the weight", hidden, linearWeight.data, {}, undefined],
    ["by dims", { data: hidden, dims: [2, 3] }, linearWeight.data, {}, [2, 4]],
    ["by shape", hidden, linearWeight.data, { shape: [1, 2, 3] }, [1, 2, 4]],
    ["of another library", { data: hidden, shape: [2, 3] }, { data: linearWeight.data, shape: [4, 3] }, {}, [2, 4]],
  ])("%s", (_, h, w, options, shape) => {
    const { hidden: data, rows, weight } = read([h, w, targets], options);
    expect(data).toBe(hidden);
    expect(rows.layout).toEqual({ rows: 2, classes: 4, inner: 1, stride: 4 });
    expect(rows.shape).toEqual(shape);
    expect(rows.rowShape).toEqual(shape?.slice(0, -1));
    expect([weight.classes, weight.width]).toEqual([4, 3]);
  });

  it("are one row without an axis of rows", () => {
    const { rows } = read([{ data: hidden.subarray(0, 3), dims: [3] }, linearWeight, 2], {});
    expect([rows.layout.rows, rows.rowShape]).toEqual([1, []]);
    expect(read([hidden.subarray(0, 3), linearWeight.data, 2], {}).rows.layout).toEqual(rows.layout);
  });

  it("may be no rows", () => {
    expect(read([{ data: new Float32Array(0), dims: [0, 3] }, linearWeight, []], {}).rows.layout.rows).toBe(0);
    expect(read([new Float32Array(0), linearWeight, []], {}).rows.layout.rows).toBe(0);
  });

  it("have 16-bit words and a Float64Array as they are", () => {
    const words = wordsOf(hidden, "bfloat16");
    const half = read([{ data: words, type: "bfloat16" }, linearWeight, targets], {}).hidden;
    expect(half).toEqual({ words, type: "bfloat16", length: 6 });
    const wide = Float64Array.from(hidden);
    expect(read([wide, linearWeight, targets], {}).hidden).toBe(wide);
  });

  it("have a bias in f32, of any floats, or none", () => {
    const bias = Float32Array.of(1, 2, 3, 4);
    const words = { data: wordsOf(bias, "float16"), dims: [4], type: "float16" };
    for (const given of [bias, Array.from(bias), Float64Array.from(bias), words, { data: bias, dims: [1, 4] }]) {
      expect(read([hidden, linearWeight, targets], { bias: given }).bias).toEqual(bias);
    }
    expect(read([hidden, linearWeight, targets], {}).bias).toBeNull();
  });
});

describe("weights", () => {
  const { hidden, targets } = goodArguments();
  const floats = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1);
  const weightOf = (value: unknown, h: unknown = { data: hidden, dims: [2, 3] }) =>
    read([h, value, targets], { wants: ["hidden"] }).weight;
  const size = { classes: 4, width: 3 };

  it("of floats are used as they are, but f64 and numbers in f32", () => {
    expect(weightOf({ data: floats, dims: [4, 3] })).toEqual({ ...size, format: "f32", data: floats });
    expect(weightOf(floats)).toHaveProperty("data", floats);
    expect(weightOf(Float64Array.from(floats))).toEqual({ ...size, format: "f32", data: floats });
    expect(weightOf(Array.from(floats))).toEqual({ ...size, format: "f32", data: floats });
    for (const [type, format] of [
      ["float16", "f16"],
      ["bfloat16", "bf16"],
    ] as const) {
      const data = wordsOf(floats, type);
      expect(weightOf({ data, dims: [4, 3], type })).toEqual({ ...size, format, data });
      expect(weightOf({ data, type })).toEqual({ ...size, format, data });
    }
    const half = float16View(wordsOf(floats, "float16"));
    expect(weightOf(half)).toEqual({ ...size, format: "f16", data: wordsOf(floats, "float16") });
  });

  it("of 8 bits have a scale per row or per block of 32, in f32", () => {
    const data = new Int8Array(4 * 40);
    const wide = { data: new Float32Array(80), dims: [2, 40] };
    const perRow = Float32Array.of(1, 2, 3, 4);
    for (const scales of [perRow, [1, 2, 3, 4], { data: wordsOf(perRow, "float16"), dims: [4, 1], type: "float16" }]) {
      const expected = { classes: 4, width: 40, format: "int8", data, scales: perRow, blockSize: 40 };
      expect(weightOf({ data, dims: [4, 40], scales }, wide)).toEqual(expected);
      expect(weightOf({ data, scales, type: "int8" }, wide)).toEqual(expected);
    }
    const perBlock = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect(weightOf({ data, dims: [4, 40], scales: perBlock }, wide)).toMatchObject({ scales: perBlock, blockSize: 32 });
    expect(weightOf({ data, dims: [4, 40], scales: perRow }, new Float32Array(80)).width).toBe(40);
  });

  it("of 4 bits come as [classes, width] or as MatMulNBits has them", () => {
    const data = new Uint8Array(4 * 2 * 16);
    const wide = { data: new Float32Array(80), dims: [2, 40] };
    const scales = new Float32Array(8);
    const expected = { classes: 4, width: 40, format: "uint4", data, scales, blockSize: 32, zeroPoints: null };
    for (const shape of [{ dims: [4, 40] }, { dims: [4, 2, 16], type: "uint8" }, { dims: [4, 40], type: "uint4" }, {}]) {
      expect(weightOf({ data, scales, ...shape }, wide)).toEqual(expected);
    }
    const zeroPoints = Uint8Array.of(1, 2, 3, 4);
    for (const given of [zeroPoints, { data: zeroPoints, dims: [4, 1] }]) {
      expect(weightOf({ data, scales, zeroPoints: given }, wide)).toEqual({ ...expected, zeroPoints });
    }
    // flat hidden: the dims of blocks do not tell the width, the number of targets does
    expect(weightOf({ data, scales, dims: [4, 2, 16] }, new Float32Array(80)).width).toBe(40);
  });
});

describe("targets", () => {
  const { hidden, linearWeight } = goodArguments();
  const q = Float32Array.of(0.5, 0.5, 0, 0, 0, 0, 1, 0);

  it("are classes, shifted and masked as in crossEntropy", () => {
    const { selected, probabilities } = read([{ data: hidden, dims: [1, 2, 3] }, linearWeight, [0, 3]], { shift: 1 });
    expect([selected.targets, selected.kept, probabilities]).toEqual([Int32Array.of(3, -1), 1, null]);
    expect(read([hidden, linearWeight, [2n, 9n].map(Number)], { mask: [1, 0] }).selected.kept).toBe(1);
  });

  it("are probabilities when they are floats, or one number per logit", () => {
    for (const targets of [q, Array.from(q), { data: q, dims: [2, 4] }]) {
      const { probabilities, probabilityLayout } = read([hidden, linearWeight, targets], {});
      expect(probabilities).toEqual(q);
      expect(probabilityLayout).toEqual({ rows: 2, classes: 4, inner: 1, stride: 4 });
    }
  });

  it("give flat hidden states their sequences", () => {
    const { selected, rows } = read([hidden, linearWeight, { data: q, dims: [2, 1, 4] }], { shift: 1 });
    expect([rows.rowShape, selected.kept]).toEqual([[2, 1], 0]);
    expect(read([hidden, linearWeight, { data: q, dims: [1, 2, 4] }], { shift: 1 }).selected.kept).toBe(1);
  });
});

describe("gradients", () => {
  const { hidden, linearWeight, targets } = goodArguments();
  const gradientsOf = (options: object) => read([hidden, linearWeight, targets], options).gradients;
  const lengths = (options: object) => {
    const { hidden: h, linearWeight: w, bias: b } = gradientsOf(options);
    return [h, w, b].map((array) => array?.length ?? null);
  };

  it("are those that are wanted, or that arrays are given for, or all", () => {
    expect(lengths({})).toEqual([6, 12, 4]);
    expect(lengths({ wants: ["linearWeight", "bias"] })).toEqual([null, 12, 4]);
    const gradOut = { linearWeight: new Float32Array(12), hidden: undefined };
    expect(lengths({ gradOut })).toEqual([null, 12, null]);
    expect(gradientsOf({ gradOut }).linearWeight).toBe(gradOut.linearWeight);
    const both = gradientsOf({ gradOut, wants: ["hidden", "linearWeight"], accumulate: true, maxBytes: 5 });
    expect(both).toEqual({
      hidden: new Float32Array(6),
      linearWeight: gradOut.linearWeight,
      bias: null,
      accumulate: true,
      maxBytes: 5,
    });
    expect(gradientsOf({})).toMatchObject({ accumulate: false, maxBytes: 0 });
  });

  it("of a weight of integers are not wanted", () => {
    const int8 = { data: new Int8Array(12), dims: [4, 3], scales: [1, 1, 1, 1] };
    const { gradients } = read([hidden, int8, targets], { wants: ["hidden", "bias"] });
    expect([gradients.hidden?.length, gradients.linearWeight, gradients.bias?.length]).toEqual([6, null, 4]);
  });

  it("lie apart from all that is read", () => {
    const q = new Float32Array(8);
    const [bias, weight, sampleWeight] = [new Float32Array(4), new Float32Array(4), Float32Array.of(1, 1)];
    const args = [hidden, linearWeight, q] as const;
    const names: string[] = [];
    for (const array of [bias, weight, q]) {
      const gradOut = { bias: array.subarray(0, 4) };
      try {
        read(args, { bias, weight, sampleWeight, gradOut });
      } catch (error) {
        names.push(/overlaps (.*)$/.exec(String(error))?.[1] ?? "");
      }
    }
    expect(names).toEqual(["options.bias", "options.weight", "targets"]);
  });
});
