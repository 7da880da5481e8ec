import * as reference from "wasm-cross-entropy/reference";
import { randomProblem } from "../../xent/build/bench/problem.js";
import { distributions, labelledLogits, labelledProbabilities, logDistributions } from "../harness/problem.mjs";
import { binaryCrossEntropyLoop } from "../js-loops/binary-cross-entropy.mjs";
import { binaryCrossEntropyWithLogitsLoop } from "../js-loops/binary-cross-entropy-with-logits.mjs";
import { jsDivLossLoop } from "../js-loops/js-div-loss.mjs";
import { klDivLossLoop } from "../js-loops/kl-div-loss.mjs";
import { polyLossLoop } from "../js-loops/poly-loss.mjs";
import { sigmoidFocalLossLoop } from "../js-loops/sigmoid-focal-loss.mjs";
import { logSoftmaxLoop, softmaxLoop } from "../js-loops/softmax.mjs";
import { floats, groupOfArray, groupsOfLoss } from "./loss-groups.mjs";

/** @typedef {import("./loss-groups.mjs").Loss} Loss */

/** The bounds are those that the functions document. @type {Loss[]} */
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
  {
    name: "binaryCrossEntropy",
    problem: labelledProbabilities,
    loop: binaryCrossEntropyLoop,
    bound: 2e-7,
    value: (functions, { logits, targets }, reduction) => functions.binaryCrossEntropy(logits, floats(targets), { reduction }),
    withGrad: (functions, { logits, targets, grad }, reduction) =>
      functions.binaryCrossEntropyValueAndGrad(logits, floats(targets), { reduction, gradOut: grad }),
    reference: ({ logits, targets }, options) => reference.binaryCrossEntropyValueAndGrad(logits, floats(targets), options),
  },
  {
    name: "binaryCrossEntropyWithLogits",
    problem: labelledLogits,
    loop: binaryCrossEntropyWithLogitsLoop,
    bound: 2e-7,
    value: (functions, { logits, targets }, reduction) =>
      functions.binaryCrossEntropyWithLogits(logits, floats(targets), { reduction }),
    withGrad: (functions, { logits, targets, grad }, reduction) =>
      functions.binaryCrossEntropyWithLogitsValueAndGrad(logits, floats(targets), { reduction, gradOut: grad }),
    reference: ({ logits, targets }, options) =>
      reference.binaryCrossEntropyWithLogitsValueAndGrad(logits, floats(targets), options),
  },
  {
    name: "sigmoidFocalLoss",
    problem: labelledLogits,
    loop: sigmoidFocalLossLoop,
    bound: 6e-7,
    value: (functions, { logits, targets }, reduction) => functions.sigmoidFocalLoss(logits, floats(targets), { reduction }),
    withGrad: (functions, { logits, targets, grad }, reduction) =>
      functions.sigmoidFocalLossValueAndGrad(logits, floats(targets), { reduction, gradOut: grad }),
    reference: ({ logits, targets }, options) => reference.sigmoidFocalLossValueAndGrad(logits, floats(targets), options),
  },
  {
    name: "klDivLoss",
    problem: distributions,
    loop: klDivLossLoop,
    bound: 2e-7,
    value: (functions, { logits, targets }, reduction) => functions.klDivLoss(logits, floats(targets), { reduction }),
    withGrad: (functions, { logits, targets, grad }, reduction) =>
      functions.klDivLossValueAndGrad(logits, floats(targets), { reduction, gradOut: grad }),
    reference: ({ logits, targets }, options) => reference.klDivLossValueAndGrad(logits, floats(targets), options),
  },
  {
    name: "jsDivLoss",
    problem: logDistributions,
    loop: jsDivLossLoop,
    bound: 1e-6,
    value: (functions, { logits, targets, shape }, reduction) =>
      functions.jsDivLoss(logits, floats(targets), { shape, reduction }),
    withGrad: (functions, { logits, targets, shape, grad }, reduction) =>
      functions.jsDivLossValueAndGrad(logits, floats(targets), { shape, reduction, gradOut: grad }),
    reference: ({ logits, targets }, options) => reference.jsDivLossValueAndGrad(logits, floats(targets), options),
  },
];

/**
 * The other losses, alone and with the gradient (the same gradOut at each call), and softmax and logSoftmax, for a million
 * elements from JS arrays.
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
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
