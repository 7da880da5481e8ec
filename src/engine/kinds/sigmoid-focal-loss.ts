/** Focal loss of logits. */
import { SIGMOID_FOCAL_LOSS } from "../../wasm/generated/kernels.js";
import { elementKind } from "./elements.js";

export const sigmoidFocalLossKind = /* @__PURE__ */ elementKind("sigmoidFocalLoss", SIGMOID_FOCAL_LOSS, 2.2);
