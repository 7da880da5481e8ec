import * as reference from "wasm-cross-entropy/reference";
import { crossEntropyLoop } from "../../xent/build/bench/cross-entropy-loop.js";
import { meanOf } from "../../xent/build/bench/expected.js";
import { jsLoopWithGrad } from "../../xent/build/bench/js-loop.js";
import { gradientOperation, lossOperation } from "../../xent/build/bench/operations.js";
import { packageContender, packageContenders, WAYS, wayName } from "../../xent/build/bench/package-contenders.js";
import { LOGITS, randomProblem } from "../../xent/build/bench/problem.js";
import { nativeContenders } from "../contenders/native.mjs";
import { forward } from "./forward.mjs";

/** The gradient is compared with the loss on data in memory, where nothing is copied in or out. */
const inMemory = WAYS.filter(({ data }) => data === "memory");
const lossId = (/** @type {string} */ variant) => `${variant}-memory-loss`;

/**
 * The loss and its gradient, `crossEntropyValueAndGrad(logits, targets, { gradOut })`, with the same gradOut at each call.
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
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
        ...packageContenders(gradientOperation),
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
