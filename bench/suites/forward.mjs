import * as reference from "wasm-cross-entropy/reference";
import { crossEntropyLoop } from "../../xent/build/bench/cross-entropy-loop.js";
import { meanOf } from "../../xent/build/bench/expected.js";
import { jsLoop } from "../../xent/build/bench/js-loop.js";
import { lossOperation } from "../../xent/build/bench/operations.js";
import { packageContenders } from "../../xent/build/bench/package-contenders.js";
import { LOGITS, randomProblem } from "../../xent/build/bench/problem.js";
import { nativeContenders } from "../contenders/native.mjs";

/**
 * The loss alone, `crossEntropy(logits, targets)`: from a classifier of ten classes to the vocabularies of GPT-2 (50257) and Qwen
 * (151936).
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
 */
export const forward = {
  name: "forward",
  title: "crossEntropy(logits, targets): mean over the rows",
  input: LOGITS,
  shapes: [
    // the cost of a call beside the kernels: here the plain loop wins
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
