import { backends } from "../support/backends.js";
import type { Capability } from "../support/implementation.js";
import { conformanceSuite } from "./suite.js";

/** What every backend can do beyond the values of f32 and f64 inputs: its cases are run as soon as it is listed here. */
const supports: readonly Capability[] = [
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
];

for (const { name, functions } of backends) {
  conformanceSuite(name, functions, {
    tolerance: { atol: 1e-7, rtol: 1e-6 },
    gradientTolerance: { atol: 2e-6, rtol: 1e-5 },
    supports,
    checksErrors: true,
    precision: "f32",
  });
}
