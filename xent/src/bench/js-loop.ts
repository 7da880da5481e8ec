/**
 * The baseline: a loss in careful plain JS. Indices are in locals, nothing is allocated, each exponential and logarithm is
 * computed once. Unlike the library, it checks neither arguments nor targets.
 */
import type { Contender, Problem } from "./types.js";
import { writtenTo } from "./written.js";

export interface Loop {
  mean(problem: Problem): number;
  /** Like `mean`, and writes the gradient to `grad`. */
  meanAndGrad(problem: Problem, grad: Float32Array): number;
  /** Returns one loss per row, or per element: for the check, not timed. */
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

/** The baseline of a function whose result is an array. */
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
