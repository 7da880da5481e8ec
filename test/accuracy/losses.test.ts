/**
 * The accuracy that the docstrings promise, against the f64 reference: row losses at 10 to 151936 classes on both builds of the
 * kernels, tiny losses, softmax, logSoftmax and logSumExp.
 */
import { existsSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { crossEntropyFromPartial, type Functions, info } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { expectWithin, ROW_BOUND } from "../losses/compare.js";
import { Random } from "../losses/random.js";
import { backends } from "../support/backends.js";
import { readPassageFile } from "../support/passage-file.js";

/** The first two are the plain functions: on the fastest build of this runtime, and on the plain one. */
const builds = backends.slice(0, 2);

/** A row of random or real logits is within this of the f64 result, times max(1, |loss|), before it is rounded to f32. */
const TYPICAL_BOUND = 1e-7;
/**
 * The worst that a search finds, where errors have one sign: with few classes that of the exponentials, and with hundreds of
 * classes of one and the same logit that of adding equal numbers in f32 (32 a lane, before they go to f64).
 */
const FEW_CLASSES_BOUND = ROW_BOUND;
const EQUAL_CLASSES_BOUND = 5e-7;
/** Rounding to f32, which `reduction: "none"` does. */
const HALF_ULP = 2 ** -24;

interface Rows {
  readonly name: string;
  readonly classes: number;
  readonly logits: Float32Array;
  readonly targets: Int32Array;
}

const kinds: Readonly<Record<string, (random: Random, classes: number, target: number) => Float32Array>> = {
  "N(0, 1)": (random, classes) => random.normals(classes, 1),
  "N(0, 3)": (random, classes) => random.normals(classes, 3),
  "N(0, 10)": (random, classes) => random.normals(classes, 10),
  "N(0, 3) + 1e4": (random, classes) => random.normals(classes, 3, 1e4),
  // what a good model gives: the target far above the rest, a loss of 1e-1 to 1e-4
  confident: (random, classes, target) => {
    const logits = random.normals(classes, 2);
    logits[target] = 2 + Math.log(classes) + 2 + random.uniform() * 7;
    return logits;
  },
  // nearly all classes alike: the sum's own error shows
  flat: (random, classes) => random.normals(classes, 1e-3),
};

function generated(classes: number): Rows[] {
  const count = classes > 10_000 ? 4 : Math.ceil(2000 / classes) + 10;
  return Object.entries(kinds).map(([name, make], seed) => {
    const random = new Random(classes + seed);
    const targets = random.classes(count, classes);
    const logits = new Float32Array(count * classes);
    for (const [row, target] of targets.entries()) logits.set(make(random, classes, target), row * classes);
    return { name, classes, logits, targets };
  });
}

/** The shipped passage: logits of a small GPT on text that it was not trained on. */
const PASSAGE = "examples/data/devil.f32.safetensors";

function realRows(): Rows {
  const { classes, logits, targets } = readPassageFile(PASSAGE);
  return { name: "real logits", classes, logits, targets: Int32Array.from(targets, Number) };
}

function exactLosses({ classes, logits, targets }: Rows): Float64Array {
  return reference.crossEntropy(logits, targets, { shape: [targets.length, classes], reduction: "none" });
}

/** |row loss - f64| / max(1, |loss|): the worst in f64 (one row's mean) and rounded to f32 (none). */
function worstError(functions: Functions, { classes, logits, targets }: Rows, exact: Float64Array): { f64: number; f32: number } {
  const losses = functions.crossEntropy(logits, targets, { reduction: "none" });
  const worst = { f64: 0, f32: 0 };
  for (const [row, target] of targets.entries()) {
    const loss = functions.crossEntropy(logits.subarray(row * classes, (row + 1) * classes), target);
    const wanted = exact[row];
    const scale = Math.max(1, Math.abs(wanted));
    worst.f64 = Math.max(worst.f64, Math.abs(loss - wanted) / scale);
    worst.f32 = Math.max(worst.f32, Math.abs(losses[row] - wanted) / scale);
  }
  return worst;
}

/** By the formula, without the reference's copies: for many short rows. */
function exactLoss(x: Float32Array, target: number): number {
  const max = Math.max(...x);
  let rest = -1;
  for (const value of x) rest += Math.exp(value - max);
  return Math.log1p(rest) + (max - x[target]);
}

const table: Record<string, string | number>[] = [];
afterAll(() => console.log(`Worst |row loss - f64| / max(1, |loss|)\n${aligned(table)}`));

function aligned(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => (line[column] as string).length)));
  return lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join("  ")).join("\n");
}

