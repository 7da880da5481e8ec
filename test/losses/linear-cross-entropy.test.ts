/** Linear cross-entropy on every backend: against the f64 reference at every edge of tiles, segments and panels, and to the bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalEngine, type LinearCrossEntropyOptions, type Reduction } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { remembered } from "../support/remembered.js";
import { expectSameBits, expectWithin } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { Random, settings } from "./random.js";

type Options = LinearCrossEntropyOptions<Reduction>;

const exact = remembered();

interface Case {
  readonly rows: number;
  readonly width: number;
  readonly classes: number;
  readonly seed: number;
}

/** Around the tiles of rows (2, 4, 6) and the blocks (128); strips (8) and chunks (1024); tiles, panels (96) and segments (480). */
const cases: fc.Arbitrary<Case> = fc
  .record({
    rows: fc.constantFrom(1, 2, 3, 5, 6, 7, 9, 127, 128, 129, 257),
    width: fc.constantFrom(1, 2, 7, 8, 9, 16, 33, 1023, 1024, 1025),
    classes: fc.constantFrom(1, 2, 5, 6, 7, 95, 96, 97, 128, 129, 479, 480, 481, 485, 577, 609, 960, 961, 1500),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .filter(({ rows, width, classes }) => rows * width * classes <= 2e6);

/** One option or several; per class and per row arrays are made from the case's seed. */
const optionNames = fc.record({
  reduction: fc.constantFrom<Reduction>("mean", "sum", "none"),
  probabilities: fc.constantFrom(false, false, true),
  hasBias: fc.boolean(),
  hasWeight: fc.constantFrom(false, false, true),
  ignores: fc.boolean(),
  selects: fc.constantFrom(false, false, true),
  labelSmoothing: fc.constantFrom(0, 0, 0.1, 1),
  softcap: fc.constantFrom(0, 0, 5),
  temperature: fc.constantFrom(1, 1, 0.5),
  zLoss: fc.constantFrom(0, 0, 0.01),
  hasUpstream: fc.boolean(),
});

type Names = typeof optionNames extends fc.Arbitrary<infer T> ? T : never;

function callOf({ rows, width, classes, seed }: Case, names: Names) {
  const random = new Random(seed);
  const hidden = { data: random.normals(rows * width), dims: [rows, width] };
  const linearWeight = random.normals(classes * width, 1.5 / Math.sqrt(width));
  const ofClasses = random.classes(rows, classes);
  if (names.ignores && !names.probabilities) for (let r = 0; r < rows; r += 3) ofClasses[r] = -100;
  const q = { data: random.distributions(rows, classes), dims: [rows, classes] };
  const options: Options = {
    reduction: names.reduction,
    emptyMean: 0,
    ...(names.hasBias && { bias: random.normals(classes) }),
    ...(names.hasWeight && { weight: random.weights(classes) }),
    ...(names.selects && {
      shift: 1,
      mask: Array.from({ length: rows }, (_, r) => r % 4 !== 2),
      sampleWeight: random.weights(rows),
    }),
    ...(names.labelSmoothing > 0 && { labelSmoothing: names.labelSmoothing }),
    ...(names.softcap > 0 && { softcap: names.softcap }),
    ...(names.temperature !== 1 && { temperature: names.temperature }),
    ...(names.zLoss > 0 && { zLoss: names.zLoss }),
  };
  const upstream = names.reduction === "none" ? random.normals(rows) : -0.5;
  return {
    hidden,
    linearWeight,
    targets: names.probabilities ? q : ofClasses,
    options,
    gradientOptions: names.hasUpstream ? { ...options, upstream } : options,
  };
}

const greatest = (values: ArrayLike<number>): number => Array.from(values).reduce((most, x) => Math.max(most, Math.abs(x)), 0);

eachBackend("linearCrossEntropy", (functions) => {
  it("is the reference's, with every option", () => {
    fc.assert(
      fc.property(cases, optionNames, (size, names) => {
        const { hidden, linearWeight, targets, options, gradientOptions } = callOf(size, names);
        const wanted = exact([size, names], () =>
          reference.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, gradientOptions),
        );
        const allowed = (index: number): number => {
          const loss = (typeof wanted.value === "number" ? [wanted.value] : wanted.value)[index] as number;
          const perRow = 2e-6 * Math.max(1, Math.abs(loss)) + (names.softcap > 0 ? 5e-6 : 0);
          return names.reduction === "sum" ? perRow * size.rows : perRow;
        };
        const value = functions.linearCrossEntropy(hidden, linearWeight, targets, options);
        expectWithin(value, wanted.value, allowed, "value");
        const both = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, gradientOptions);
        expectSameBits(both.value, value, "value beside the gradients");
        const kept = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, {
          ...gradientOptions,
          maxBytes: 1e8,
        });
        const { grad: alone } = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, {
          ...gradientOptions,
          wants: ["hidden"],
        });
        expect(Object.keys(alone)).toEqual(["hidden"]);
        for (const name of ["hidden", "linearWeight", "bias"] as const) {
          const most = greatest(wanted.grad[name]);
          const scale = names.softcap > 0 ? 1e-5 : 2e-6;
          // sums over few terms that nearly cancel are as exact as the gradients of the logits
          const ofLogits = 2e-6 * greatest(name === "bias" ? [1] : name === "hidden" ? linearWeight : hidden.data);
          const factor = names.reduction === "mean" ? 1 / Math.max(1, size.rows) : 2;
          const bound = scale * most + ofLogits * factor * (names.hasWeight || names.selects ? 4 : 1);
          expectWithin(both.grad[name], wanted.grad[name], () => bound, name);
          expectSameBits(kept.grad[name], both.grad[name], `${name} with the logits kept`);
          if (name === "hidden") expectWithin(alone.hidden, wanted.grad.hidden, () => bound, "hidden alone");
        }
      }),
      settings(40),
    );
  });

  it("does not read rows that do not count, and gives them a gradient of 0", () => {
    const random = new Random(7);
    const [rows, width, classes] = [140, 9, 500];
    const data = random.normals(rows * width);
    const linearWeight = random.normals(classes * width);
    const targets = random.classes(rows, classes);
    for (let r = 0; r < rows; r++) if (r % 5 < 2) targets[r] = -100;
    const poisoned = data.map((x, i) => ((targets[Math.floor(i / width)] as number) < 0 ? Number.NaN : x));
    const call = (hidden: Float32Array) =>
      functions.linearCrossEntropyValueAndGrad({ data: hidden, dims: [rows, width] }, linearWeight, targets, {
        reduction: "none",
      });
    const [clean, other] = [call(data), call(poisoned)];
    expectSameBits(other.value, clean.value, "losses");
    for (const name of ["hidden", "linearWeight", "bias"] as const) expectSameBits(other.grad[name], clean.grad[name], name);
    const ofIgnored = clean.grad.hidden.filter((_, i) => (targets[Math.floor(i / width)] as number) < 0);
    expectSameBits(ofIgnored, new Float32Array(ofIgnored.length), "ignored rows");
    expect(Array.from(clean.value).filter((loss) => loss === 0)).toHaveLength(rows * 0.4);
  });

  it("gives a row the same bits alone as in a batch", () => {
    const random = new Random(3);
    const [rows, width, classes] = [131, 40, 1000];
    const hidden = random.normals(rows * width);
    const linearWeight = random.normals(classes * width, 0.2);
    const targets = random.classes(rows, classes);
    for (const wants of [["hidden"], ["hidden", "linearWeight"]] as const) {
      const options = { reduction: "none", wants } as const;
      const all = functions.linearCrossEntropyValueAndGrad({ data: hidden, dims: [rows, width] }, linearWeight, targets, options);
      for (const row of [0, 1, 64, 130]) {
        const own = hidden.slice(row * width, (row + 1) * width);
        const one = functions.linearCrossEntropyValueAndGrad(
          { data: own, dims: [1, width] },
          linearWeight,
          [targets[row] as number],
          options,
        );
        expectSameBits(one.value, [all.value[row] as number], `loss of row ${row}`);
        expectSameBits(one.grad.hidden, all.grad.hidden.subarray(row * width, (row + 1) * width), `gradient of row ${row}`);
      }
    }
  });

  it("adds gradients to what is there, or replaces it", () => {
    const random = new Random(4);
    const [rows, width, classes] = [6, 10, 130];
    const hidden = { data: random.normals(rows * width), dims: [rows, width] };
    const linearWeight = random.normals(classes * width);
    const targets = [3, -100, 129, 0, 7, 96];
    const { grad } = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets);
    for (const wants of [["hidden", "linearWeight", "bias"], ["hidden"]] as const) {
      for (const accumulate of [false, true]) {
        const all = {
          hidden: random.normals(rows * width),
          linearWeight: random.normals(classes * width),
          bias: random.normals(classes),
        };
        const gradOut = Object.fromEntries(wants.map((name) => [name, all[name]])) as { hidden: Float32Array };
        const before = Object.fromEntries(wants.map((name) => [name, all[name].slice()]));
        const result = functions.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { gradOut, accumulate });
        for (const name of wants) {
          expect((result.grad as typeof all)[name]).toBe(all[name]);
          const own = before[name] as Float32Array;
          const expected = grad[name].map((g, i) => g + (accumulate ? (own[i] as number) : 0));
          expectWithin(all[name], expected, () => 1e-6, `${name}, accumulate ${accumulate}`);
        }
      }
    }
  });

  it("takes weights of 16-bit floats and of integers as the floats that they stand for", () => {
    const random = new Random(5);
    for (const [rows, width, classes] of [
      [3, 40, 100],
      [130, 33, 500],
      [2, 64, 97],
    ] as const) {
      const hidden = { data: random.normals(rows * width), dims: [rows, width] };
      const targets = random.classes(rows, classes);
      const words = Uint16Array.from(
        { length: classes * width },
        () => 0x3000 + random.integer(0x800) + 0x8000 * random.integer(2),
      );
      const blocks = Math.ceil(width / 32);
      const bytes = Uint8Array.from({ length: classes * blocks * 16 }, () => random.integer(256));
      const weights = [
        { data: words, dims: [classes, width], type: "float16" },
        { data: words, dims: [classes, width], type: "bfloat16" },
        {
          data: Int8Array.from({ length: classes * width }, () => random.integer(256) - 128),
          scales: random.normals(classes, 0.01),
        },
        {
          data: Int8Array.from({ length: classes * width }, () => random.integer(256) - 128),
          scales: random.normals(classes * blocks, 0.01),
        },
        { data: bytes, scales: random.normals(classes * blocks, 0.1) },
        {
          data: bytes,
          scales: random.normals(classes * blocks, 0.1),
          zeroPoints: Uint8Array.from({ length: classes * Math.ceil(blocks / 2) }, () => random.integer(256)),
        },
      ] as const;
      for (const [i, weight] of weights.entries()) {
        const options = { reduction: "none", wants: ["hidden"] } as const;
        const got = functions.linearCrossEntropyValueAndGrad(hidden, weight, targets, options);
        const wanted = exact([rows, i], () =>
          reference.linearCrossEntropyValueAndGrad(hidden, weight, targets, { reduction: "none" }),
        );
        expectWithin(got.value, wanted.value, (at) => 2e-6 * Math.max(1, wanted.value[at] as number), `loss of weight ${i}`);
        const most = greatest(wanted.grad.hidden);
        expectWithin(got.grad.hidden, wanted.grad.hidden, () => 1e-6 * Math.max(1, most), `gradient of weight ${i}`);
      }
    }
  });
});

