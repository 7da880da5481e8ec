/**
 * crossEntropyValueAndGrad at the size of a language model's vocabulary, against the f64 reference of the same inputs: what its
 * docstring promises.
 */
import { afterAll, describe, expect, it } from "vitest";
import { type FloatTensor, info } from "../../src/index.js";
import * as reference from "../../src/reference/index.js";
import { Random } from "../losses/random.js";
import { backends } from "../support/backends.js";
import { halfTypes, numbersOf, wordsOf } from "../support/halves.js";
import { remembered } from "../support/remembered.js";

const ROWS = 16;
const CLASSES = 151936;
const SHAPE = [ROWS, CLASSES];

/** The first two are the plain functions: on the fastest build of this runtime, and on the plain one. */
const builds = backends.slice(0, 2);

const random = new Random(151936);
const logits = random.normals(ROWS * CLASSES, 3);
const targets = random.classes(ROWS, CLASSES);
// one confident row: a loss and gradients that are all small
logits[targets[0]] = 30;

const lines: string[] = [];
afterAll(() => console.log(`(${SHAPE}): |value - f64|, worst |grad - f64| / the row's largest entry\n${lines.join("\n")}`));

/** The worst |got - exact| of all. */
function worstOf(got: Float32Array, exact: Float64Array): number {
  return got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - exact[i])), 0);
}

/** The worst over the rows of |got - exact| over the row's largest |exact|. */
function worstOfRows(got: Float32Array, exact: Float64Array, classes: number): number {
  let worst = 0;
  for (let start = 0; start < exact.length; start += classes) {
    let error = 0;
    let largest = 0;
    for (let i = start; i < start + classes; i++) {
      error = Math.max(error, Math.abs(got[i] - exact[i]));
      largest = Math.max(largest, Math.abs(exact[i]));
    }
    worst = Math.max(worst, error / largest);
  }
  return worst;
}

/** Inputs, and the same numbers for the reference. */
const inputs = [
  { type: "float32", tensor: logits as FloatTensor, numbers: logits },
  ...halfTypes.map((type) => {
    const data = wordsOf(logits, type);
    return { type, tensor: { data, dims: SHAPE, type } as FloatTensor, numbers: numbersOf(data, type) };
  }),
];

describe.each(inputs)("16 rows of 151936 classes, $type", ({ type, tensor, numbers }) => {
  const exact = reference.crossEntropyValueAndGrad(numbers, targets);
  const exactRows = reference.crossEntropy(numbers, targets, { shape: SHAPE, reduction: "none" });

  it.each(builds)("value within 1e-7, gradient within 2e-6 of the row's largest entry: $name", ({ name, functions }) => {
    const build = name.startsWith("deterministic") ? "plain" : info().variant;
    const { value, grad } = functions.crossEntropyValueAndGrad(tensor, targets);
    const error = Math.abs(value - exact.value);
    const gradError = worstOfRows(grad, exact.grad, CLASSES);
    lines.push(`${type}, ${build}: ${error.toExponential(1)}, ${gradError.toExponential(1)}`);
    expect(error).toBeLessThanOrEqual(1e-7);
    expect(gradError).toBeLessThanOrEqual(2e-6);
    const rows = functions.crossEntropyValueAndGrad(tensor, targets, { reduction: "none" }).value;
    for (const [row, loss] of rows.entries()) {
      const wanted = exactRows[row];
      expect(Math.abs(loss - wanted), `row ${row}`).toBeLessThanOrEqual(1e-7 * Math.max(1, wanted));
    }
  });
});

const known = remembered();

/** Some 100,000 logits, and the gradients of their sum of losses. */
function rowsOf(classes: number) {
  return known(classes, () => {
    const own = new Random(classes);
    const rows = Math.ceil(100_000 / classes);
    const scales = [0.5, 1, 3, 10];
    const x = Float32Array.from({ length: rows * classes }, (_, i) => own.normal() * scales[Math.floor(i / classes) % 4]);
    const aims = own.classes(rows, classes);
    return { x, aims, exact: reference.crossEntropyValueAndGrad(x, aims, { reduction: "sum" }).grad };
  });
}

describe.each(builds)("rows of 2 to 20000 classes: $name", ({ name, functions }) => {
  it("within 1.5e-7 of the upstream gradient, and of the row's largest entry as the docstring says", () => {
    const ofSmallRows = name.includes("relaxed") ? 2.5e-6 : 5e-6;
    for (const classes of [2, 3, 5, 10, 30, 100, 128, 129, 500, 1000, 5000, 20_000]) {
      const { x, aims, exact } = rowsOf(classes);
      const { grad } = functions.crossEntropyValueAndGrad(x, aims, { reduction: "sum" });
      expect(worstOf(grad, exact), `${classes} classes`).toBeLessThanOrEqual(1.5e-7);
      const relative = worstOfRows(grad, exact, classes);
      expect(relative, `${classes} classes`).toBeLessThanOrEqual(classes >= 500 ? 1.5e-7 : ofSmallRows);
    }
  });
});
