import { writtenTo } from "../harness/written.mjs";

/**
 * The baseline: a loss as one writes it in JS today, with care (js-loops/*). Indices in locals, nothing allocated, each
 * exponential and logarithm taken once. It is spared what the package does at each call: no argument is checked, no target is
 * looked at.
 *
 * @typedef {import("../harness/types.mjs").Problem} Problem
 *
 * @typedef {object} Loop
 * @property {(problem: Problem) => number} mean
 * @property {(problem: Problem, grad: Float32Array) => number} meanAndGrad the same, and its gradient into `grad`
 * @property {(problem: Problem) => ArrayLike<number>} losses one a row, or an element: for the check, not timed
 */

/** @type {Pick<import("../harness/types.mjs").Contender, "id" | "label" | "data" | "bound" | "missing">} */
const CONTENDER = { id: "js-loop", label: "plain JS loop", data: "js", bound: 1e-12, missing: () => undefined };

/**
 * @param {Omit<Loop, "meanAndGrad">} loop
 * @returns {import("../harness/types.mjs").Contender}
 */
export function jsLoop({ mean, losses }) {
  return {
    ...CONTENDER,
    open: (problem) => ({ run: () => mean(problem), rowLosses: () => losses(problem), close: () => {} }),
  };
}

/**
 * @param {Omit<Loop, "mean">} loop
 * @returns {import("../harness/types.mjs").Contender}
 */
export function jsLoopWithGrad({ meanAndGrad, losses }) {
  return {
    ...CONTENDER,
    open: (problem) => {
      const grad = new Float32Array(problem.elements);
      return { run: () => meanAndGrad(problem, grad), grad: writtenTo(grad), rowLosses: () => losses(problem), close: () => {} };
    },
  };
}

/**
 * Of a function that gives an array and no loss.
 *
 * @param {(problem: Problem, out: Float32Array) => void} write
 * @returns {import("../harness/types.mjs").Contender}
 */
export function jsLoopToArray(write) {
  return {
    ...CONTENDER,
    open: (problem) => {
      const grad = new Float32Array(problem.elements);
      const run = () => {
        write(problem, grad);
        return 0;
      };
      return { run, grad: writtenTo(grad), close: () => {} };
    },
  };
}
