/**
 * Textbook examples, to the digits that books print, and the identities that tie the functions together. Run over every
 * implementation: add a line to `implementations` for a further one.
 */
import { describe, expect, it } from "vitest";
import * as reference from "../../src/reference/index.js";
import { backends, implementationOf } from "../support/backends.js";
import { expectClose, type Tolerance } from "../support/expect-close.js";
import type { Implementation, Value } from "../support/implementation.js";

interface Tested {
  readonly name: string;
  readonly functions: Implementation;
  readonly tolerance: Tolerance;
  /** Results below this may be 0: the smallest normal f32 where rows are computed in f32. */
  readonly smallest: number;
}

const implementations: readonly Tested[] = [
  { name: "the f64 reference", functions: reference, tolerance: { atol: 1e-12, rtol: 1e-12 }, smallest: 0 },
  ...backends.map((backend) => ({
    name: backend.name,
    functions: implementationOf(backend),
    tolerance: { atol: 1e-6, rtol: 1e-6 },
    smallest: 1.2e-38,
  })),
];

describe.each(implementations)("textbook examples with $name", ({ functions: f, tolerance, smallest }) => {
  /** Within half a unit of the last digit that is printed: "0.385" accepts 0.3845 to 0.3855. */
  function expectPrinted(actual: Value, printed: readonly string[], what: string): void {
    const got = list(actual);
    expect(got.length, what).toBe(printed.length);
    for (const [i, text] of printed.entries()) {
      const [mantissa = "", exponent = "0"] = text.split("e");
      const decimals = mantissa.split(".")[1]?.length ?? 0;
      const halfUnit = 0.5 * 10 ** (Number(exponent) - decimals);
      const allowed = { atol: halfUnit + smallest, rtol: tolerance.rtol };
      expectClose(got[i], Number(text), allowed, `${what} [${i}]`);
    }
  }

  it("entropy of a uniform, a skewed and a certain distribution", () => {
    expectPrinted(f.entropy([0.25, 0.25, 0.25, 0.25]), ["1.3862944"], "uniform");
    expectPrinted(f.entropy([0.9, 0.05, 0.03, 0.02]), ["0.4280483"], "skewed");
    expectPrinted(f.entropy([1, 0, 0, 0]), ["0.0000000"], "certain");
  });

  it("KL divergence, entropy and cross-entropy of two distributions", () => {
    const p = [0.8, 0.1, 0.1];
    const q = [0.7, 0.2, 0.1];
    expectPrinted(f.klDivergence(p, q), ["0.0375104"], "KL(p || q)");
    expectPrinted(f.entropy(p), ["0.6390319"], "H(p)");
    expectPrinted(f.crossEntropyBetween(p, q), ["0.6765423"], "H(p, q)");
  });

  it("two rows of three classes: softmax and mean loss", () => {
    const logits = [2, 1, 0.5, 0.5, 2.5, 1];
    const softmax = ["0.6285", "0.2312", "0.1402", "0.0996", "0.7361", "0.1643"];
    expectPrinted(f.softmax(logits, { shape: [2, 3] }), softmax, "softmax");
    // 0.385362248 to more digits.
    expectPrinted(f.crossEntropy(logits, [0, 1]), ["0.3853622"], "mean loss");
  });

  it("two rows of three classes: row losses and their mean", () => {
    const logits = [2, 0.5, 0.1, 0.1, 0.2, 0.9];
    expectPrinted(f.crossEntropy(logits, [0, 2], { reduction: "none" }), ["0.3168", "0.6657"], "row losses");
    expectPrinted(f.crossEntropy(logits, [0, 2]), ["0.4913"], "mean");
  });

  it("probabilities as targets, with a loss of 3e-43 and a common mistake (probabilities as logits)", () => {
    const oneHot = new Float32Array([1, 0, 0, 0]);
    expectPrinted(f.crossEntropy([100, 1, 1, 1], oneHot, { shape: [1, 4] }), ["3.03e-43"], "logits far apart");
    expectPrinted(f.crossEntropy([1, 0, 0, 0], oneHot, { shape: [1, 4] }), ["0.7437"], "probabilities as logits");
  });

  it("[12.3, -5.2, 31.4]: a loss that f32 arithmetic on a rounded log-sum-exp prints as 0", () => {
    for (const [target, printed] of [
      [0, "19.1"],
      [1, "36.6"],
      [2, "5.07e-9"],
    ] as const) {
      expectPrinted(f.crossEntropy([12.3, -5.2, 31.4], target), [printed], `target ${target}`);
    }
  });

  it("[100, 200, 300]: naive exponentials overflow", () => {
    for (const [target, printed] of [
      [0, "200.0"],
      [1, "100.0"],
      [2, "3.72e-44"],
    ] as const) {
      expectPrinted(f.crossEntropy([100, 200, 300], target), [printed], `target ${target}`);
    }
  });

  it("one-hot cat, dog, bird against two forecasts", () => {
    const cat = [1, 0, 0];
    expectPrinted(f.crossEntropyBetween(cat, [0.9, 0.05, 0.05]), ["0.105"], "a good forecast");
    expectPrinted(f.crossEntropyBetween(cat, [0.1, 0.7, 0.2]), ["2.303"], "a bad forecast");
  });

  it("a batch (2, 3, 5) with (2, 3) targets is (6, 5) with (6), to the bit", () => {
    const logits = pseudoRandom(30);
    const targets = [0, 4, 2, 1, 3, 0];
    const batch = { data: logits, dims: [2, 3, 5] };
    const batchTargets = { data: Int32Array.from(targets), dims: [2, 3] };
    expect(f.crossEntropy(batch, batchTargets)).toBe(f.crossEntropy(logits, targets, { shape: [6, 5] }));
    expect(f.crossEntropy(batch, batchTargets, { reduction: "none" })).toEqual(
      f.crossEntropy(logits, targets, { shape: [6, 5], reduction: "none" }),
    );
  });

  it("logits x 1000 stay finite and equal to the f64 reference", () => {
    const logits = pseudoRandom(40).map((x) => Math.fround(x * 1000));
    const targets = [3, 1, 4, 1, 5, 2, 6, 0];
    const shape = [5, 8];
    const actual = list(f.crossEntropy(logits, targets.slice(0, 5), { shape, reduction: "none" }));
    expect(actual.every(Number.isFinite)).toBe(true);
    const expected = reference.crossEntropy(logits, targets.slice(0, 5), { shape, reduction: "none" });
    expectClose(actual, expected, tolerance, "row losses");
  });

  it("bits per byte of n nats over b bytes is n / (ln 2 b)", () => {
    expectPrinted(f.bitsPerByte({ nats: 1000, bytes: 800 }), ["1.8033688"], "bits per byte");
    expect(f.bitsPerByte({ nats: 1000, bytes: 800 })).toBeCloseTo(1000 / (Math.LN2 * 800), 12);
  });
});

