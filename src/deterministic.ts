/**
 * wasm-cross-entropy/deterministic: the plain functions on plain SIMD128, whose bits are the same on every machine and
 * runtime. (Relaxed SIMD, which the main entry uses where it is there, fuses multiply and add only on hardware that can.)
 */
import { deterministicRunner } from "./engine/default.js";
import { type Functions, functionsOn } from "./functions.js";

const functions: Functions = /* @__PURE__ */ functionsOn(deterministicRunner);

export const crossEntropy: Functions["crossEntropy"] = functions.crossEntropy;
export const crossEntropyValueAndGrad: Functions["crossEntropyValueAndGrad"] = functions.crossEntropyValueAndGrad;
export const nllLossValueAndGrad: Functions["nllLossValueAndGrad"] = functions.nllLossValueAndGrad;
export const logSumExpPartial: Functions["logSumExpPartial"] = functions.logSumExpPartial;
export const nllLoss: Functions["nllLoss"] = functions.nllLoss;
export const polyLoss: Functions["polyLoss"] = functions.polyLoss;
export const polyLossValueAndGrad: Functions["polyLossValueAndGrad"] = functions.polyLossValueAndGrad;
export const binaryCrossEntropy: Functions["binaryCrossEntropy"] = functions.binaryCrossEntropy;
export const binaryCrossEntropyValueAndGrad: Functions["binaryCrossEntropyValueAndGrad"] =
  functions.binaryCrossEntropyValueAndGrad;
export const binaryCrossEntropyWithLogits: Functions["binaryCrossEntropyWithLogits"] = functions.binaryCrossEntropyWithLogits;
export const binaryCrossEntropyWithLogitsValueAndGrad: Functions["binaryCrossEntropyWithLogitsValueAndGrad"] =
  functions.binaryCrossEntropyWithLogitsValueAndGrad;
export const klDivLoss: Functions["klDivLoss"] = functions.klDivLoss;
export const klDivLossValueAndGrad: Functions["klDivLossValueAndGrad"] = functions.klDivLossValueAndGrad;
export const sigmoidFocalLoss: Functions["sigmoidFocalLoss"] = functions.sigmoidFocalLoss;
export const sigmoidFocalLossValueAndGrad: Functions["sigmoidFocalLossValueAndGrad"] = functions.sigmoidFocalLossValueAndGrad;
export const jsDivLoss: Functions["jsDivLoss"] = functions.jsDivLoss;
export const jsDivLossValueAndGrad: Functions["jsDivLossValueAndGrad"] = functions.jsDivLossValueAndGrad;
export const perplexity: Functions["perplexity"] = functions.perplexity;
export const scoreTokens: Functions["scoreTokens"] = functions.scoreTokens;
export const compareLogits: Functions["compareLogits"] = functions.compareLogits;
export const softmax: Functions["softmax"] = functions.softmax;
export const logSoftmax: Functions["logSoftmax"] = functions.logSoftmax;
export const logSumExp: Functions["logSumExp"] = functions.logSumExp;
export const entropy: Functions["entropy"] = functions.entropy;
export const crossEntropyBetween: Functions["crossEntropyBetween"] = functions.crossEntropyBetween;
export const klDivergence: Functions["klDivergence"] = functions.klDivergence;
export const jsDivergence: Functions["jsDivergence"] = functions.jsDivergence;
export { crossEntropyFromPartial, mergePartials } from "./losses/merge-partials.js";
export { bitsPerByte } from "./scoring/bits-per-byte.js";
export { mergeComparisons, mergeScores } from "./scoring/merge-totals.js";
export { multipleChoice } from "./scoring/sequences.js";
