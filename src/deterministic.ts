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
export const crossEntropyDetails: Functions["crossEntropyDetails"] = functions.crossEntropyDetails;
export const logSumExpPartial: Functions["logSumExpPartial"] = functions.logSumExpPartial;
export const nllLoss: Functions["nllLoss"] = functions.nllLoss;
export const polyLoss: Functions["polyLoss"] = functions.polyLoss;
export const polyLossValueAndGrad: Functions["polyLossValueAndGrad"] = functions.polyLossValueAndGrad;
export const perplexity: Functions["perplexity"] = functions.perplexity;
export const softmax: Functions["softmax"] = functions.softmax;
export const logSoftmax: Functions["logSoftmax"] = functions.logSoftmax;
export const logSumExp: Functions["logSumExp"] = functions.logSumExp;
export const entropy: Functions["entropy"] = functions.entropy;
export const crossEntropyBetween: Functions["crossEntropyBetween"] = functions.crossEntropyBetween;
export const klDivergence: Functions["klDivergence"] = functions.klDivergence;
export const jsDivergence: Functions["jsDivergence"] = functions.jsDivergence;
export { crossEntropyFromPartial, mergePartials } from "./losses/merge-partials.js";
export { bitsPerByte } from "./scoring/bits-per-byte.js";
