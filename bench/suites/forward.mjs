import * as reference from "wasm-cross-entropy/reference";
import { jsLoop } from "../contenders/js-loop.mjs";
import { crossEntropyLoop } from "../contenders/js-loops/cross-entropy.mjs";
import { nativeContenders } from "../contenders/native.mjs";
import { packageContenders } from "../contenders/package.mjs";
import { meanOf } from "../harness/expected.mjs";
import { LOGITS, randomProblem } from "../harness/problem.mjs";

/** @type {import("../contenders/package.mjs").Operation} */
export const lossOperation = {
  run: (functions, { logits, targets }) => functions.crossEntropy(logits, targets),
  rowLosses: (functions, { logits, targets }) => functions.crossEntropy(logits, targets, { reduction: "none" }),
};

/**
 * The loss alone, `crossEntropy(logits, targets)`: from a classifier of ten classes to the vocabularies of GPT-2 (50257) and
 * Qwen (151936).
 *
 * @type {import("../harness/types.mjs").Suite}
 */
export const forward = {
  name: "forward",
  title: "crossEntropy(logits, targets): mean over the rows",
  input: LOGITS,
  shapes: [
    // what a call costs beside the kernels: here the plain loop wins
    { rows: 1, classes: 10 },
    { rows: 4096, classes: 10 },
    { rows: 4096, classes: 100 },
    { rows: 1024, classes: 1000 },
    { rows: 256, classes: 50257 },
    { rows: 64, classes: 151936 },
  ],
  groups: [
    {
      contenders: [jsLoop(crossEntropyLoop), ...packageContenders(lossOperation), ...nativeContenders({ gradient: false })],
      source: {
        problem: randomProblem,
        expected: ({ logits, targets, rows, classes }) =>
          meanOf({ value: reference.crossEntropy(logits, targets, { shape: [rows, classes], reduction: "none" }) }),
      },
    },
  ],
};
