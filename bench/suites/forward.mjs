import * as reference from "wasm-cross-entropy/reference";
import { jsLoop } from "../contenders/js-loop.mjs";
import { packageContenders } from "../contenders/package.mjs";
import { LOGITS, randomProblem } from "../harness/problem.mjs";

/**
 * The loss alone, `crossEntropy(logits, targets)`: from a classifier of ten classes to the vocabularies of GPT-2 (50257) and
 * Qwen (151936).
 *
 * @type {import("../harness/types.mjs").Suite}
 */
export const forward = {
  name: "forward",
  title: "crossEntropy(logits, targets): mean over the rows",
  logits: LOGITS,
  shapes: [
    // what a call costs beside the kernels: here the plain loop wins
    { rows: 1, classes: 10 },
    { rows: 4096, classes: 10 },
    { rows: 4096, classes: 100 },
    { rows: 1024, classes: 1000 },
    { rows: 256, classes: 50257 },
    { rows: 64, classes: 151936 },
  ],
  baseline: jsLoop.id,
  contenders: [
    jsLoop,
    ...packageContenders({
      run: (functions, logits, targets) => functions.crossEntropy(logits, targets),
      rowLosses: (functions, logits, targets) => functions.crossEntropy(logits, targets, { reduction: "none" }),
    }),
  ],
  problem: randomProblem,
  expected: ({ logits, targets, rows, classes }) => {
    const losses = reference.crossEntropy(logits, targets, { shape: [rows, classes], reduction: "none" });
    return { rows: losses, value: losses.reduce((sum, loss) => sum + loss, 0) / rows };
  },
};
