/** Identities between calls that hold for all inputs: batches, added constants, permuted classes, options without effect. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { CrossEntropyOptions, Reduction } from "../../src/index.js";
import { expectSameBits, expectWithin, rowBound } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { Random, settings } from "./random.js";

const plans = fc.record({
  seed: fc.nat(1e6),
  rows: fc.integer({ min: 1, max: 9 }),
  classes: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(64, 65, 129, 513, 1025, 4097)),
});
type Plan = typeof plans extends fc.Arbitrary<infer Value> ? Value : never;

/** Multiples of 1/4, so that adding an integer and doubling are exact in f32. */
function dataOf({ seed, rows, classes }: Plan) {
  const random = new Random(seed);
  const logits = random.normals(rows * classes, 3).map((value) => Math.round(value * 4) / 4);
  return { random, logits, targets: random.classes(rows, classes) };
}

const NONE = { reduction: "none" } as const;

eachBackend("identities", (functions) => {
  function holds(runs: number, check: (plan: Plan, data: ReturnType<typeof dataOf>) => void): void {
    const property = fc.property(plans, (plan) => check(plan, dataOf(plan)));
    fc.assert(property, settings(runs));
  }

  it("a batch (2, 3, 5) with (2, 3) targets is (6, 5) with (6)", () => {
    const random = new Random(1);
    const logits = random.normals(30, 3);
    const targets = Int32Array.of(0, 4, 2, 1, -100, 3);
    const weight = random.weights(5);
    for (const options of [{}, { weight }, { labelSmoothing: 0.1 }, { softcap: 5, zLoss: 0.1, weight }]) {
      for (const reduction of ["mean", "sum", "none"] as const) {
        const call = { ...options, reduction };
        const flat = functions.crossEntropy(logits, targets, call);
        const batches = [
          functions.crossEntropy(logits, targets, { ...call, shape: [2, 3, 5] }),
          functions.crossEntropy(logits, targets, { ...call, shape: [6, 5] }),
          functions.crossEntropy({ data: logits, dims: [2, 3, 5] }, targets, call),
          functions.crossEntropy({ data: logits, dims: [2, 3, 5] }, { data: targets, dims: [2, 3] }, call),
          functions.crossEntropy(logits, { data: targets, shape: [2, 3] }, { ...call, shape: [2, 3, 5] }),
        ];
        for (const [i, value] of batches.entries()) expectSameBits(value, flat, `batch ${i}, ${reduction}`);
      }
    }
  });

  it("flat logits with targets of dims (2, 3)", () => {
    const logits = new Random(2).normals(30, 3);
    const targets = Int32Array.of(0, 4, 2, 1, 1, 3);
    const expected = functions.crossEntropy(logits, targets);
    expect(functions.crossEntropy(logits, { data: targets, dims: [2, 3] })).toBe(expected);
    expect(functions.nllLoss(logits, { data: targets, dims: [2, 3] })).toBe(functions.nllLoss(logits, targets));
  });

  it("logits plus a constant: the same bits, because the constant cancels exactly", () => {
    holds(60, (_, { logits, targets }) => {
      const moved = logits.map((value) => value + 1024);
      const losses = functions.crossEntropy(logits, targets, NONE);
      expectSameBits(functions.crossEntropy(moved, targets, NONE), losses, "losses");
      const shape = [targets.length, logits.length / targets.length];
      expectSameBits(functions.softmax(moved, { shape }), functions.softmax(logits, { shape }), "softmax");
      expectSameBits(functions.logSoftmax(moved, { shape }), functions.logSoftmax(logits, { shape }), "logSoftmax");
    });
  });

  it("smoothed losses of logits plus a constant", () => {
    holds(60, (_, { logits, targets }) => {
      const options: CrossEntropyOptions<"none"> = { ...NONE, labelSmoothing: 0.2 };
      const losses = functions.crossEntropy(logits, targets, options);
      for (const constant of [1024, -4096]) {
        const moved = logits.map((value) => value + constant);
        expectWithin(functions.crossEntropy(moved, targets, options), losses, rowBound(losses), `losses, ${constant}`);
      }
    });
  });

  it("classes permuted", () => {
    holds(60, ({ rows, classes }, { random, logits, targets }) => {
      const order = Array.from({ length: classes }, (_, c) => c);
      for (let c = classes - 1; c > 0; c--) {
        const other = random.integer(c + 1);
        [order[c], order[other]] = [order[other], order[c]];
      }
      const permuted = new Float32Array(logits.length);
      for (let r = 0; r < rows; r++) {
        for (const [from, to] of order.entries()) permuted[r * classes + to] = logits[r * classes + from];
      }
      const moved = targets.map((target) => order[target]);
      const weight = random.weights(classes);
      const movedWeight = new Float32Array(classes);
      for (const [from, to] of order.entries()) movedWeight[to] = weight[from];
      for (const options of [NONE, { ...NONE, labelSmoothing: 0.1 }]) {
        const losses = functions.crossEntropy(logits, targets, { ...options, weight });
        const again = functions.crossEntropy(permuted, moved, { ...options, weight: movedWeight });
        expectWithin(again, losses, (i) => 2 * rowBound(losses)(i), "losses");
      }
    });
  });

  it("logits and temperature doubled", () => {
    holds(60, (_, { logits, targets }) => {
      const losses = functions.crossEntropy(logits, targets, NONE);
      const doubled = logits.map((value) => value * 2);
      const again = functions.crossEntropy(doubled, targets, { ...NONE, temperature: 2 });
      expectWithin(again, losses, rowBound(losses), "losses");
    });
  });

  it("a class index is a probability of 1", () => {
    holds(60, ({ rows, classes }, { random, logits, targets }) => {
      const oneHot = new Float32Array(rows * classes);
      for (const [row, target] of targets.entries()) oneHot[row * classes + target] = 1;
      const shape = [rows, classes];
      for (const more of [{}, { weight: random.weights(classes) }, { labelSmoothing: 0.3 }, { temperature: 0.5, zLoss: 0.01 }]) {
        const losses = functions.crossEntropy(logits, targets, { ...more, ...NONE });
        const same = functions.crossEntropy(logits, oneHot, { ...more, ...NONE, shape });
        expectWithin(same, losses, rowBound(losses), Object.keys(more).join());
      }
    });
  });

  it("label smoothing is linear: (1 - e) hard + e uniform", () => {
    holds(60, ({ rows, classes }, { logits, targets }) => {
      const smoothed = (labelSmoothing: number): Float32Array =>
        functions.crossEntropy(logits, targets, { ...NONE, labelSmoothing });
      const [hard, uniform] = [smoothed(0), smoothed(1)];
      const mixed = Float64Array.from(hard, (value, i) => 0.75 * value + 0.25 * uniform[i]);
      expectWithin(smoothed(0.25), mixed, (i) => 2 * rowBound(mixed)(i), "mixed");
      const flat = new Float32Array(rows * classes).fill(1 / classes);
      const soft = functions.crossEntropy(logits, flat, { ...NONE, shape: [rows, classes] });
      expectWithin(uniform, soft, (i) => 2 * rowBound(soft)(i), "uniform");
    });
  });

  it("crossEntropy is -log softmax at the target, and lse minus the target's logit", () => {
    holds(60, ({ rows, classes }, { logits, targets }) => {
      const shape = [rows, classes];
      const losses = functions.crossEntropy(logits, targets, NONE);
      const logProbs = functions.logSoftmax(logits, { shape });
      const lse = functions.logSumExp(logits, { shape }) as Float32Array;
      for (const [row, target] of targets.entries()) {
        const at = row * classes + target;
        const loss = losses[row];
        const allowed = 4e-7 * Math.max(1, loss);
        expectWithin(0 - logProbs[at], loss, () => allowed, "logSoftmax");
        expectWithin(lse[row] - logits[at], loss, () => allowed + 1e-6, "logSumExp");
      }
    });
  });

  it("weights of 1 change nothing but the order in which logarithms are added", () => {
    const random = new Random(8);
    for (const [rows, classes] of [
      [50, 70],
      [4097, 3],
      [9, 200],
    ] as const) {
      const logits = random.normals(rows * classes, 3);
      const targets = random.classes(rows, classes);
      const weight = new Float32Array(classes).fill(1);
      for (const reduction of ["mean", "sum"] as const) {
        const plain = functions.crossEntropy(logits, targets, { reduction });
        const weighted = functions.crossEntropy(logits, targets, { reduction, weight });
        expect(Math.abs(weighted / plain - 1)).toBeLessThan(1e-14);
      }
      const options = { reduction: "none" } as const;
      const each = functions.crossEntropy(logits, targets, options);
      expectSameBits(functions.crossEntropy(logits, targets, { ...options, weight }), each, "row losses");
    }
  });

  it("options without effect change no bit", () => {
    const random = new Random(7);
    const idle: CrossEntropyOptions<Reduction>[] = [
      { labelSmoothing: 0 },
      { temperature: 1 },
      { zLoss: 0 },
      { emptyMean: 3 },
      { ignoreIndex: -5 },
      { axis: -1 },
      { axis: 1 },
      { shape: [50, 70], rowStride: 70 },
    ];
    const logits = random.normals(3500, 3);
    const targets = random.classes(50, 70);
    for (const reduction of ["mean", "sum", "none"] as const) {
      const expected = functions.crossEntropy(logits, targets, { reduction });
      for (const options of idle) {
        expectSameBits(functions.crossEntropy(logits, targets, { ...options, reduction }), expected, JSON.stringify(options));
      }
    }
  });

  it("weights doubled: the sum doubles, the mean stays", () => {
    holds(60, ({ classes }, { random, logits, targets }) => {
      const weight = random.weights(classes);
      const twice = weight.map((value) => 2 * value);
      for (const more of [{}, { labelSmoothing: 0.1 }]) {
        const sum = functions.crossEntropy(logits, targets, { ...more, weight, reduction: "sum" });
        expect(functions.crossEntropy(logits, targets, { ...more, weight: twice, reduction: "sum" })).toBe(2 * sum);
        const mean = functions.crossEntropy(logits, targets, { ...more, weight });
        expect(functions.crossEntropy(logits, targets, { ...more, weight: twice })).toBe(mean);
      }
    });
  });

  it("a softcap far above the logits changes little, one far below flattens them", () => {
    const random = new Random(9);
    const logits = random.normals(640, 1);
    const targets = random.classes(10, 64);
    const losses = functions.crossEntropy(logits, targets, NONE);
    const high = functions.crossEntropy(logits, targets, { ...NONE, softcap: 1000 });
    expectWithin(high, losses, () => 3e-5, "softcap 1000");
    const low = functions.crossEntropy(logits, targets, { ...NONE, softcap: 1e-5 });
    expectWithin(low, new Float32Array(10).fill(Math.log(64)), () => 3e-5, "softcap 1e-5");
  });
});
