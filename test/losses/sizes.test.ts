/**
 * Every function at sizes where the code path changes: just below, at and just above a vector, the limits of the kernels for
 * few classes (64, 128), a block (512), the middle kernel's limit (4096), a tile's rows (16384 elements, transposed 32768; 4096
 * rows), a segment (65536), and the width below which columns are gathered element by element (32).
 */
import { it } from "vitest";
import type { Functions } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { remembered } from "../support/remembered.js";
import { expectWithin, ROW_BOUND, rowBound } from "./compare.js";
import { eachBackend } from "./each-backend.js";
import { elementAt, layOut, spread } from "./layouts.js";
import { Random } from "./random.js";

const count = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const few = [...count(1, 20), ...count(63, 66)];
const many = [
  ...count(127, 129),
  ...count(511, 513),
  ...count(1023, 1025),
  ...count(4095, 4097),
  ...count(16383, 16385),
  ...count(65535, 65538),
  131071,
  131072,
  131073,
];

interface Expected {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly logits: Float32Array;
  readonly targets: Int32Array;
  readonly losses: Float64Array;
  readonly lse: Float64Array;
}

/** The reference's results, computed once for all backends. */
const known = new Map<string, Expected>();

function expectedOf(shape: readonly number[], axis: number): Expected {
  const key = `${shape.join(" ")} ${axis}`;
  let expected = known.get(key);
  if (!expected) {
    const random = new Random(key.length + shape.reduce((sum, size) => sum * 31 + size, 7));
    const layout = layOut(shape, axis);
    const logits = spread(layout, random.normals(layout.length, 3));
    const targets = random.classes(layout.rows, layout.classes);
    // targets include the last class of the last row, where a wrong tail shows
    if (layout.rows > 0) targets[layout.rows - 1] = layout.classes - 1;
    logits[elementAt(layout, 0, layout.classes - 1)] = 9;
    const options = { shape, axis };
    expected = {
      ...options,
      logits,
      targets,
      losses: reference.crossEntropy(logits, targets, { ...options, reduction: "none" }),
      lse: reference.logSumExp(logits, options) as Float64Array,
    };
    known.set(key, expected);
  }
  return expected;
}

function checkLosses(functions: Functions, shape: readonly number[], axis = -1): Expected {
  const expected = expectedOf(shape, axis);
  const { logits, targets, losses, lse } = expected;
  const what = `[${shape.join(", ")}], axis ${axis}`;
  const actual = functions.crossEntropy(logits, targets, { shape, axis, reduction: "none" });
  expectWithin(actual, losses, rowBound(losses), `losses of ${what}`);
  expectWithin(functions.logSumExp(logits, { shape, axis }), lse, rowBound(lse), `logSumExp of ${what}`);
  return expected;
}

const knownProbabilities = remembered();

function checkAll(functions: Functions, shape: readonly number[], axis = -1): void {
  const { logits } = checkLosses(functions, shape, axis);
  const { softmax, logSoftmax } = knownProbabilities([shape, axis], () => ({
    softmax: reference.softmax(logits, { shape, axis }),
    logSoftmax: reference.logSoftmax(logits, { shape, axis }),
  }));
  const what = `[${shape.join(", ")}], axis ${axis}`;
  const relative = (i: number): number => Math.min(2e-7, 1e-5 * softmax[i] + 1e-30);
  expectWithin(functions.softmax(logits, { shape, axis }), softmax, relative, `softmax of ${what}`);
  const bound = (i: number): number => 2e-7 * Math.max(1, Math.abs(logSoftmax[i]));
  expectWithin(functions.logSoftmax(logits, { shape, axis }), logSoftmax, bound, `logSoftmax of ${what}`);
}

const knownOptions = remembered();

/** Data for every option at once, some rows ignored, and the reference's results, computed once for all backends. */
const optionsOf = (rows: number, classes: number) => knownOptions([rows, classes], () => makeOptions(rows, classes));

function makeOptions(rows: number, classes: number) {
  const random = new Random(rows);
  const logits = random.normals(rows * classes, 3);
  const targets = random.classes(rows, classes);
  for (let row = 1; row < rows; row += 3) targets[row] = -100;
  const known = new Map<string, readonly [Float64Array, number]>();
  const expected = (key: string, aims: Int32Array | Float32Array, options: object): readonly [Float64Array, number] => {
    let results = known.get(key);
    if (!results) {
      const call = { ...options, shape: [rows, classes] };
      results = [
        reference.crossEntropy(logits, aims, { ...call, reduction: "none" }),
        reference.crossEntropy(logits, aims, call),
      ];
      known.set(key, results);
    }
    return results;
  };
  return { logits, targets, weight: random.weights(classes), q: random.distributions(rows, classes), expected };
}

