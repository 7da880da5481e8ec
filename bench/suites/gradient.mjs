import * as reference from "wasm-cross-entropy/reference";
import { jsLoopWithGrad } from "../contenders/js-loop.mjs";
import { crossEntropyLoop } from "../contenders/js-loops/cross-entropy.mjs";
import { nativeContenders } from "../contenders/native.mjs";
import { packageContender, packageContenders, WAYS, wayName } from "../contenders/package.mjs";
import { meanOf } from "../harness/expected.mjs";
import { LOGITS, randomProblem } from "../harness/problem.mjs";
import { forward, lossOperation } from "./forward.mjs";

/** @type {import("../contenders/package.mjs").Operation} */
const operation = {
  gradient: true,
  run: (functions, { logits, targets, grad }) => functions.crossEntropyValueAndGrad(logits, targets, { gradOut: grad }).value,
  rowLosses: (functions, { logits, targets, grad }) =>
    functions.crossEntropyValueAndGrad(logits, targets, { gradOut: grad, reduction: "none" }).value,
};

/** What the gradient costs beside the loss is read from data in the memory, where nothing is copied in or out. */
const inMemory = WAYS.filter(({ data }) => data === "memory");
const lossId = (/** @type {string} */ variant) => `${variant}-memory-loss`;

/**
 * The loss and its gradient, `crossEntropyValueAndGrad(logits, targets, { gradOut })`, written to the same array at each call.
 *
 * @type {import("../harness/types.mjs").Suite}
 */
export const gradient = {
  name: "gradient",
  title: "crossEntropyValueAndGrad(logits, targets, { gradOut }): mean over the rows, gradOut reused",
  input: LOGITS,
  shapes: forward.shapes.filter(({ rows }) => rows > 1),
  groups: [
    {
      contenders: [
        jsLoopWithGrad(crossEntropyLoop),
        ...packageContenders(operation),
        ...inMemory.map((way) =>
          packageContender(way, lossOperation, {
            id: lossId(way.variant),
            label: `wasm ${wayName(way)}, loss alone`,
            detail: true,
          }),
        ),
        ...nativeContenders({ gradient: true }),
      ],
      comparisons: inMemory.map(({ variant }) => ({
        label: `gradient / loss, ${variant}`,
        of: `${variant}-memory`,
        over: lossId(variant),
      })),
      source: {
        problem: randomProblem,
        expected: ({ logits, targets, rows, classes }) =>
          meanOf(reference.crossEntropyValueAndGrad(logits, targets, { shape: [rows, classes], reduction: "none" })),
      },
    },
  ],
};
