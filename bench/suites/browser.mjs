import { crossEntropyLoop } from "../../xent/build/bench/cross-entropy-loop.js";
import { meanOf } from "../../xent/build/bench/expected.js";
import { jsLoop } from "../../xent/build/bench/js-loop.js";
import { lossOperation } from "../../xent/build/bench/operations.js";
import { packageContender, WAYS } from "../../xent/build/bench/package-contenders.js";
import { LOGITS, randomProblem } from "../../xent/build/bench/problem.js";
import { engineContender } from "../contenders/engine.mjs";

/** @typedef {import("../../xent/build/bench/types.js").Contender} Contender */

/**
 * The contender of an engine, with the build in its id and label.
 *
 * @param {import("../../xent/build/bench/package-contenders.js").Way} way
 * @param {number} threads
 * @returns {Contender}
 */
function engineOf({ variant, data }, threads) {
  const contender = engineContender(threads, data, { deterministic: variant === "plain" });
  const { missing } = packageContender({ variant, data }, lossOperation);
  return { ...contender, variant, id: `${contender.id}-${variant}`, label: `${contender.label}, ${variant}`, missing };
}

/**
 * The plain JS loop, the plain functions and an engine of all threads, in a page. The expected result is
 * that of the loop, in f64.
 *
 * @param {number} threads
 * @returns {import("../../xent/build/bench/types.js").Suite}
 */
export const browserSuite = (threads) => ({
  name: "browser",
  title: "crossEntropy(logits, targets) in a page, plain functions and engine",
  input: LOGITS,
  linePer: "contender",
  shapes: [{ rows: 256, classes: 50257 }],
  groups: [
    {
      contenders: [
        jsLoop(crossEntropyLoop),
        ...WAYS.map((way) => packageContender(way, lossOperation)),
        ...WAYS.map((way) => engineOf(way, threads)),
      ],
      source: { problem: randomProblem, expected: (problem) => meanOf({ value: crossEntropyLoop.losses(problem) }) },
    },
  ],
});
