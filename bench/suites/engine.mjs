import * as reference from "wasm-cross-entropy/reference";
import { meanOf } from "../../xent/build/bench/expected.js";
import { LOGITS, randomProblem } from "../../xent/build/bench/problem.js";
import { apartContender } from "../contenders/apart.mjs";
import { engineContender, plainContender } from "../contenders/engine.mjs";

/**
 * Two threads against one and against the plain function. The smallest calls run on the caller; the others show from what size on
 * waking the workers gains, and how much it gains for large calls.
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
 */
export const engine = {
  name: "engine",
  title: "crossEntropy(logits, targets) on engines of one and two threads",
  input: LOGITS,
  shapes: [
    { rows: 1, classes: 10 },
    { rows: 64, classes: 1000 },
    { rows: 256, classes: 1000 },
    { rows: 512, classes: 1000 },
    { rows: 1024, classes: 1000 },
    { rows: 4096, classes: 1000 },
    { rows: 1, classes: 1048576 },
    { rows: 256, classes: 50257 },
    { rows: 64, classes: 151936 },
  ],
  groups: [
    {
      contenders: [
        plainContender("memory"),
        engineContender(1, "memory"),
        engineContender(2, "memory"),
        apartContender(),
        plainContender("js"),
        engineContender(1, "js"),
        engineContender(2, "js"),
      ],
      comparisons: [
        { label: "plain / two plain functions, half each", of: "plain-memory", over: "apart-2-memory" },
        { label: "one thread / two, in memory", of: "engine-1-memory", over: "engine-2-memory" },
        { label: "one thread / two, JS arrays", of: "engine-1-js", over: "engine-2-js" },
        { label: "two threads / plain, in memory", of: "engine-2-memory", over: "plain-memory" },
        { label: "two threads / plain, JS arrays", of: "engine-2-js", over: "plain-js" },
      ],
      source: {
        problem: randomProblem,
        expected: ({ logits, targets, rows, classes }) =>
          meanOf({ value: reference.crossEntropy(logits, targets, { shape: [rows, classes], reduction: "none" }) }),
      },
    },
  ],
};
