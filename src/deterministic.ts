/**
 * wasm-cross-entropy/deterministic: the plain functions on plain SIMD128, with the same bits on every machine and runtime. (The
 * main entry uses relaxed SIMD where available, which fuses multiply and add only on hardware that supports it.)
 */
export { setDeterministicModule as setModule } from "./engine/default.js";
export * from "./generated/deterministic-functions.js";
export { crossEntropyFromPartial, mergePartials } from "./losses/merge-partials.js";
export { bitsPerByte } from "./scoring/bits-per-byte.js";
export { compareLogProbs } from "./scoring/compare-log-probs.js";
export { mergeComparisons, mergeScores } from "./scoring/merge-totals.js";
export { perplexity } from "./scoring/perplexity.js";
export { scoreLogProbs } from "./scoring/score-log-probs.js";
export { multipleChoice } from "./scoring/sequences.js";
