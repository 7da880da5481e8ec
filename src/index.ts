/** wasm-cross-entropy: the cross-entropy family of losses on WebAssembly SIMD kernels. Importing does nothing. */
export type {
  CrossEntropyOptions,
  FloatData,
  FloatTensor,
  GradientArray,
  GradientOptions,
  IndexTargets,
  InformationOptions,
  IntegerData,
  LossOptions,
  LossValue,
  NllLossOptions,
  PolyLossOptions,
  Reduction,
  SoftmaxOptions,
  TargetGradientOptions,
  Targets,
  TensorLike,
  ValueAndGrad,
} from "./arguments/types.js";
export type { Functions } from "./functions.js";
export { type Info, info } from "./info.js";
export { type AllocatedArrays, createLocalEngine, type LocalEngine, type LocalEngineOptions } from "./local-engine.js";
export { crossEntropy, crossEntropyValueAndGrad } from "./losses/cross-entropy.js";
export { crossEntropyBetween, entropy, jsDivergence, klDivergence } from "./losses/information.js";
export { nllLoss, nllLossValueAndGrad } from "./losses/nll-loss.js";
export { polyLoss, polyLossValueAndGrad } from "./losses/poly-loss.js";
export { logSoftmax, logSumExp, softmax } from "./losses/softmax.js";
export { bitsPerByte } from "./scoring/bits-per-byte.js";
export { perplexity } from "./scoring/perplexity.js";
export { version } from "./version.js";
export type { Variant } from "./wasm/module.js";
