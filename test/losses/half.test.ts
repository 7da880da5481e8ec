/** 16-bit floats: every function gives the same bits as for the same values in a Float32Array. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalEngine, type FloatTensor, type Functions } from "../../src/index.js";
import type { HalfType } from "../../src/reference/half.js";
import { float16View, halfTypes, numbersOf, wordsOf } from "../support/halves.js";
import { expectSameBits } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { type Layout, layOut, layouts, spread } from "./layouts.js";
import { Random, settings } from "./random.js";

/** The same values twice: as words in some form, and as f32 numbers. */
interface Pair {
  readonly half: FloatTensor;
  readonly plain: Float32Array;
}

const forms = ["words with dims", "words with shape", "words alone", "Float16Array", "Float16Array with dims"] as const;
type Form = (typeof forms)[number];

/** Replaces a form that cannot express the input by one that can: bfloat16 has no array class, dims have no row stride. */
function halfAs(form: Form, words: Uint16Array, type: HalfType, { shape, length, rows, classes }: Layout): FloatTensor {
  const isPadded = length !== rows * classes;
  if (form === "words with dims" && !isPadded) return { data: words, dims: shape, type };
  if (form === "words with shape" && !isPadded) return { data: words, shape, type };
  if (form === "Float16Array" && type === "float16") return float16View(words);
  if (form === "Float16Array with dims" && type === "float16" && !isPadded) return { data: float16View(words), dims: shape };
  return { data: words, type };
}

function pairOf(form: Form, values: Float32Array, type: HalfType, layout: Layout): Pair {
  const words = wordsOf(values, type);
  return { half: halfAs(form, words, type, layout), plain: numbersOf(words, type) };
}

type Value = number | Float32Array | Float64Array;

interface Inputs {
  readonly layout: Layout;
  readonly logits: Pair;
  readonly q: Pair;
  readonly weight: Pair;
  readonly targets: Int32Array;
}

function inputsOf(layout: Layout, type: HalfType, form: Form, seed: number, special: number): Inputs {
  const random = new Random(seed);
  const { rows, classes } = layout;
  const logits = random.normals(rows * classes, 4);
  const specials = [Number.NEGATIVE_INFINITY, 0, -0, 1e-7, -3e-6, 6e4, Number.NaN, Number.POSITIVE_INFINITY, 1e-40];
  for (let i = 0; i < logits.length; i++) {
    if (random.uniform() < special) logits[i] = specials[random.integer(specials.length)];
  }
  return {
    layout,
    logits: pairOf(form, spread(layout, logits), type, layout),
    q: pairOf(form, spread(layout, random.distributions(rows, classes), 0.5), type, layout),
    weight: pairOf(form, random.weights(classes), type, layOut([classes])),
    targets: Int32Array.from(random.classes(rows, classes), (target) => (random.uniform() < 0.2 ? -100 : target)),
  };
}

/** Calls of every function that takes floats, by name; `pick` selects one of each pair. */
function results(f: Functions, inputs: Inputs, pick: (pair: Pair) => FloatTensor): [name: string, value: Value][] {
  const { layout, targets } = inputs;
  const { shape, axis } = layout;
  const [x, q, weight] = [pick(inputs.logits), pick(inputs.q), pick(inputs.weight)];
  const isPadded = layout.length !== layout.rows * layout.classes;
  const as = { shape, axis, ...(isPadded && { rowStride: layout.stride }) };
  const none = { ...as, reduction: "none" } as const;
  const all = { ...none, softcap: 15, temperature: 0.7, zLoss: 1e-3, weight };
  const values: [string, Value][] = [
    ["mean", f.crossEntropy(x, targets, as)],
    ["row losses", f.crossEntropy(x, targets, none)],
    ["all options", f.crossEntropy(x, targets, all)],
    ["label smoothing", f.crossEntropy(x, targets, { ...none, labelSmoothing: 0.1, weight })],
    ["probabilities", f.crossEntropy(x, q, { ...none, weight })],
    ["probabilities, f32 logits", f.crossEntropy(inputs.logits.plain, q, as)],
    ["f32 probabilities", f.crossEntropy(x, inputs.q.plain, { ...as, labelSmoothing: 0.3, softcap: 5 })],
    ["nllLoss", f.nllLoss(x, targets, { ...none, weight })],
    ["nllLoss, mean", f.nllLoss(x, targets, as)],
    ["polyLoss", f.polyLoss(x, targets, none)],
    ["polyLoss of probabilities", f.polyLoss(x, q, as)],
    ...columns(f, inputs, pick),
  ];
  if (isPadded) return values;
  const along = { shape, axis };
  const p = pick(inputs.q);
  return [
    ...values,
    ["softmax", f.softmax(x, along)],
    ["logSoftmax", f.logSoftmax(x, along)],
    ["selectiveLogSoftmax", f.selectiveLogSoftmax(x, [0, layout.classes - 1], { ...as, softcap: 20 })],
    ["logSumExp", f.logSumExp(x, along)],
    ["entropy", f.entropy(p, along)],
    ["crossEntropyBetween", f.crossEntropyBetween(p, q, along)],
    ["klDivergence", f.klDivergence(p, inputs.q.plain, along)],
    ["jsDivergence", f.jsDivergence(inputs.q.plain, p, along)],
  ];
}