describe("row losses", () => {
  const sizes: [string, () => Rows[]][] = [10, 100, 1000, 50257, 151936].map((size) => [
    `${size} classes`,
    () => generated(size),
  ]);
  if (existsSync(PASSAGE)) sizes.push(["a real model's 4096 classes", () => [realRows()]]);

  it.each(sizes)("%s: within 1e-7 max(1, |loss|) of f64", (_, make) => {
    for (const rows of make()) {
      const exact = exactLosses(rows);
      const line: Record<string, string | number> = { classes: rows.classes, rows: rows.targets.length, logits: rows.name };
      for (const [i, { name, functions }] of builds.entries()) {
        const { f64, f32 } = worstError(functions, rows, exact);
        const build = i === 0 ? info().variant : "plain";
        line[build] = f64.toExponential(1);
        line[`${build}, none`] = f32.toExponential(1);
        expect(f64, `${rows.name}, ${name}`).toBeLessThanOrEqual(TYPICAL_BOUND);
        expect(f32, `${rows.name}, ${name}, none`).toBeLessThanOrEqual(TYPICAL_BOUND + HALF_ULP);
        // where a thousand classes average the exponentials' errors there is room for the rounding as well
        if (rows.classes >= 1000) expect(f32, `${rows.name}, ${name}, none`).toBeLessThanOrEqual(TYPICAL_BOUND);
      }
      table.push(line);
    }
  });
});

describe("entropies and partials", () => {
  it.each([2, 10, 100, 1000, 50257, 151936])("%i classes: within 5e-7 and 1e-13 of f64", (classes) => {
    for (const { name, logits, targets } of generated(classes)) {
      const shape = [targets.length, classes];
      const exact = reference.scoreTokens(logits, targets, { shape });
      for (const build of builds) {
        const { entropies } = build.functions.scoreTokens(logits, targets, { shape });
        const losses = crossEntropyFromPartial(build.functions.logSumExpPartial(logits, targets, { shape }), {
          reduction: "none",
        });
        const what = `${name}, ${build.name}`;
        const exactLosses = exact.logProbs.map((logProb) => 0 - logProb);
        expectWithin(entropies, exact.entropies, () => 5e-7, `entropies, ${what}`);
        expectWithin(losses, exactLosses, (row) => 1e-13 * exactLosses[row], `losses, ${what}`);
      }
    }
  });

  /** The plain build rounds s (x - m), which puts one error into all exponentials of one logit. */
  const isPlain = (functions: unknown) => functions === builds[1]?.functions || info().variant === "plain";

  it.each(builds)("entropies where all classes but one are alike: within 1e-6, plain 2e-6, $name", ({ functions }) => {
    const bound = isPlain(functions) ? 2e-6 : 1e-6;
    for (const classes of [2, 5, 16, 64, 100, 512, 1000, 4096, 16384, 151936]) {
      const logits = new Float32Array(classes);
      for (let distance = 0; distance < 1.3 * Math.log(classes); distance += 0.037) {
        logits.fill(-distance);
        logits[0] = 0;
        const p = 1 / (1 + (classes - 1) * Math.exp(logits[1]));
        // -log p of the one, and of the others
        const exact = -Math.log(p) - (1 - p) * logits[1];
        const { entropies } = functions.scoreTokens(logits, 0);
        expect(Math.abs(entropies[0] - exact), `${classes} classes at -${distance}`).toBeLessThanOrEqual(bound);
      }
    }
  });

  it.each(builds)("tiny entropies keep their relative accuracy, $name", ({ functions }) => {
    const bound = isPlain(functions) ? 4.5e-6 : 3e-7;
    for (let gap = 5; gap < 80; gap += 0.61) {
      const x = Math.fround(gap);
      const rest = 2 * Math.exp(-x);
      const exact = Math.log1p(rest) + (x * rest) / (1 + rest);
      const { entropies } = functions.scoreTokens(Float32Array.of(x, 0, 0), 0);
      expect(Math.abs(entropies[0] / exact - 1), `gap ${x}`).toBeLessThanOrEqual(bound);
    }
  });
});

/** One random row of N(0, scale) a call; 9000 elements of each kind at least. */
function* randomRows(): Generator<{ readonly x: Float32Array; readonly what: string }> {
  for (const classes of [2, 3, 10, 100, 1000, 50257]) {
    for (const scale of [1, 3, 10]) {
      const random = new Random(classes * scale);
      for (let left = 9000; left > 0; left -= classes) {
        yield { x: random.normals(classes, scale), what: `N(0, ${scale}), ${classes} classes` };
      }
    }
  }
}

