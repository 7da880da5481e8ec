/** wasm-cross-entropy: the cross-entropy family of losses on WebAssembly SIMD kernels. Importing does nothing. */
export type {
  CrossEntropyOptions,
  Float16Data,
  FloatData,
  FloatTensor,
  HalfTensor,
  IndexTargets,
  InformationOptions,
  IntegerData,
  LossOptions,
  LossValue,
  NllLossOptions,
  Reduction,
  SoftmaxOptions,
  Targets,
  TensorLike,
} from "./arguments/types.js";
export type { Functions } from "./functions.js";
export { type Info, info } from "./info.js";
export { type AllocatedArrays, createLocalEngine, type LocalEngine, type LocalEngineOptions } from "./local-engine.js";
export { crossEntropy } from "./losses/cross-entropy.js";
export { crossEntropyBetween, entropy, jsDivergence, klDivergence } from "./losses/information.js";
export { nllLoss } from "./losses/nll-loss.js";
export { logSoftmax, logSumExp, softmax } from "./losses/softmax.js";
export { bitsPerByte } from "./scoring/bits-per-byte.js";
export { perplexity } from "./scoring/perplexity.js";
export { version } from "./version.js";
export type { Variant } from "./wasm/module.js";
