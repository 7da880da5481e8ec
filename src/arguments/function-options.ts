/**
 * The options of every function: each type is followed by the readers of its options. A reader returns the checked value, or the
 * default when the option is not given. `satisfies Readers<...>` ties the two: an option without a reader, or a reader without an
 * option, does not compile.
 */
import {
  anyNumber,
  booleanOption,
  finite,
  integer,
  type NumberRange,
  notNegative,
  numberOption,
  scale,
  unitInterval,
  wordOption,
} from "./options.js";
import { type RowSelectionOptions, type RowWeightOptions, shiftOption as shift } from "./selection.js";
import type { ElementReduction, FloatTensor, GradOut, Out, Reduction } from "./types.js";

export type { RowSelectionOptions, RowWeightOptions };

/** A reader for each option. */
export type Readers<Options> = {
  readonly [Name in keyof Options]-?: ((value: unknown) => NonNullable<Options[Name]>) | typeof BESIDE;
};

/** Marks an option that is checked together with the arguments it belongs to, such as `shape`. */
export const BESIDE = null;

export const reduction = (value: unknown): Reduction => wordOption("reduction", value, ["mean", "sum", "none"]);
const elementReduction = (value: unknown): ElementReduction =>
  wordOption("reduction", value, ["mean", "sum", "none", "batchmean"]);
export const emptyMean = (value: unknown): number => numberOption("emptyMean", value, anyNumber, Number.NaN);
export const zLoss = (value: unknown): number => numberOption("zLoss", value, notNegative, 0);
export const labelSmoothing = (value: unknown): number => numberOption("labelSmoothing", value, unitInterval, 0);
export const ignoreIndex = (value: unknown): number => numberOption("ignoreIndex", value, integer, -100);
export const softcap = (value: unknown): number => numberOption("softcap", value, scale, 0);
export const temperature = (value: unknown): number => numberOption("temperature", value, scale, 1);

/** Options of every loss. */
export interface LossOptions<R extends string = Reduction, O extends Out = Out> {
  /** Shape of the input when it is a flat array: row-major, class axis included. */
  readonly shape?: readonly number[] | undefined;
  /** `"mean"` (default), `"sum"` or `"none"`. */
  readonly reduction?: R | undefined;
  /** With `reduction: "none"`: the array that the losses are written to. The call returns it. */
  readonly out?: O | undefined;
}

/** Options that every `<loss>ValueAndGrad` adds to those of `<loss>`. */
export interface GradientOptions<G extends GradOut = Out> {
  /**
   * The upstream gradient, d objective / d value, which scales every gradient: a number, or with `reduction: "none"` one number
   * per value. Default 1.
   */
  readonly upstream?: number | FloatTensor | undefined;
  /** The array that the gradient is written to, in the input's layout; returned as `grad`. May be the input itself. */
  readonly gradOut?: G | undefined;
}

export const GRADIENT_OPTIONS = { upstream: BESIDE, gradOut: BESIDE } satisfies Readers<GradientOptions>;

/** Gradient options of the losses whose targets may be probabilities. */
export interface TargetGradientOptions<T extends boolean = boolean, G extends GradOut = Out> extends GradientOptions<G> {
  /** Whether to return the gradient with respect to the targets too, as `targetGrad`. Default false. */
  readonly targetGrad?: T | undefined;
}

export const TARGET_GRADIENT_OPTIONS = {
  upstream: BESIDE,
  gradOut: BESIDE,
  targetGrad: (value) => booleanOption("targetGrad", value),
} satisfies Readers<TargetGradientOptions>;

/** Options of `nllLoss`. */
export interface NllLossOptions<R extends string = Reduction, O extends Out = Out> extends LossOptions<R, O>, RowWeightOptions {
  /** Class axis, default -1 (the last). PyTorch's (N, C, d1, ...) layout is `axis: 1`. */
  readonly axis?: number | undefined;
  /** Rows with this target are ignored: they count neither in the value nor in the mean's divisor. Default -100. */
  readonly ignoreIndex?: number | undefined;
  /** One weight per class. */
  readonly weight?: FloatTensor | undefined;
  /** Result of `"mean"` when every row is ignored. Default NaN, as in PyTorch. */
  readonly emptyMean?: number | undefined;
  /** Elements from the start of one row to the next (a padded vocabulary). `shape` then holds the number of classes in use. */
  readonly rowStride?: number | undefined;
}

