/** Binary cross-entropy of probabilities and of logits. */
import { BINARY_CROSS_ENTROPY, BINARY_CROSS_ENTROPY_WITH_LOGITS } from "../../wasm/generated/kernels.js";
import { elementKind } from "./elements.js";

export const binaryCrossEntropyKind = /* @__PURE__ */ elementKind("binaryCrossEntropy", BINARY_CROSS_ENTROPY, 1.6);

export const binaryCrossEntropyWithLogitsKind = /* @__PURE__ */ elementKind(
  "binaryCrossEntropyWithLogits",
  BINARY_CROSS_ENTROPY_WITH_LOGITS,
  1.6,
);
