/** The suite of `xent bench`: the loss and its gradient, the library against the JS loop. */
import { crossEntropyLoop } from "./cross-entropy-loop.js";
import { meanOf } from "./expected.js";
import { jsLoop, jsLoopWithGrad } from "./js-loop.js";
import { gradientOperation, lossOperation } from "./operations.js";
import { packageContenders } from "./package-contenders.js";
import { LOGITS, randomProblem } from "./problem.js";
import type { Expected, Problem, Source, Suite } from "./types.js";

/** The JS loop's f64 losses are the expected ones: the reference would take seconds longer for the same values. */
const loss: Source = {
  problem: randomProblem,
  expected: (problem) => meanOf({ value: crossEntropyLoop.losses(problem) }),
};
const gradient: Source = { problem: randomProblem, expected: expectedGradient };

function expectedGradient(problem: Problem): Expected {
  const grad = new Float32Array(problem.elements);
  crossEntropyLoop.meanAndGrad(problem, grad);
  return { ...loss.expected(problem, "float32"), grad };
}

export const quickSuite: Suite = {
  name: "quick",
  title: "crossEntropy(logits, targets), alone and with its gradient",
  input: LOGITS,
  labels: "function",
  shapes: [
    { rows: 4096, classes: 10 },
    { rows: 1024, classes: 1000 },
    { rows: 64, classes: 50257 },
  ],
  groups: [
    { label: "loss", contenders: [jsLoop(crossEntropyLoop), ...packageContenders(lossOperation)], source: loss },
    {
      label: "loss and gradient",
      contenders: [jsLoopWithGrad(crossEntropyLoop), ...packageContenders(gradientOperation)],
      source: gradient,
    },
  ],
};
