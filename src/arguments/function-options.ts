/**
 * The options of every function: their types, and beside each type how its options are read. A reader gives the checked value, or
 * the default where the option is not given. `satisfies Readers<...>` ties the two: an option without a reader, or a reader without
 * an option, does not compile.
 */
import {
  anyNumber,
  booleanOption,
  finite,
  integer,
  notNegative,
  numberOption,
  scale,
  unitInterval,
  wordOption,
} from "./options.js";
import type { ElementReduction, FloatTensor, GradientArray, Reduction } from "./types.js";

/** How each option is read. */
export type Readers<Options> = {
  readonly [Name in keyof Options]-?: ((value: unknown) => NonNullable<Options[Name]>) | typeof BESIDE;
};

/** Of an option that is read together with the arguments that it belongs to, such as `shape`. */
export const BESIDE = null;

export const reduction = (value: unknown): Reduction => wordOption("reduction", value, ["mean", "sum", "none"]);
const elementReduction = (value: unknown): ElementReduction =>
  wordOption("reduction", value, ["mean", "sum", "none", "batchmean"]);
export const emptyMean = (value: unknown): number => numberOption("emptyMean", value, anyNumber, Number.NaN);
const zLoss = (value: unknown): number => numberOption("zLoss", value, notNegative, 0);
export const ignoreIndex = (value: unknown): number => numberOption("ignoreIndex", value, integer, -100);
export const softcap = (value: unknown): number => numberOption("softcap", value, scale, 0);
export const temperature = (value: unknown): number => numberOption("temperature", value, scale, 1);

/** Options that every loss has. */
export interface LossOptions<R extends string = Reduction> {
  /** Shape of `logits` when it is a flat array: row-major, the class axis included. */
  readonly shape?: readonly number[];
  /** `"mean"` (default), `"sum"` or `"none"`. */
  readonly reduction?: R;
  /** With `reduction: "none"`: write the row losses here; it is what the call returns. */
  readonly out?: Float32Array;
}

/** What every `<loss>ValueAndGrad` takes beside the options of `<loss>`. */
export interface GradientOptions<G extends GradientArray = Float32Array> {
  /**
   * The gradient that arrives, d objective / d value, which scales every gradient: a number, or with `reduction: "none"` one number
   * for each value. Default 1.
   */
  readonly upstream?: number | FloatTensor;
  /** Write the gradient here, in the input's layout; it is what the call returns as `grad`. May be the input itself. */
  readonly gradOut?: G;
}

export const GRADIENT_OPTIONS = { upstream: BESIDE, gradOut: BESIDE } satisfies Readers<GradientOptions>;

/** What the losses whose targets are probabilities take as well. */
export interface TargetGradientOptions<T extends boolean = boolean, G extends GradientArray = Float32Array>
  extends GradientOptions<G> {
  /** Whether the gradient with respect to the targets is wanted too, as `targetGrad`. Default false. */
  readonly targetGrad?: T;
}

export const TARGET_GRADIENT_OPTIONS = {
  upstream: BESIDE,
  gradOut: BESIDE,
  targetGrad: (value) => booleanOption("targetGrad", value),
} satisfies Readers<TargetGradientOptions>;

/** Options of `nllLoss`. */
export interface NllLossOptions<R extends string = Reduction> extends LossOptions<R> {
  /** Class axis, default -1 (the last); PyTorch's K-dimensional layout is `axis: 1`. */
  readonly axis?: number;
  /** Rows with this target count neither in the value nor in the mean's divisor. Default -100. */
  readonly ignoreIndex?: number;
  /** One weight per class. */
  readonly weight?: FloatTensor;
  /** What a mean over no kept row is. Default NaN, as in PyTorch. */
  readonly emptyMean?: number;
  /** Rows start this many elements apart (a padded vocabulary); `shape` then gives the classes used. */
  readonly rowStride?: number;
}

export const NLL_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  ignoreIndex,
  weight: BESIDE,
  rowStride: BESIDE,
  emptyMean,
  out: BESIDE,
} satisfies Readers<NllLossOptions>;

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions<R extends string = Reduction> extends NllLossOptions<R> {
  /** Share of the target given to all classes alike, in [0, 1]. */
  readonly labelSmoothing?: number;
  /** c > 0: logits become c tanh(x / c) first. */
  readonly softcap?: number;
  /** T > 0: logits are divided by T, after the softcap. */
  readonly temperature?: number;
  /** z >= 0: adds z lse^2 of the kept rows; in a mean it is divided by the number of kept rows. */
  readonly zLoss?: number;
}

export const CROSS_ENTROPY_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  ignoreIndex,
  weight: BESIDE,
  labelSmoothing: (value) => numberOption("labelSmoothing", value, unitInterval, 0),
  softcap,
  temperature,
  zLoss,
  rowStride: BESIDE,
  emptyMean,
  out: BESIDE,
} satisfies Readers<CrossEntropyOptions>;

/** Options of `polyLoss`. */
export interface PolyLossOptions<R extends string = Reduction> extends Omit<NllLossOptions<R>, "weight"> {
  /** Factor of 1 - p_t. Default 1. */
  readonly epsilon?: number;
}

