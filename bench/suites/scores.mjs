import * as reference from "wasm-cross-entropy/reference";
import { meanOf } from "../../xent/build/bench/expected.js";
import { jsLoop } from "../../xent/build/bench/js-loop.js";
import { packageContender, packageContenders, WAYS } from "../../xent/build/bench/package-contenders.js";
import { LOGITS, randomProblem } from "../../xent/build/bench/problem.js";
import { rowLosses, scoresLoop } from "../js-loops/scores.mjs";

/** @param {ArrayLike<number>} logProbs */
const negated = (logProbs) => Float64Array.from(logProbs, (logProb) => 0 - logProb);

/** @param {number} topK @returns {import("../../xent/build/bench/package-contenders.js").Operation} */
const scoring = (topK) => ({
  run: (functions, { logits, targets, shape }) =>
    functions.scoreTokens(logits, /** @type {Int32Array} */ (targets), { shape, topK }).totals.bitsPerToken * Math.LN2,
  rowLosses: (functions, { logits, targets, shape }) =>
    negated(functions.scoreTokens(logits, /** @type {Int32Array} */ (targets), { shape, topK }).logProbs),
});

const onJsArrays = WAYS.filter(({ data }) => data === "js");

/**
 * `scoreTokens(logits, targets)`: log-probability, rank, hit and entropy of each token and the totals; also with the five
 * greatest logits of each row. The loop computes neither hits nor totals.
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
 */
export const scores = {
  name: "scores",
  title: "scoreTokens(logits, targets): log-probability, rank and entropy of each token, and totals",
  input: LOGITS,
  shapes: [
    { rows: 1024, classes: 1000 },
    { rows: 256, classes: 50257 },
    { rows: 64, classes: 151936 },
  ],
  groups: [
    {
      contenders: [
        jsLoop({ mean: scoresLoop, losses: rowLosses }),
        ...packageContenders(scoring(0)),
        ...onJsArrays.map((way) =>
          packageContender(way, scoring(5), { id: `${way.variant}-js-top`, label: `wasm ${way.variant}, JS arrays, topK 5` }),
        ),
      ],
      source: {
        problem: randomProblem,
        expected: ({ logits, targets, rows, classes }) =>
          meanOf({ value: reference.crossEntropy(logits, targets, { shape: [rows, classes], reduction: "none" }) }),
      },
    },
  ],
};