export const NLL_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  ignoreIndex,
  shift,
  mask: BESIDE,
  attentionMask: BESIDE,
  sampleWeight: BESIDE,
  weight: BESIDE,
  rowStride: BESIDE,
  emptyMean,
  out: BESIDE,
} satisfies Readers<NllLossOptions>;

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions<R extends string = Reduction, O extends Out = Out> extends NllLossOptions<R, O> {
  /** Share of the target that is spread evenly over all classes, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number | undefined;
  /** c > 0: replaces each logit x by c tanh(x / c). Default: no cap. */
  readonly softcap?: number | undefined;
  /** T > 0: divides the logits, after the softcap. Default 1. */
  readonly temperature?: number | undefined;
  /** z >= 0: adds z lse^2 for each kept row. A mean divides the sum of these terms by the number of kept rows. Default 0. */
  readonly zLoss?: number | undefined;
}

export const CROSS_ENTROPY_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  ignoreIndex,
  shift,
  mask: BESIDE,
  attentionMask: BESIDE,
  sampleWeight: BESIDE,
  weight: BESIDE,
  labelSmoothing,
  softcap,
  temperature,
  zLoss,
  rowStride: BESIDE,
  emptyMean,
  out: BESIDE,
} satisfies Readers<CrossEntropyOptions>;

/** The options of `crossEntropy` that change the loss of a row. */
export function lossTerms(given: Partial<CrossEntropyOptions>) {
  return {
    labelSmoothing: CROSS_ENTROPY_OPTIONS.labelSmoothing(given.labelSmoothing),
    zLoss: zLoss(given.zLoss),
  };
}

/** Options of `polyLoss`. */
export interface PolyLossOptions<R extends string = Reduction, O extends Out = Out> extends Omit<NllLossOptions<R, O>, "weight"> {
  /** Factor of the term 1 - p_t. Default 1. */
  readonly epsilon?: number | undefined;
}

export const POLY_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  ignoreIndex,
  shift,
  mask: BESIDE,
  attentionMask: BESIDE,
  sampleWeight: BESIDE,
  epsilon: (value) => numberOption("epsilon", value, finite, 1),
  rowStride: BESIDE,
  emptyMean,
  out: BESIDE,
} satisfies Readers<PolyLossOptions>;

/** Options of `logSumExpPartial`. */
export interface LogSumExpPartialOptions
  extends RowSelectionOptions,
    Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "softcap" | "temperature" | "ignoreIndex"> {
  /** Index of the shard's first class in the whole vocabulary. Default 0. */
  readonly firstClass?: number | undefined;
}

export const PARTIAL_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  rowStride: BESIDE,
  softcap,
  temperature,
  ignoreIndex,
  shift,
  mask: BESIDE,
  attentionMask: BESIDE,
  firstClass: BESIDE,
} satisfies Readers<LogSumExpPartialOptions>;

/** Options of `crossEntropyFromPartial`. */
export type FromPartialOptions<R extends string = Reduction> = Pick<CrossEntropyOptions<R>, "reduction" | "zLoss" | "emptyMean">;

export const FROM_PARTIAL_OPTIONS = { reduction, zLoss, emptyMean } satisfies Readers<FromPartialOptions>;

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions<R extends string = Reduction, O extends Out = Out> extends LossOptions<R, O> {
  /**
   * Factor of each element's loss. A tensor object's dims align with the last dims of the shape, each equal to it or 1. A flat
   * array has one weight per element, one per index of the last dimension, or one in all.
   */
  readonly weight?: FloatTensor | undefined;
}

export const BINARY_OPTIONS = {
  shape: BESIDE,
  reduction,
  out: BESIDE,
  weight: BESIDE,
} satisfies Readers<BinaryCrossEntropyOptions>;

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyWithLogitsOptions<R extends string = Reduction, O extends Out = Out>
  extends BinaryCrossEntropyOptions<R, O> {
  /** Factor of the positive term of each element's loss; broadcasts as `weight` does. */
  readonly posWeight?: FloatTensor | undefined;
}

export const BINARY_LOGITS_OPTIONS = {
  shape: BESIDE,
  reduction,
  out: BESIDE,
  weight: BESIDE,
  posWeight: BESIDE,
} satisfies Readers<BinaryCrossEntropyWithLogitsOptions>;

/** Options of `klDivLoss`. */
export interface KlDivLossOptions<R extends string = ElementReduction, O extends Out = Out> extends LossOptions<R, O> {
  /** Whether the targets are log-probabilities. Default false: probabilities. */
  readonly logTarget?: boolean | undefined;
}

