import type {
  CrossEntropyOptions,
  FloatData,
  FloatTensor,
  IndexTargets,
  InformationOptions,
  NatsAndBytes,
  NatsAndTokens,
  NllLossOptions,
  Reduction,
  SoftmaxOptions,
  Targets,
} from "../../src/reference/index.js";

/** A `number`, or a typed array of either precision. */
export type Value = number | Float32Array | Float64Array;

/** The functions that the conformance cases call, as the reference and the fast functions both have them. */
export interface LossFunctions {
  crossEntropy(logits: FloatTensor, targets: Targets, options?: CrossEntropyOptions<Reduction>): Value;
  nllLoss(logProbs: FloatTensor, targets: IndexTargets, options?: NllLossOptions<Reduction>): Value;
  softmax(logits: FloatTensor, options?: SoftmaxOptions): Value;
  logSoftmax(logits: FloatTensor, options?: SoftmaxOptions): Value;
  logSumExp(logits: FloatTensor, options?: SoftmaxOptions): Value;
}

/** All functions that the textbook examples call. */
export interface Implementation extends LossFunctions {
  entropy(p: FloatTensor, options?: InformationOptions): Value;
  crossEntropyBetween(p: FloatTensor, q: FloatTensor, options?: InformationOptions): Value;
  klDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions): Value;
  jsDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions): Value;
  perplexity(input: number | NatsAndTokens): number;
  perplexity(logits: FloatTensor, targets: Targets, options?: CrossEntropyOptions<"mean">): number;
  bitsPerByte(input: NatsAndBytes): number;
}

export type { FloatData, FloatTensor, IndexTargets, Reduction, Targets };
