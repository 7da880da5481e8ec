import * as reference from "wasm-cross-entropy/reference";
import { polyLossLoop } from "../contenders/js-loops/poly-loss.mjs";
import { logSoftmaxLoop, softmaxLoop } from "../contenders/js-loops/softmax.mjs";
import { randomProblem } from "../harness/problem.mjs";
import { groupOfArray, groupsOfLoss } from "./loss-groups.mjs";

/** @typedef {import("./loss-groups.mjs").Loss} Loss */

/** The bounds are what the functions promise. @type {Loss[]} */
const LOSSES = [
  {
    name: "polyLoss",
    problem: randomProblem,
    loop: polyLossLoop,
    bound: 2e-7,
    value: (functions, { logits, targets }, reduction) => functions.polyLoss(logits, targets, { reduction }),
    withGrad: (functions, { logits, targets, grad }, reduction) =>
      functions.polyLossValueAndGrad(logits, targets, { reduction, gradOut: grad }),
    reference: ({ logits, targets }, options) => reference.polyLossValueAndGrad(logits, targets, options),
  },
];

/**
 * The other losses, each alone and with its gradient written to the same array at each call, and softmax and logSoftmax: a million
 * elements from JS arrays.
 *
 * @type {import("../harness/types.mjs").Suite}
 */
export const losses = {
  name: "losses",
  title: "the other losses: mean, default options, gradOut (softmax: out) reused",
  input:
    "f32, seeded; logits N(0, 3); labels 0 or 1; probabilities uniform in 0.02..0.98; log-probabilities: log-softmax of N(0, 3)",
  labels: "function",
  shapes: [{ rows: 1000, classes: 1000 }],
  groups: [
    ...LOSSES.flatMap(groupsOfLoss),
    groupOfArray(
      "softmax",
      softmaxLoop,
      (functions, { logits, shape, grad }) => functions.softmax(logits, { shape, out: grad }),
      reference.softmax,
    ),
    groupOfArray(
      "logSoftmax",
      logSoftmaxLoop,
      (functions, { logits, shape, grad }) => functions.logSoftmax(logits, { shape, out: grad }),
      reference.logSoftmax,
    ),
  ],
};
