/** wasm-cross-entropy: the cross-entropy family of losses on WebAssembly SIMD kernels. Importing it runs nothing. */
export type {
  BatchOptions,
  BinaryCrossEntropyOptions,
  BinaryCrossEntropyWithLogitsOptions,
  CrossEntropyOptions,
  FromPartialOptions,
  GradientOptions,
  InformationOptions,
  JsDivLossOptions,
  KlDivLossOptions,
  LogSumExpPartialOptions,
  LossOptions,
  NllLossOptions,
  PolyLossOptions,
  RowSelectionOptions,
  RowWeightOptions,
  SelectiveLogSoftmaxOptions,
  SigmoidFocalLossOptions,
  SoftmaxOptions,
  TargetGradientOptions,
  VectorOptions,
} from "./arguments/function-options.js";
export type {
  BiasOption,
  LinearArgument,
  LinearCrossEntropyOptions,
  LinearGradientOptions,
  LinearGradients,
  LinearGradOut,
  LinearValueAndGrad,
} from "./arguments/linear-options.js";
export type { Int8WeightTensor, LinearWeightTensor, Uint4WeightTensor } from "./arguments/linear-weight.js";
export type {
  ByDefault,
  ElementReduction,
  Float16Data,
  FloatData,
  FloatTensor,
  GradientArray,
  GradOut,
  HalfTensor,
  IndexTargets,
  IntegerData,
  IntegerTensor,
  LogSumExpPartial,
  LossValue,
  Mask,
  NewFloat32Array,
  NewFloat64Array,
  NewInt32Array,
  NewUint8Array,
  NumberData,
  Out,
  OutputOf,
  PartialLike,
  PartialLossValue,
  Reduction,
  Targets,
  TensorLike,
  ValueAndGrad,
} from "./arguments/types.js";
export type { AsyncFunctions } from "./async-functions.js";
export { attachEngine } from "./attach-engine.js";
export { createEngine } from "./create-engine.js";
export { setModule } from "./engine/default.js";
export type {
  AllocatedArrays,
  Engine,
  EngineBase,
  EngineHandle,
  EngineInfo,
  EngineOptions,
  LocalEngine,
} from "./engine-types.js";
export { EngineClosedError, WorkerCrashedError } from "./errors.js";
export type { CallOptions, Functions, FunctionsOf } from "./functions.js";
export { type Info, info } from "./info.js";
export { createLocalEngine, type LocalEngineOptions } from "./local-engine.js";
export {
  binaryCrossEntropy,
  binaryCrossEntropyValueAndGrad,
  binaryCrossEntropyWithLogits,
  binaryCrossEntropyWithLogitsValueAndGrad,
} from "./losses/binary-cross-entropy.js";
export { crossEntropy, crossEntropyValueAndGrad } from "./losses/cross-entropy.js";
export { crossEntropyBetween, entropy, jsDivergence, klDivergence } from "./losses/information.js";
export { jsDivLoss, jsDivLossValueAndGrad } from "./losses/js-div-loss.js";
export { klDivLoss, klDivLossValueAndGrad } from "./losses/kl-div-loss.js";
export { linearCrossEntropy, linearCrossEntropyValueAndGrad } from "./losses/linear-cross-entropy.js";
export { crossEntropyFromPartial, mergePartials } from "./losses/merge-partials.js";
export { nllLoss, nllLossValueAndGrad } from "./losses/nll-loss.js";
export { logSumExpPartial } from "./losses/partials.js";
export { polyLoss, polyLossValueAndGrad } from "./losses/poly-loss.js";
export { selectiveLogSoftmax } from "./losses/selective-log-softmax.js";
export { sigmoidFocalLoss, sigmoidFocalLossValueAndGrad } from "./losses/sigmoid-focal-loss.js";
export { logSoftmax, logSumExp, softmax } from "./losses/softmax.js";
export { bitsPerByte } from "./scoring/bits-per-byte.js";
export { type ComparedLogProbs, compareLogProbs } from "./scoring/compare-log-probs.js";
export { type CompareLogitsOptions, compareLogits, type LogitsComparison } from "./scoring/compare-logits.js";
export type { ComparisonTotals } from "./scoring/comparison-totals.js";
export type { ScoreHiddenOptions } from "./scoring/hidden-rows.js";
export { mergeComparisons, mergeScores } from "./scoring/merge-totals.js";
export type { Percentiles } from "./scoring/percentiles.js";
export { perplexity } from "./scoring/perplexity.js";
export { scoreHidden } from "./scoring/score-hidden.js";
export {
  type LogProbScores,
  type LogProbSequences,
  type LogProbs,
  type ScoreLogProbsOptions,
  scoreLogProbs,
} from "./scoring/score-log-probs.js";
export { type ScoreTokensOptions, scoreTokens, type TokenScores } from "./scoring/score-tokens.js";
export { type Answer, type Answers, type Choice, multipleChoice, type SequenceScores } from "./scoring/sequences.js";
export type { ScoreTotals } from "./scoring/totals.js";
export { version } from "./version.js";
export type { Variant } from "./wasm/module.js";
