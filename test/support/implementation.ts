import type {
  BinaryCrossEntropyOptions,
  BinaryCrossEntropyWithLogitsOptions,
  CrossEntropyOptions,
  ElementReduction,
  FloatData,
  FloatTensor,
  IndexTargets,
  InformationOptions,
  KlDivLossOptions,
  LinearCrossEntropyOptions,
  LinearGradientOptions,
  LinearWeightTensor,
  NatsAndBytes,
  NatsAndTokens,
  NllLossOptions,
  Reduction,
  SoftmaxOptions,
  TargetGradientOptions,
  Targets,
} from "../../src/reference/index.js";

/** A `number`, or a typed array of either precision. */
export type Value = number | Float32Array | Float64Array;

export type Gradient = Float32Array | Float64Array;

/** The result of a `<loss>ValueAndGrad`. */
export interface Differentiated {
  readonly value: Value;
  readonly grad: Gradient;
  readonly targetGrad?: Gradient;
}

/** The result of `linearCrossEntropyValueAndGrad`. */
export interface LinearDifferentiated {
  readonly value: Value;
  readonly grad: { readonly hidden: Gradient; readonly linearWeight: Gradient; readonly bias: Gradient };
}

/** The functions of the conformance cases that every implementation has. */
export interface LossFunctions extends FurtherFunctions {
  crossEntropy(logits: FloatTensor, targets: Targets, options?: CrossEntropyOptions<Reduction>): Value;
  nllLoss(logProbs: FloatTensor, targets: IndexTargets, options?: NllLossOptions<Reduction>): Value;
  softmax(logits: FloatTensor, options?: SoftmaxOptions): Value;
  logSoftmax(logits: FloatTensor, options?: SoftmaxOptions): Value;
  logSumExp(logits: FloatTensor, options?: SoftmaxOptions): Value;
}

type Differentiating<Options> = Options & TargetGradientOptions;

/** The functions whose support an implementation has to declare. */
export interface FurtherFunctions {
  crossEntropyValueAndGrad?(
    logits: FloatTensor,
    targets: Targets,
    options?: Differentiating<CrossEntropyOptions<Reduction>>,
  ): Differentiated;
  nllLossValueAndGrad?(
    logProbs: FloatTensor,
    targets: IndexTargets,
    options?: Differentiating<NllLossOptions<Reduction>>,
  ): Differentiated;
  binaryCrossEntropy?(probs: FloatTensor, targets: FloatTensor, options?: BinaryCrossEntropyOptions<Reduction>): Value;
  binaryCrossEntropyValueAndGrad?(
    probs: FloatTensor,
    targets: FloatTensor,
    options?: Differentiating<BinaryCrossEntropyOptions<Reduction>>,
  ): Differentiated;
  binaryCrossEntropyWithLogits?(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: BinaryCrossEntropyWithLogitsOptions<Reduction>,
  ): Value;
  binaryCrossEntropyWithLogitsValueAndGrad?(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: Differentiating<BinaryCrossEntropyWithLogitsOptions<Reduction>>,
  ): Differentiated;
  linearCrossEntropy?(
    hidden: FloatTensor,
    linearWeight: LinearWeightTensor,
    targets: Targets,
    options?: LinearCrossEntropyOptions<Reduction>,
  ): Value;
  linearCrossEntropyValueAndGrad?(
    hidden: FloatTensor,
    linearWeight: LinearWeightTensor,
    targets: Targets,
    options?: LinearGradientOptions<Reduction>,
  ): LinearDifferentiated;
  klDivLoss?(logProbs: FloatTensor, targets: FloatTensor, options?: KlDivLossOptions<ElementReduction>): Value;
  klDivLossValueAndGrad?(
    logProbs: FloatTensor,
    targets: FloatTensor,
    options?: Differentiating<KlDivLossOptions<ElementReduction>>,
  ): Differentiated;
}

/**
 * Capabilities that an implementation declares beyond `LossFunctions`: functions by name, the option `targetGrad` of gradient
 * functions, and 16-bit inputs (for every function that it has).
 */
export type Capability = keyof FurtherFunctions | "targetGrad" | "float16" | "bfloat16";

/** A function that the implementation has declared. */
export function promised<Name extends keyof FurtherFunctions>(
  functions: FurtherFunctions,
  name: Name,
): NonNullable<FurtherFunctions[Name]> {
  const found = functions[name];
  if (found === undefined) throw new Error(`${name}: listed as supported, but the implementation has no such function`);
  return found;
}

/** All functions that the textbook examples call. */
export interface Implementation extends LossFunctions {
  entropy(p: FloatTensor, options?: InformationOptions): Value;
  crossEntropyBetween(p: FloatTensor, q: FloatTensor, options?: InformationOptions): Value;
  klDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions): Value;
  jsDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions): Value;
  perplexity(input: number | NatsAndTokens): number;
  bitsPerByte(input: NatsAndBytes): number;
}

export type { ElementReduction, FloatData, FloatTensor, IndexTargets, LinearWeightTensor, Reduction, Targets };
