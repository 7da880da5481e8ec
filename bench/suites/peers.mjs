import { gradientOperation, lossOperation } from "../../xent/build/bench/operations.js";
import { packageContenders } from "../../xent/build/bench/package-contenders.js";
import { peerContenders } from "../peers/index.mjs";
import { forward } from "./forward.mjs";
import { gradient } from "./gradient.mjs";

// In both suites a contender for the package's own engine of two threads belongs after packageContenders.

/**
 * The loss alone, beside other libraries: in the same rounds, on the same numbers.
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
 */
export const peers = {
  ...forward,
  name: "peers",
  title: "cross-entropy of logits, mean over the rows, beside other libraries",
  linePer: "contender",
  groups: [
    {
      contenders: [
        ...forward.groups[0].contenders.slice(0, 1),
        ...packageContenders(lossOperation),
        ...(await peerContenders("forward")),
      ],
      source: forward.groups[0].source,
    },
  ],
};

/**
 * The loss and its gradient with respect to the logits.
 *
 * @type {import("../../xent/build/bench/types.js").Suite}
 */
export const peersGradient = {
  ...gradient,
  name: "peers-gradient",
  title: "cross-entropy of logits and its gradient, mean over the rows, beside other libraries",
  linePer: "contender",
  shapes: forward.shapes,
  groups: [
    {
      contenders: [
        ...gradient.groups[0].contenders.slice(0, 1),
        ...packageContenders(gradientOperation),
        ...(await peerContenders("gradient")),
      ],
      source: gradient.groups[0].source,
    },
  ],
};