/** The functions that return several arrays. */
function columns(f: Functions, inputs: Inputs, pick: (pair: Pair) => FloatTensor): [string, Float32Array | Float64Array][] {
  const { layout, targets } = inputs;
  const { shape, axis, stride, classes } = layout;
  const as = { shape, axis, softcap: 20, ...(layout.inner === 1 && stride > classes && { rowStride: stride }) };
  const { logProbs, entropies, logSumExps, ranks } = f.scoreTokens(pick(inputs.logits), targets, { ...as, shift: 0 });
  const { max, rest } = f.logSumExpPartial(pick(inputs.logits), targets, as);
  return [
    ["scores: logProbs", logProbs],
    ["scores: entropies", entropies],
    ["scores: logSumExps", logSumExps],
    ["scores: ranks", Float32Array.from(ranks)],
    ["partial: max", max],
    ["partial: rest", rest],
  ];
}

function expectAsPlain(functions: Functions, inputs: Inputs, what: string): void {
  const expected = results(functions, inputs, ({ plain }) => plain);
  for (const [i, [name, value]] of results(functions, inputs, ({ half }) => half).entries()) {
    expectSameBits(value, expected[i]?.[1] as Value, `${name} of ${what}`);
  }
}

/** More rows than a tile, rows of several segments, and few or many columns of an outer index that fits no tile. */
const large: [shape: readonly number[], axis: number, stride?: number][] = [
  [[4099, 3], -1],
  [[200, 129], -1],
  [[20, 1000], -1],
  [[3, 4097], -1],
  [[2, 65539], -1],
  [[1, 140001], -1],
  [[700, 30], -1, 33],
  [[50, 30], -1, 1000],
  [[2, 65542], -1, 65552],
  [[2, 129, 40], 1],
  [[3, 64, 190], 1],
  [[1, 9, 4100], 1],
  [[7, 6000], 0],
  [[900, 40], 0],
  [[2, 2200, 3, 5], 1],
  [[65542, 2], 0],
];

