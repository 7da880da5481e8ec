/**
 * wasm-cross-entropy/deterministic: the plain functions on plain SIMD128, whose bits are the same on every machine and
 * runtime. (Relaxed SIMD, which the main entry uses where it is there, fuses multiply and add only on hardware that can.)
 */
import { deterministicRunner } from "./engine/default.js";
import { functionsOn } from "./functions.js";

export const {
  crossEntropy,
  crossEntropyValueAndGrad,
  nllLoss,
  nllLossValueAndGrad,
  polyLoss,
  polyLossValueAndGrad,
  binaryCrossEntropy,
  binaryCrossEntropyValueAndGrad,
  binaryCrossEntropyWithLogits,
  binaryCrossEntropyWithLogitsValueAndGrad,
  klDivLoss,
  klDivLossValueAndGrad,
  sigmoidFocalLoss,
  sigmoidFocalLossValueAndGrad,
  jsDivLoss,
  jsDivLossValueAndGrad,
  logSumExpPartial,
  scoreTokens,
  compareLogits,
  softmax,
  logSoftmax,
  logSumExp,
  entropy,
  crossEntropyBetween,
  klDivergence,
  jsDivergence,
} = functionsOn(deterministicRunner);
export { crossEntropyFromPartial, mergePartials } from "./losses/merge-partials.js";
export { bitsPerByte } from "./scoring/bits-per-byte.js";
export { mergeComparisons, mergeScores } from "./scoring/merge-totals.js";
export { perplexity } from "./scoring/perplexity.js";
export { multipleChoice } from "./scoring/sequences.js";
