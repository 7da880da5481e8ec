/** KL divergence of elements whose targets are probabilities or their logarithms. */
import { KL_DIV_LOSS, KL_DIV_LOSS_OF_LOGS } from "../../wasm/generated/kernels.js";
import { elementKind } from "./elements.js";

export const klDivLossKind = /* @__PURE__ */ elementKind("klDivLoss", KL_DIV_LOSS, 1.1);
export const klDivLossOfLogsKind = /* @__PURE__ */ elementKind("klDivLossOfLogs", KL_DIV_LOSS_OF_LOGS, 1.5);