describe.each(halfTypes)("%s", (type) => {
  const largeInputs = new Map(
    large.map(([shape, axis, stride]) => {
      return [shape, inputsOf(layOut(shape, axis, stride), type, "words alone", 7, 0.001)];
    }),
  );

  eachBackend("the same bits as of a Float32Array", (functions) => {
    it("any layout and form, with special values", () => {
      const plans = fc.record({
        layout: layouts,
        seed: fc.nat(1e6),
        form: fc.constantFrom(...forms),
        special: fc.constantFrom(0, 0, 0.01, 0.3),
      });
      const property = fc.property(plans, ({ layout, seed, form, special }) => {
        expectAsPlain(functions, inputsOf(layout, type, form, seed, special), form);
      });
      fc.assert(property, settings(30));
    });

    it.each(large)("%j, axis %i, row stride %s", (shape) => {
      expectAsPlain(functions, largeInputs.get(shape) as Inputs, "many elements");
    });

    it("empty inputs", () => {
      const empty = { data: new Uint16Array(0), dims: [0, 3], type };
      expect(functions.crossEntropy(empty, [], { reduction: "none" })).toEqual(new Float32Array(0));
      expect(functions.crossEntropy(empty, [], { emptyMean: 5 })).toBe(5);
      expect(functions.softmax(empty)).toEqual(new Float32Array(0));
    });
  });

  it("words at any offset in an engine's memory, beside other words", () => {
    const engine = createLocalEngine({ deterministic: true });
    for (const [shape, inputs] of largeInputs) {
      const { data } = inputs.logits.half as { data: Uint16Array };
      const whole = engine.allocate(type, data.length + 9);
      const expected = results(engine, inputs, ({ plain }) => plain);
      for (const at of [1, 6]) {
        whole.fill(0x7fff);
        const inside = whole.subarray(at, at + data.length);
        inside.set(data);
        const logits = { ...inputs.logits, half: { data: inside, type } };
        for (const [i, [name, value]] of results(engine, { ...inputs, logits }, ({ half }) => half).entries()) {
          expectSameBits(value, expected[i]?.[1] as Value, `${name} of [${shape}], ${at} words in`);
        }
        expect(Array.from(whole.subarray(0, at), Number)).toEqual(new Array(at).fill(0x7fff));
        expectSameBits(inside, data, "the words themselves");
      }
      engine.free(whole);
    }
  });

  it("words at odd offsets and in shared memory", () => {
    const engine = createLocalEngine();
    const inputs = inputsOf(layOut([70, 130]), type, "words alone", 4, 0.01);
    const { data } = inputs.logits.half as { data: Uint16Array };
    for (const buffer of [new ArrayBuffer(2 * data.length + 16), new SharedArrayBuffer(2 * data.length + 16)]) {
      for (const at of [0, 2, 6]) {
        const words = new Uint16Array(buffer, at, data.length);
        words.set(data);
        expectAsPlain(engine, { ...inputs, logits: { ...inputs.logits, half: { data: words, type } } }, `${at} bytes in`);
      }
    }
  });
});

eachBackend("16-bit floats", (functions) => {
  it("a mean beyond 65504, which a float16 result could not hold", () => {
    for (const [type, word, value] of [
      ["float16", 0x7b53, 60000],
      ["bfloat16", 0x7f00, 2 ** 127],
    ] as const) {
      const logits = { data: Uint16Array.of(word, 0, word, 0), dims: [2, 2], type };
      expect(functions.crossEntropy(logits, [1, 1])).toBe(value);
      expect(functions.crossEntropy(logits, [1, 1], { reduction: "sum" })).toBe(2 * value);
    }
  });

  it("infinities and NaN", () => {
    for (const [type, one, infinity, nan] of [
      ["float16", 0x3c00, 0x7c00, 0x7e01],
      ["bfloat16", 0x3f80, 0x7f80, 0x7f81],
    ] as const) {
      const rows = Uint16Array.of(one, infinity, one, infinity + 0x8000, one, nan, infinity + 0x8000, infinity + 0x8000);
      const losses = functions.crossEntropy({ data: rows, dims: [4, 2], type }, [0, 0, 0, 0], { reduction: "none" });
      expect(Array.from(losses)).toEqual([Number.NaN, 0, Number.NaN, Number.NaN]);
      const atTarget = functions.crossEntropy({ data: rows.subarray(2, 4), dims: [1, 2], type }, [1]);
      expect(atTarget).toBe(Number.POSITIVE_INFINITY);
      expect(Array.from(functions.softmax({ data: rows.subarray(2, 4), dims: [2], type }))).toEqual([1, 0]);
    }
  });

  it("words without a type are class indices, never logits", () => {
    expect(functions.crossEntropy([2, 1, 0.5, 0.5, 2.5, 1], Uint16Array.of(0, 1))).toBeCloseTo(0.3853622, 6);
    const words = Uint16Array.of(0, 1) as unknown as FloatTensor;
    expect(() => functions.crossEntropy(words, 0)).toThrow(TypeError);
  });
});
