import * as reference from "../../src/reference/index.js";
import { conformanceSuite } from "./suite.js";

const tolerance = { atol: 1e-15, rtol: 1e-12 };

conformanceSuite("the f64 reference", reference, {
  tolerance,
  gradientTolerance: tolerance,
  supports: [
    "crossEntropyValueAndGrad",
    "nllLossValueAndGrad",
    "binaryCrossEntropy",
    "binaryCrossEntropyValueAndGrad",
    "binaryCrossEntropyWithLogits",
    "binaryCrossEntropyWithLogitsValueAndGrad",
    "klDivLoss",
    "klDivLossValueAndGrad",
    "linearCrossEntropy",
    "linearCrossEntropyValueAndGrad",
    "targetGrad",
    "float16",
    "bfloat16",
  ],
  checksErrors: false,
  precision: "f64",
});
