export * from "./binary-cross-entropy.js";
export * from "./binary-cross-entropy-with-logits.js";
export * from "./compare-logits.js";
export * from "./cross-entropy.js";
export * from "./cross-entropy-gradient.js";
export type { ElementReduction } from "./elementwise.js";
export type { GradientOptions, TargetGradientOptions, ValueAndGrad } from "./gradient.js";
export type { Float16Data, HalfTensor, HalfType } from "./half.js";
export * from "./information.js";
export * from "./js-div-loss.js";
export * from "./kl-div-loss.js";
export * from "./linear-cross-entropy.js";
export type { Int8WeightTensor, LinearLayerOptions, LinearWeightTensor, Uint4WeightTensor } from "./linear-layer.js";
export * from "./nll-loss.js";
export * from "./partials.js";
export * from "./poly-loss.js";
export type { ByDefault, LossValue, Reduction } from "./reduction.js";
export { type ScoreLogProbsOptions, scoreLogProbs } from "./score-log-probs.js";
export { multipleChoice, type ScoreTokensOptions, scoreTokens, type TokenScores } from "./score-tokens.js";
export * from "./scoring.js";
export * from "./selective-log-softmax.js";
export * from "./sigmoid-focal-loss.js";
export * from "./softmax.js";
export type {
  FloatData,
  FloatTensor,
  IndexTargets,
  IntegerData,
  IntegerTensor,
  NewFloat64Array,
  NewInt32Array,
  NewUint8Array,
  NumberData,
  Targets,
  TensorLike,
} from "./tensor.js";