describe.each(implementations)("identities with $name", ({ functions: f, tolerance }) => {
  const rows = 6;
  const classes = 5;
  const shape = [rows, classes];
  // Multiples of 1/8, which f32 holds exactly.
  const logits = pseudoRandom(rows * classes);
  const targets = [0, 4, 2, 1, 3, 0];
  const distributions = Float64Array.from(reference.softmax(logits, { shape }));
  const others = Float64Array.from(
    reference.softmax(
      logits.map((x) => -x / 2),
      { shape },
    ),
  );
  const rowLosses = reference.crossEntropy(logits, targets, { shape, reduction: "none" });

  function close(actual: Value, expected: Value, what: string): void {
    expectClose(actual, expected, tolerance, what);
  }

  it("crossEntropy is the mean of -logSoftmax at the targets, and nllLoss of logSoftmax", () => {
    const logProbs = f.logSoftmax(logits, { shape }) as Float64Array;
    const mean = -targets.reduce((sum, t, row) => sum + logProbs[row * classes + t], 0) / rows;
    close(f.crossEntropy(logits, targets), mean, "mean");
    close(f.nllLoss(logProbs, targets, { shape }), mean, "nllLoss");
    close(f.crossEntropy(logits, targets, { reduction: "sum" }), mean * rows, "sum");
    close(f.crossEntropy(logits, targets, { reduction: "none" }), rowLosses, "none");
  });

  it("softmax is exp(logSoftmax) and sums to 1; logSoftmax is x - logSumExp", () => {
    const probabilities = list(f.softmax(logits, { shape }));
    const logProbs = list(f.logSoftmax(logits, { shape }));
    const lse = list(f.logSumExp(logits, { shape }));
    close(Float64Array.from(probabilities), Float64Array.from(logProbs, Math.exp), "softmax");
    for (let row = 0; row < rows; row++) {
      const sum = probabilities.slice(row * classes, (row + 1) * classes).reduce((total, p) => total + p, 0);
      close(sum, 1, `sum of row ${row}`);
    }
    const differences = Float64Array.from(logits, (x, i) => x - lse[Math.floor(i / classes)]);
    close(Float64Array.from(logProbs), differences, "logSoftmax");
  });

  it("a constant added to a row's logits changes its log-sum-exp only", () => {
    const shifted = logits.map((x) => x + 32);
    close(f.crossEntropy(shifted, targets), f.crossEntropy(logits, targets), "loss");
    close(f.softmax(shifted, { shape }), f.softmax(logits, { shape }), "softmax");
    const lse = Float64Array.from(list(f.logSumExp(logits, { shape })), (value) => value + 32);
    close(f.logSumExp(shifted, { shape }), lse, "logSumExp");
  });

  it("class indices are one-hot probabilities, smoothed or not, weighted or not", () => {
    const weight = [1, 2, 0.5, 4, 1.5];
    const oneHot = new Float32Array(rows * classes);
    for (const [row, t] of targets.entries()) oneHot[row * classes + t] = 1;
    for (const labelSmoothing of [0, 0.1, 1]) {
      const options = { shape, labelSmoothing, weight, reduction: "none" } as const;
      close(f.crossEntropy(logits, oneHot, options), f.crossEntropy(logits, targets, options), `smoothing ${labelSmoothing}`);
    }
  });

  it("a weighted mean divides by the weights of the targets, with probabilities by the rows", () => {
    const weight = [1, 2, 0.5, 4, 1.5];
    const total = targets.reduce((sum, t) => sum + weight[t], 0);
    const weighted = targets.reduce((sum, t, row) => sum + weight[t] * rowLosses[row], 0);
    close(f.crossEntropy(logits, targets, { weight }), weighted / total, "indices");
    const sum = f.crossEntropy(logits, distributions, { shape, weight, reduction: "sum" }) as number;
    close(f.crossEntropy(logits, distributions, { shape, weight }), sum / rows, "probabilities");
  });

  it("ignored rows count as if they were not there", () => {
    const ignored = [0, -100, 2, 1, -100, 0];
    const kept = [0, 2, 3, 5];
    const keptLosses = kept.map((row) => rowLosses[row]);
    close(f.crossEntropy(logits, ignored), keptLosses.reduce((a, b) => a + b) / 4, "mean");
    const none = Float64Array.from(rowLosses, (loss, row) => (kept.includes(row) ? loss : 0));
    close(f.crossEntropy(logits, ignored, { reduction: "none" }), none, "none");
    const poisoned = logits.map((x, i) => (Math.floor(i / classes) === 1 ? Number.NaN : x));
    close(f.crossEntropy(poisoned, ignored), keptLosses.reduce((a, b) => a + b) / 4, "NaN in an ignored row");
  });

  it("no kept row: NaN or emptyMean for a mean, 0 for a sum, zeros for none", () => {
    const ignored = [-1, -1, -1, -1, -1, -1];
    expect(f.crossEntropy(logits, ignored, { ignoreIndex: -1 })).toBeNaN();
    expect(f.crossEntropy(logits, ignored, { ignoreIndex: -1, emptyMean: 0 })).toBe(0);
    expect(f.nllLoss(logits, ignored, { ignoreIndex: -1, emptyMean: 7 })).toBe(7);
    expect(f.crossEntropy(logits, ignored, { ignoreIndex: -1, reduction: "sum" })).toBe(0);
    expect(list(f.crossEntropy(logits, ignored, { ignoreIndex: -1, reduction: "none" }))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("temperature divides after the softcap", () => {
    const capped = Float64Array.from(logits, (x) => 2 * Math.tanh(x / 2));
    close(f.crossEntropy(logits, targets, { softcap: 2 }), f.crossEntropy(capped, targets), "softcap");
    close(
      f.crossEntropy(logits, targets, { temperature: 4 }),
      f.crossEntropy(
        logits.map((x) => x / 4),
        targets,
      ),
      "temperature",
    );
    const both = capped.map((x) => x / 4);
    close(f.crossEntropy(logits, targets, { softcap: 2, temperature: 4 }), f.crossEntropy(both, targets), "both");
  });

  it("zLoss adds z lse^2 of the kept rows, never class-weighted", () => {
    const z = 0.25;
    const weight = [1, 2, 0.5, 4, 1.5];
    const ignored = [0, -100, 2, 1, -100, 0];
    const lse = list(f.logSumExp(logits, { shape }));
    const penalties = Float64Array.from(lse, (value, row) => (ignored[row] === -100 ? 0 : z * value ** 2));
    const total = penalties.reduce((a, b) => a + b);
    const plain = list(f.crossEntropy(logits, ignored, { weight, reduction: "none" }));
    const none = penalties.map((penalty, row) => penalty + plain[row]);
    close(f.crossEntropy(logits, ignored, { weight, zLoss: z, reduction: "none" }), none, "none");
    const sum = f.crossEntropy(logits, ignored, { weight, reduction: "sum" }) as number;
    close(f.crossEntropy(logits, ignored, { weight, zLoss: z, reduction: "sum" }), sum + total, "sum");
    const mean = f.crossEntropy(logits, ignored, { weight }) as number;
    close(f.crossEntropy(logits, ignored, { weight, zLoss: z }), mean + total / 4, "mean");
  });

  it("a class axis in the middle is the transposed array", () => {
    // (2, 5, 3): element (n, c, k) is row 3 n + k, class c.
    const middle = Float32Array.from(logits, (_, i) => {
      const [n, c, k] = [Math.floor(i / 15), Math.floor(i / 3) % 5, i % 3];
      return logits[(3 * n + k) * classes + c];
    });
    const options = { shape: [2, 5, 3], axis: 1 };
    close(f.crossEntropy(middle, targets, { ...options, reduction: "none" }), rowLosses, "crossEntropy");
    close(f.nllLoss(middle, targets, options), f.nllLoss(logits, targets, { shape }), "nllLoss");
    close(f.logSumExp(middle, options), f.logSumExp(logits, { shape }), "logSumExp");
    const softmax = list(f.softmax(logits, { shape }));
    const moved = Float64Array.from(softmax, (_, i) => {
      const [n, c, k] = [Math.floor(i / 15), Math.floor(i / 3) % 5, i % 3];
      return softmax[(3 * n + k) * classes + c];
    });
    close(f.softmax(middle, options), moved, "softmax");
    close(f.softmax(middle, { ...options, axis: -2 }), moved, "softmax over axis -2");
  });

  it("padding between rows is not read", () => {
    const padded = new Float32Array(rows * 8).fill(Number.NaN);
    for (const [i, x] of logits.entries()) padded[Math.floor(i / classes) * 8 + (i % classes)] = x;
    close(f.crossEntropy(padded, targets, { shape, rowStride: 8 }), f.crossEntropy(logits, targets), "crossEntropy");
    close(f.nllLoss(padded, targets, { shape, rowStride: 8 }), f.nllLoss(logits, targets, { shape }), "nllLoss");
  });

  it("tensor objects, integer types of any width and a single number give the same", () => {
    const expected = f.crossEntropy(logits, targets);
    const data = Float32Array.from(logits);
    expect(f.crossEntropy({ data, dims: shape, type: "float32" }, targets)).toBe(expected);
    expect(f.crossEntropy({ data, shape }, { data: Int16Array.from(targets), shape: [rows] })).toBe(expected);
    for (const make of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array]) {
      expect(f.crossEntropy(data, make.from(targets)), make.name).toBe(expected);
    }
    expect(f.crossEntropy(data, BigInt64Array.from(targets, BigInt))).toBe(expected);
    expect(f.crossEntropy(data, BigUint64Array.from(targets, BigInt))).toBe(expected);
    const first = f.crossEntropy(data.subarray(0, classes), [0]);
    expect(f.crossEntropy(data.subarray(0, classes), 0)).toBe(first);
    expect(f.crossEntropy(Array.from(data), targets)).toBe(expected);
    expect(f.crossEntropy(Float64Array.from(data), targets)).toBe(expected);
  });

  it("rows with infinities and NaN", () => {
    const infinity = Number.POSITIVE_INFINITY;
    for (const target of [0, 1]) {
      expect(f.crossEntropy([infinity, 0], target), `+inf, target ${target}`).toBeNaN();
      expect(f.crossEntropy([-infinity, -infinity], target), `all -inf, target ${target}`).toBeNaN();
      expect(f.crossEntropy([Number.NaN, 0], target), `NaN, target ${target}`).toBeNaN();
    }
    expect(f.crossEntropy([-infinity, 0], 0)).toBe(infinity);
    expect(f.crossEntropy([-infinity, 0], 1)).toBe(0);
    expect(f.crossEntropy([-infinity, 0], new Float32Array([0, 1]), { shape: [1, 2] })).toBe(0);
    expect(f.logSumExp([infinity, 0])).toBe(infinity);
    expect(f.logSumExp([-infinity, -infinity])).toBe(-infinity);
    expect(f.logSumExp([infinity, Number.NaN])).toBeNaN();
    for (const row of [
      [infinity, 0],
      [-infinity, -infinity],
      [Number.NaN, 0],
    ]) {
      expect(list(f.softmax(row)).every(Number.isNaN), `softmax of ${row}`).toBe(true);
      expect(list(f.logSoftmax(row)).every(Number.isNaN), `logSoftmax of ${row}`).toBe(true);
    }
  });

  it("tiny losses keep their value", () => {
    const { rtol } = tolerance;
    expectClose(f.crossEntropy([20, 0, 0], 0) as number, Math.log1p(2 * Math.exp(-20)), { atol: 0, rtol }, "[20, 0, 0]");
    expectClose(f.crossEntropy([40, 0, 0], 0) as number, 2 * Math.exp(-40), { atol: 0, rtol }, "[40, 0, 0]");
  });

  it("H(p, q) = H(p) + KL(p || q), and crossEntropy(logits, p) = H(p, softmax(logits))", () => {
    const entropies = list(f.entropy(distributions, { shape }));
    const divergences = list(f.klDivergence(distributions, others, { shape }));
    const sums = Float64Array.from(entropies, (h, row) => h + divergences[row]);
    close(f.crossEntropyBetween(distributions, others, { shape }), sums, "H(p, q)");
    const losses = f.crossEntropy(logits, others, { shape, reduction: "none" });
    close(f.crossEntropyBetween(others, distributions, { shape }), losses, "crossEntropy");
    expect(divergences.every((value) => value > 0)).toBe(true);
  });

  it("divergences: 0 of a distribution to itself, jsDivergence symmetric and at most log 2", () => {
    close(f.klDivergence(distributions, distributions, { shape }), new Float64Array(rows), "KL(p || p)");
    close(f.jsDivergence(distributions, distributions, { shape }), new Float64Array(rows), "JS(p, p)");
    close(f.jsDivergence(distributions, others, { shape }), f.jsDivergence(others, distributions, { shape }), "JS");
    close(f.jsDivergence([1, 0], [0, 1]), Math.LN2, "JS of disjoint distributions");
    expect(f.klDivergence([0.5, 0.5], [1, 0])).toBe(Number.POSITIVE_INFINITY);
    expect(f.crossEntropyBetween([0.5, 0.5], [1, 0])).toBe(Number.POSITIVE_INFINITY);
    close(f.klDivergence([1, 0], [0.5, 0.5]), Math.LN2, "0 log 0 = 0");
  });

  it("bases: 1 bit is ln 2 nats, 1 hartley is ln 10 nats", () => {
    const measures: readonly (readonly [string, (base: "e" | number) => Value])[] = [
      ["entropy", (base) => f.entropy(distributions, { shape, base })],
      ["crossEntropyBetween", (base) => f.crossEntropyBetween(distributions, others, { shape, base })],
      ["klDivergence", (base) => f.klDivergence(distributions, others, { shape, base })],
      ["jsDivergence", (base) => f.jsDivergence(distributions, others, { shape, base })],
    ];
    for (const [name, inBase] of measures) {
      const nats = list(inBase("e"));
      close(inBase(Math.E), Float64Array.from(nats), `${name} in nats`);
      close(
        inBase(2),
        Float64Array.from(nats, (value) => value / Math.LN2),
        `${name} in bits`,
      );
      close(
        inBase(10),
        Float64Array.from(nats, (value) => value / Math.LN10),
        `${name} in hartleys`,
      );
    }
    close(f.entropy([0.5, 0.5], { base: 2 }), 1, "a fair coin");
  });

  it("information along another axis is the transposed array", () => {
    const transposed = Float64Array.from(distributions, (_, i) => {
      const [c, row] = [Math.floor(i / rows), i % rows];
      return distributions[row * classes + c];
    });
    const options = { shape: [classes, rows], axis: 0 };
    close(f.entropy(transposed, options), f.entropy(distributions, { shape }), "entropy");
    close(f.klDivergence(transposed, transposed, options), new Float64Array(rows), "KL");
  });

  it("perplexity is exp of the mean loss, however it is given", () => {
    const mean = f.crossEntropy(logits, targets) as number;
    close(f.perplexity(mean), Math.exp(mean), "of a mean");
    close(f.perplexity({ nats: mean * rows, tokens: rows }), Math.exp(mean), "of totals");
    const uniform = f.crossEntropy(new Float32Array(7), 3) as number;
    close(f.perplexity(uniform), 7, "of a uniform guess among 7");
  });

  it("bits per byte: tokens of 0 bytes count neither nats nor bytes, no bytes give Infinity", () => {
    const nats = [1, 2, 4, 8];
    const bitsPerByte = 13 / (Math.LN2 * 6);
    close(f.bitsPerByte({ nats, bytes: [3, 0, 2, 1] }), bitsPerByte, "per token");
    const tokenBytes = Int32Array.of(0, 1, 2, 3);
    close(f.bitsPerByte({ nats, targets: [3, 0, 2, 1], tokenBytes }), bitsPerByte, "by the vocabulary's bytes");
    close(f.bitsPerByte({ nats, targets: [3, -1, 2, 1], tokenBytes }), bitsPerByte, "with an ignored target");
    close(f.bitsPerByte({ nats: 13, bytes: 6 }), bitsPerByte, "of totals");
    expect(f.bitsPerByte({ nats, bytes: [0, 0, 0, 0] })).toBe(Number.POSITIVE_INFINITY);
    expect(f.bitsPerByte({ nats: 3, bytes: 0 })).toBe(Number.POSITIVE_INFINITY);
  });
});

function list(value: Value): number[] {
  return typeof value === "number" ? [value] : Array.from(value);
}

/** Multiples of 1/8 in [-4, 4), the same in every run. */
function pseudoRandom(length: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * 64) / 8 - 4;
  });
}