export const POLY_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  ignoreIndex,
  epsilon: (value) => numberOption("epsilon", value, finite, 1),
  rowStride: BESIDE,
  emptyMean,
  out: BESIDE,
} satisfies Readers<PolyLossOptions>;

/** Options of `logSumExpPartial`. */
export interface LogSumExpPartialOptions
  extends Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "softcap" | "temperature" | "ignoreIndex"> {
  /** The whole vocabulary's index of the shard's first class. Default 0. */
  readonly firstClass?: number;
}

export const PARTIAL_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  rowStride: BESIDE,
  softcap,
  temperature,
  ignoreIndex,
  firstClass: BESIDE,
} satisfies Readers<LogSumExpPartialOptions>;

/** Options of `crossEntropyFromPartial`. */
export type FromPartialOptions<R extends string = Reduction> = Pick<CrossEntropyOptions<R>, "reduction" | "zLoss" | "emptyMean">;

export const FROM_PARTIAL_OPTIONS = { reduction, zLoss, emptyMean } satisfies Readers<FromPartialOptions>;

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions<R extends string = Reduction> extends LossOptions<R> {
  /**
   * Factor of each element's loss. The dims of a tensor object stand at the end of the shape's, each the same or 1; a flat array
   * has as many elements as the input, or as its last dimension, or one.
   */
  readonly weight?: FloatTensor;
}

export const BINARY_OPTIONS = {
  shape: BESIDE,
  reduction,
  out: BESIDE,
  weight: BESIDE,
} satisfies Readers<BinaryCrossEntropyOptions>;

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyWithLogitsOptions<R extends string = Reduction> extends BinaryCrossEntropyOptions<R> {
  /** Factor of the positive part of each element's loss; broadcasts as `weight` does. */
  readonly posWeight?: FloatTensor;
}

export const BINARY_LOGITS_OPTIONS = {
  shape: BESIDE,
  reduction,
  out: BESIDE,
  weight: BESIDE,
  posWeight: BESIDE,
} satisfies Readers<BinaryCrossEntropyWithLogitsOptions>;

/** Options of `klDivLoss`. */
export interface KlDivLossOptions<R extends string = ElementReduction> extends LossOptions<R> {
  /** Whether the targets are log-probabilities. Default false: probabilities. */
  readonly logTarget?: boolean;
}

export const KL_DIV_OPTIONS = {
  shape: BESIDE,
  reduction: elementReduction,
  out: BESIDE,
  logTarget: (value) => booleanOption("logTarget", value),
} satisfies Readers<KlDivLossOptions>;

/** Options of `sigmoidFocalLoss`. */
export interface SigmoidFocalLossOptions<R extends string = Reduction> extends LossOptions<R> {
  /** Weight of the positive side, in [0, 1]; the negative side has 1 - alpha. Default 0.25. */
  readonly alpha?: number;
  /** How much less an element counts that is already right, at least 0. Default 2. */
  readonly gamma?: number;
}

export const FOCAL_OPTIONS = {
  shape: BESIDE,
  reduction,
  out: BESIDE,
  alpha: (value) => numberOption("alpha", value, unitInterval, 0.25),
  gamma: (value) => numberOption("gamma", value, notNegative, 2),
} satisfies Readers<SigmoidFocalLossOptions>;

/** Options of `jsDivLoss`. */
export interface JsDivLossOptions<R extends string = Reduction> extends LossOptions<R> {
  /** Axis of the classes, default -1 (the last). */
  readonly axis?: number;
  /** Weight of the targets in the mixture, in [0, 1]. Default 0.5. */
  readonly beta?: number;
}

export const JS_DIV_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  reduction,
  beta: (value) => numberOption("beta", value, unitInterval, 0.5),
  out: BESIDE,
} satisfies Readers<JsDivLossOptions>;

/** Options of `softmax`, `logSoftmax` and `logSumExp`. */
export interface SoftmaxOptions {
  readonly shape?: readonly number[];
  /** Axis that the exponentials are summed over, default -1 (the last). */
  readonly axis?: number;
  /** Write the result here; it is what the call returns. */
  readonly out?: Float32Array;
}

export const SOFTMAX_OPTIONS = { shape: BESIDE, axis: BESIDE, out: BESIDE } satisfies Readers<SoftmaxOptions>;

/** Options of `entropy`, `crossEntropyBetween`, `klDivergence` and `jsDivergence`. */
export interface InformationOptions {
  readonly shape?: readonly number[];
  /** Axis of the events, default -1 (the last). */
  readonly axis?: number;
  /** Unit of the result: `"e"` or `Math.E` nats (default), 2 bits, 10 hartleys. */
  readonly base?: "e" | 2 | 10 | number;
  /** For a batch: write the values here; it is what the call returns. */
  readonly out?: Float32Array;
}

export const INFORMATION_OPTIONS = {
  shape: BESIDE,
  axis: BESIDE,
  base: BESIDE,
  out: BESIDE,
} satisfies Readers<InformationOptions>;

/** Options beside which a flat array is one vector, and the result a number. */
export type VectorOptions<Options> = Omit<Options, "shape" | "out"> & { readonly shape?: never; readonly out?: never };

/** Options with which the result is an array, even of one value. */
export type BatchOptions<Options> = Options & ({ readonly shape: readonly number[] } | { readonly out: Float32Array });