export const KL_DIV_OPTIONS = {
  shape: BESIDE,
  reduction: elementReduction,
  out: BESIDE,
  logTarget: (value) => booleanOption("logTarget", value),
} satisfies Readers<KlDivLossOptions>;

/** Options of `sigmoidFocalLoss`. */
export interface SigmoidFocalLossOptions<R extends string = Reduction, O extends Out = Out> extends LossOptions<R, O> {
  /** Weight of the positive term, in [0, 1]; the negative term has 1 - alpha. -1: no weighting. Default 0.25. */
  readonly alpha?: number | undefined;
  /** Focusing exponent, at least 0: the greater it is, the less well-classified elements count. Default 2. */
  readonly gamma?: number | undefined;
}

/** torchvision's range: -1 means no weighting. */
const focalWeight: NumberRange = {
  expected: "a number in [0, 1], or -1 for no weighting",
  allows: (value) => value === -1 || unitInterval.allows(value),
};

export const FOCAL_OPTIONS = {
  shape: BESIDE,
  reduction,
  out: BESIDE,
  alpha: (value) => numberOption("alpha", value, focalWeight, 0.25),
  gamma: (value) => numberOption("gamma", value, notNegative, 2),
} satisfies Readers<SigmoidFocalLossOptions>;

/** Options of `jsDivLoss`. */
export interface JsDivLossOptions<R extends string = Reduction, O extends Out = Out> extends LossOptions<R, O>, RowWeightOptions {
  /** Class axis, default -1 (the last). */
  readonly axis?: number | undefined;
  /** Weight of the targets in the mixture, in [0, 1]. Default 0.5. */
  readonly beta?: number | undefined;
}

export const JS_DIV_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  shift,
  mask: BESIDE,
  attentionMask: BESIDE,
  sampleWeight: BESIDE,
  beta: (value) => numberOption("beta", value, unitInterval, 0.5),
  out: BESIDE,
} satisfies Readers<JsDivLossOptions>;

/** Options of `softmax`, `logSoftmax` and `logSumExp`. */
export interface SoftmaxOptions<O extends Out = Out> {
  readonly shape?: readonly number[] | undefined;
  /** Axis over which the exponentials are summed, default -1 (the last). */
  readonly axis?: number | undefined;
  /** The array that the result is written to. The call returns it. */
  readonly out?: O | undefined;
}

export const SOFTMAX_OPTIONS = { shape: BESIDE, axis: BESIDE, out: BESIDE } satisfies Readers<SoftmaxOptions>;

/** Options of `selectiveLogSoftmax`. */
export interface SelectiveLogSoftmaxOptions<O extends Out = Out>
  extends Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "softcap" | "temperature"> {
  /** Shape of the classes when they are a flat array with one list per row: the rows' shape, then the classes of a list. */
  readonly classesShape?: readonly number[] | undefined;
  /** Whether to normalise over the given classes alone, as if there were no others. Default false: over all classes. */
  readonly among?: boolean | undefined;
  /** The array that the result is written to. The call returns it. */
  readonly out?: O | undefined;
}

export const SELECTIVE_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  rowStride: BESIDE,
  classesShape: BESIDE,
  among: (value) => booleanOption("among", value),
  softcap,
  temperature,
  out: BESIDE,
} satisfies Readers<SelectiveLogSoftmaxOptions>;

/** Options of `entropy`, `crossEntropyBetween`, `klDivergence` and `jsDivergence`. */
export interface InformationOptions<O extends Out = Out> {
  readonly shape?: readonly number[] | undefined;
  /** Axis of the events, default -1 (the last). */
  readonly axis?: number | undefined;
  /** Base of the logarithm: `"e"` or `Math.E` for nats (default), 2 for bits, 10 for hartleys. */
  readonly base?: "e" | 2 | 10 | number | undefined;
  /** For a batch: the array that the values are written to. The call returns it. */
  readonly out?: O | undefined;
}

export const INFORMATION_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  base: BESIDE,
  out: BESIDE,
} satisfies Readers<InformationOptions>;

/** Options without `shape` and `out`: a flat array is then one vector, and the result a number. */
export type VectorOptions<Options> = Omit<Options, "shape" | "out"> & { readonly shape?: undefined; readonly out?: undefined };

/** Options with `shape` or `out`: the result is then an array, even of one value. */
export type BatchOptions<Options> = Options & ({ readonly shape: readonly number[] } | { readonly out: Float32Array });
