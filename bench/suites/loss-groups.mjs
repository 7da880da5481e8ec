/** Groups of the suite losses: a function against its JS loop, from JS arrays. */

import { meanOf } from "../../xent/build/bench/expected.js";
import { jsLoop, jsLoopToArray, jsLoopWithGrad } from "../../xent/build/bench/js-loop.js";
import { packageContender, WAYS } from "../../xent/build/bench/package-contenders.js";
import { randomProblem } from "../../xent/build/bench/problem.js";

/**
 * @typedef {import("wasm-cross-entropy").Functions} Functions
 * @typedef {import("../../xent/build/bench/package-contenders.js").Operands} Operands
 * @typedef {import("../../xent/build/bench/types.js").Group} Group
 * @typedef {import("../../xent/build/bench/types.js").Problem} Problem
 * @typedef {{ shape: [rows: number, classes: number], reduction: "none" }} None
 *
 * @typedef {object} Loss
 * @property {string} name of the function; that of the function with the gradient is derived from it
 * @property {(shape: import("../../xent/build/bench/types.js").Shape) => Problem} problem
 * @property {import("../../xent/build/bench/js-loop.js").Loop} loop
 * @property {number} bound of the row error
 * @property {(functions: Functions, operands: Operands, reduction: "mean" | "none") => number | Float32Array} value
 * @property {(functions: Functions, operands: Operands, reduction: "mean" | "none") => { value: number | Float32Array }} withGrad
 *   writes the gradient to `operands.grad`
 * @property {(problem: Problem, options: None) => { value: Float64Array, grad: Float64Array }} reference
 */

/**
 * A group for the loss alone, and one with its gradient.
 *
 * @param {Loss} loss
 * @returns {Group[]}
 */
export function groupsOfLoss({ name, problem, loop, bound, value, withGrad, ...loss }) {
  /** @type {import("../../xent/build/bench/types.js").Source} */
  const source = {
    problem,
    expected: (made) => meanOf(loss.reference(made, { shape: [made.rows, made.classes], reduction: "none" })),
  };
  return [
    {
      label: name,
      source,
      contenders: [
        jsLoop(loop),
        ...onJsArrays(
          {
            run: (functions, operands) => number(value(functions, operands, "mean")),
            rowLosses: (functions, operands) => floats(value(functions, operands, "none")),
          },
          bound,
        ),
      ],
    },
    {
      label: `${name}ValueAndGrad`,
      source,
      contenders: [
        jsLoopWithGrad(loop),
        ...onJsArrays(
          {
            gradient: true,
            run: (functions, operands) => number(withGrad(functions, operands, "mean").value),
            rowLosses: (functions, operands) => floats(withGrad(functions, operands, "none").value),
          },
          bound,
        ),
      ],
    },
  ];
}

/**
 * A group for a function of logits that returns an array.
 *
 * @param {string} name
 * @param {(problem: Problem, out: Float32Array) => void} loop
 * @param {(functions: Functions, operands: Operands) => void} write to `operands.grad`
 * @param {(logits: Float32Array, options: { shape: number[] }) => Float64Array} expected
 * @returns {Group}
 */
export function groupOfArray(name, loop, write, expected) {
  /** @type {import("../../xent/build/bench/package-contenders.js").Operation} */
  const operation = {
    gradient: true,
    run: (functions, operands) => {
      write(functions, operands);
      return 0;
    },
  };
  return {
    label: name,
    contenders: [jsLoopToArray(loop), ...onJsArrays(operation)],
    source: {
      problem: randomProblem,
      expected: ({ logits, rows, classes }) => ({ value: 0, grad: expected(logits, { shape: [rows, classes] }) }),
    },
  };
}

/** @param {import("../../xent/build/bench/package-contenders.js").Operation} operation @param {number} [bound] */
function onJsArrays(operation, bound) {
  return WAYS.filter(({ data }) => data === "js").map((way) =>
    packageContender(way, operation, bound === undefined ? {} : { bound }),
  );
}

/**
 * Narrows targets that are not class indices, and losses with reduction "none".
 *
 * @param {number | Int32Array | Float32Array} array
 */
export function floats(array) {
  if (!(array instanceof Float32Array)) throw new TypeError("expected a Float32Array");
  return array;
}

/** @param {number | Float32Array} value with reduction "mean" */
function number(value) {
  if (typeof value !== "number") throw new TypeError("expected a number");
  return value;
}