eachBackend("sizes", (functions) => {
  it("1 to 9 rows of few classes", () => {
    for (const classes of few) for (const rows of count(1, 9)) checkAll(functions, [rows, classes]);
  });

  it("1, 2, 3 and 5 rows of many classes", () => {
    for (const classes of many) {
      for (const rows of classes > 5000 ? [1, 3] : [1, 2, 3, 5]) checkAll(functions, [rows, classes]);
    }
  });

  it("rows around a tile of 4096 rows", () => {
    for (const classes of [1, 2, 3, 5, 8]) {
      for (const rows of [...count(4094, 4098), 8191, 8192, 8193, 8197]) checkLosses(functions, [rows, classes]);
    }
  });

  it("rows around a tile of 16384 elements, and two of them", () => {
    for (const [classes, tile] of [
      [9, 3640],
      [64, 512],
      [65, 504],
      [100, 324],
      [1000, 32],
      [4096, 8],
      [10000, 3],
      [16384, 2],
    ] as const) {
      for (const rows of [tile - 1, tile, tile + 1, 2 * tile + 1]) checkLosses(functions, [rows, classes]);
    }
  });

  it("inner sizes around the width of a narrow panel, with one and several outer indices", () => {
    for (const inner of [2, 3, 4, 5, 31, 32, 33, 64, 65]) {
      for (const classes of [1, 2, 5, 31, 64, 130, 600]) checkAll(functions, [2, classes, inner], 1);
    }
  });

  it("columns of an outer index larger than a tile", () => {
    // a tile has 32768 elements: panels of 32768 / classes columns, and a narrower last one
    for (const [classes, inner] of [
      [7, 4095],
      [7, 4097],
      [9, 4100],
      [1, 9000],
      [300, 129],
      [1000, 33],
      [1000, 97],
      [1025, 63],
      [5000, 13],
      [16383, 3],
      [16384, 2],
      [16384, 3],
      [16385, 2],
      [65536, 2],
    ] as const) {
      checkLosses(functions, [2, classes, inner], 1);
      if (classes < 5000) checkAll(functions, [1, classes, inner], 1);
    }
  });

  it("columns longer than a segment", () => {
    for (const [classes, inner] of [
      [65537, 2],
      [65537, 5],
      [131073, 3],
    ] as const) {
      checkAll(functions, [1, classes, inner], 1);
    }
  });

  it("as many whole outer indices as fit a tile, and one more", () => {
    for (const [classes, inner] of [
      [4, 8],
      [16, 64],
      [100, 9],
    ] as const) {
      const fit = Math.min(Math.floor(32768 / (classes * inner)), Math.floor(4096 / inner));
      for (const outer of [fit - 1, fit, fit + 1]) checkLosses(functions, [outer, classes, inner], 1);
    }
  });

  it("every option over many tiles and over many segments", () => {
    for (const [rows, classes] of [
      [9001, 3],
      [700, 70],
      [5, 16385],
      [2, 140_000],
    ] as const) {
      const shape = [rows, classes];
      const { logits, targets, weight, q, expected } = optionsOf(rows, classes);
      const options = [{ weight }, { labelSmoothing: 0.1, weight }, { zLoss: 0.01, temperature: 0.7 }];
      for (const [i, option] of options.entries()) {
        for (const aims of [targets, q]) {
          const kind = aims === q ? "probabilities" : "classes";
          const [none, mean] = expected(`${kind} ${i}`, aims, option);
          const what = `${Object.keys(option).join()} of ${rows} x ${classes}, ${kind}`;
          const losses = functions.crossEntropy(logits, aims, { ...option, shape, reduction: "none" });
          expectWithin(losses, none, (row) => 2 * rowBound(none)(row), what);
          expectWithin(
            functions.crossEntropy(logits, aims, { ...option, shape }),
            mean,
            () => ROW_BOUND * Math.max(1, mean),
            what,
          );
        }
      }
    }
  });

  it("the class axis first: every row is a column", () => {
    for (const [classes, rows] of [
      [10, 5000],
      [1000, 40],
      [3, 40_000],
      [64, 511],
      [64, 513],
    ] as const) {
      checkLosses(functions, [classes, rows], 0);
    }
  });
});