describe("linearCrossEntropy", () => {
  it("gives weights and gradients in an engine's memory the bits of JavaScript's", () => {
    const random = new Random(6);
    for (const [rows, width, classes] of [
      [130, 16, 500],
      [5, 24, 97],
    ] as const) {
      using engine = createLocalEngine();
      const inEngine = (values: Float32Array): Float32Array => {
        const array = engine.allocate("float32", values.length);
        array.set(values);
        return array;
      };
      const hidden = random.normals(rows * width);
      const linearWeight = random.normals(classes * width);
      const targets = random.classes(rows, classes);
      const call = (place: (values: Float32Array) => Float32Array) => {
        const gradOut = {
          hidden: place(new Float32Array(hidden.length).fill(7)),
          linearWeight: place(new Float32Array(linearWeight.length).fill(7)),
        };
        const shape = [rows, width];
        return engine.linearCrossEntropyValueAndGrad(place(hidden), place(linearWeight), targets, { shape, gradOut });
      };
      const [inside, outside] = [call(inEngine), call((values) => values)];
      expect(inside.value).toBe(outside.value);
      expectSameBits(inside.grad.hidden, outside.grad.hidden, "hidden");
      expectSameBits(inside.grad.linearWeight, outside.grad.linearWeight, "linearWeight");
    }
  });

  it("is within 2e-6 of a row's loss and 2e-7 of the hidden gradient's greatest entry, for N(0, 1) data", () => {
    const random = new Random(8);
    const [rows, width, classes] = [4, 768, 4000];
    const hidden = random.normals(rows * width);
    const linearWeight = random.normals(classes * width, 1 / Math.sqrt(width));
    const targets = random.classes(rows, classes);
    const shape = [rows, width];
    const wanted = reference.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { shape, reduction: "none" });
    using engine = createLocalEngine();
    for (const wants of [["hidden"], ["hidden", "bias"]] as const) {
      const got = engine.linearCrossEntropyValueAndGrad(hidden, linearWeight, targets, { shape, reduction: "none", wants });
      expectWithin(got.value, wanted.value, (at) => 2e-6 * Math.max(1, wanted.value[at] as number), "loss");
      const most = greatest(wanted.grad.hidden);
      expectWithin(got.grad.hidden, wanted.grad.hidden, () => 2e-7 * most, "hidden");
    }
  });
});