describe.each(builds)("accuracy of $name", ({ name, functions }) => {
  it("2 to 10 classes: within 1.6e-7 max(1, |loss|), the worst of 40,000 rows each", () => {
    for (const classes of [2, 3, 4, 5, 8, 10]) {
      const random = new Random(classes);
      const rows = 40_000;
      const logits = Float32Array.from({ length: rows * classes }, () => 4 * random.uniform());
      const targets = random.classes(rows, classes);
      const losses = functions.scoreTokens(logits, targets).logProbs.map((logProb) => 0 - logProb);
      let worst = 0;
      for (const [row, loss] of losses.entries()) {
        const exact = exactLoss(logits.subarray(row * classes, (row + 1) * classes), targets[row]);
        worst = Math.max(worst, Math.abs(loss - exact) / Math.max(1, exact));
      }
      expect(worst, `${classes} classes`).toBeLessThanOrEqual(FEW_CLASSES_BOUND);
    }
  });

  it("all other classes alike: within 5e-7 max(1, |loss|)", () => {
    for (const classes of [16, 32, 64, 65, 128, 400, 512, 700, 1000, 2048, 4096, 8192, 16384, 65536]) {
      const logits = new Float32Array(classes);
      let worst = 0;
      for (let i = 0; i < 100; i++) {
        // around sum_c exp(x_c) = 1, where the error is the greatest part of the loss
        const others = Math.fround(1 - Math.log(classes) - 0.015 * i);
        logits.fill(others)[0] = 0;
        const exact = Math.log1p((classes - 1) * Math.exp(others));
        worst = Math.max(worst, Math.abs(functions.crossEntropy(logits, 0) - exact) / Math.max(1, exact));
      }
      expect(worst, `${classes} classes`).toBeLessThanOrEqual(EQUAL_CLASSES_BOUND);
    }
  });

  it("tiny losses keep their relative accuracy down to 1e-37", () => {
    // fused, the exponent is exact; in the plain build its product is rounded, by 2^-18 of the exponent near 87
    const allowed = name.includes("relaxed") ? 2e-7 : 3e-6;
    const random = new Random(1);
    let worst = 0;
    for (let i = 0; i < 20_000; i++) {
      const x = Math.fround(5 + 79.5 * random.uniform());
      const exact = Math.log1p(2 * Math.exp(-x));
      worst = Math.max(worst, Math.abs(functions.crossEntropy(Float32Array.of(x, 0, 0), 0) / exact - 1));
    }
    expect(worst).toBeLessThanOrEqual(allowed);
    // as in the documentation: [20, 0, 0] is 4.12e-9 and not 0
    expect(functions.crossEntropy([20, 0, 0], 0)).toBeCloseTo(4.1223072e-9, 14);
    expect(functions.crossEntropy([84, 0, 0], 0) / (2 * Math.exp(-84))).toBeCloseTo(1, 5);
    // beyond f32 a 0 is right
    expect(functions.crossEntropy([100, 0, 0], 0)).toBe(0);
  });

  it("softmax: 2e-7 absolute, 1e-5 relative down to 1e-30", () => {
    for (const { x, what } of randomRows()) {
      const exact = reference.softmax(x);
      const allowed = (c: number): number => {
        const p = exact[c];
        return p >= 1e-30 ? Math.min(2e-7, 1e-5 * p) : 2e-7;
      };
      expectWithin(functions.softmax(x), exact, allowed, what);
    }
  });

  it("logSoftmax: 2e-7 max(1, |y|)", () => {
    for (const { x, what } of randomRows()) {
      const exact = reference.logSoftmax(x);
      expectWithin(functions.logSoftmax(x), exact, (c) => 2e-7 * Math.max(1, Math.abs(exact[c])), what);
    }
  });

  it("logSumExp: as a row loss, and the rounding to f32", () => {
    for (const { x, what } of randomRows()) {
      const exact = reference.logSumExp(x) as number;
      expectWithin(functions.logSumExp(x), exact, () => (ROW_BOUND + HALF_ULP) * Math.max(1, Math.abs(exact)), what);
    }
  });

  it("softcap adds at most 3e-7 of its value", () => {
    const random = new Random(2);
    for (const softcap of [1, 15, 30, 50]) {
      for (const scale of [1, softcap / 2, 3 * softcap]) {
        for (let i = 0; i < 20; i++) {
          const x = random.normals(500, scale);
          const target = random.integer(500);
          const exact = reference.crossEntropy(x, target, { softcap });
          const allowed = TYPICAL_BOUND * Math.max(1, exact) + 3e-7 * softcap;
          const what = `softcap ${softcap}, N(0, ${scale})`;
          expect(Math.abs(functions.crossEntropy(x, target, { softcap }) - exact), what).toBeLessThanOrEqual(allowed);
        }
      }
    }
  });
});
