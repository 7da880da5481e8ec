/**
 * The baseline: a loss as one writes it in JS today, with care. Indices in locals, nothing allocated, each exponential and
 * logarithm taken once. It is spared what the package does at each call: no argument is checked, no target is looked at.
 */
import type { Contender, Problem } from "./types.js";
import { writtenTo } from "./written.js";

export interface Loop {
  mean(problem: Problem): number;
  /** The same, and its gradient into `grad`. */
  meanAndGrad(problem: Problem, grad: Float32Array): number;
  /** One a row, or an element: for the check, not timed. */
  losses(problem: Problem): ArrayLike<number>;
}

const CONTENDER = {
  id: "js-loop",
  label: "plain JS loop",
  data: "js",
  bound: 1e-12,
  missing: () => undefined,
} as const satisfies Omit<Contender, "open">;

export function jsLoop({ mean, losses }: Omit<Loop, "meanAndGrad">): Contender {
  return {
    ...CONTENDER,
    open: (problem) => ({ run: () => mean(problem), rowLosses: () => losses(problem), close: () => {} }),
  };
}

export function jsLoopWithGrad({ meanAndGrad, losses }: Omit<Loop, "mean">): Contender {
  return {
    ...CONTENDER,
    open: (problem) => {
      const grad = new Float32Array(problem.elements);
      return {
        run: () => meanAndGrad(problem, grad),
        grad: writtenTo(grad),
        rowLosses: () => losses(problem),
        close: () => {},
      };
    },
  };
}

/** Of a function that gives an array and no loss. */
export function jsLoopToArray(write: (problem: Problem, out: Float32Array) => void): Contender {
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
