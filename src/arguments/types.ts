/** The public types of arguments and options, named as PyTorch names them. */

/** Floating-point data that the kernels take; `Float64Array` and `number[]` are rounded to f32, 16-bit floats are exact in it. */
export type FloatData = Float32Array | Float64Array | Float16Data | readonly number[];

/** A `Float16Array`, known by its tag: older runtimes, and older type libraries, do not have the class. */
export interface Float16Data extends ArrayLike<number>, ArrayBufferView {
  readonly [Symbol.toStringTag]: "Float16Array";
}

/** Integer data: class indices. */
export type IntegerData =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly number[];

/**
 * A tensor as onnxruntime (`dims`, `type`), transformers.js (`dims`, `type`) and others (`shape`) hand it out:
 * row-major data and its shape.
 */
export interface TensorLike<Data> {
  readonly data: Data;
  readonly dims?: readonly number[];
  readonly shape?: readonly number[];
  readonly type?: string;
}

/**
 * 16-bit floats as onnxruntime and transformers.js hand them out: words in a `Uint16Array`, and a `type` that says what they mean
 * (words alone are integers). Without dims and shape its rows are those of a flat array.
 */
export interface HalfTensor extends TensorLike<Uint16Array> {
  readonly type: "float16" | "bfloat16";
}

/** Floating-point data with a shape, or with a type. */
export type FloatTensorObject = TensorLike<FloatData> | HalfTensor;

/** What every function takes for logits, log-probabilities and probabilities. */
export type FloatTensor = FloatData | FloatTensorObject;

/** What every loss takes for class indices; a single number goes with a single row. */
export type IndexTargets = number | bigint | IntegerData | TensorLike<IntegerData>;

/**
 * Class indices, or probabilities of the logits' length. With a shape a `number[]` of one number per row holds classes, of one per
 * logit probabilities, whatever its values are.
 */
export type Targets = IndexTargets | FloatTensor;

export type Reduction = "mean" | "sum" | "none";

/** A `number` for "mean" and "sum", a `Float32Array` (one value a row) for "none". */
export type LossValue<R extends string> = R extends "none" ? Float32Array : number;

/** Options that every loss has. */
export interface LossOptions<R extends string = Reduction> {
  /** Shape of `logits` when it is a flat array: row-major, the class axis included. */
  readonly shape?: readonly number[];
  /** `"mean"` (default), `"sum"` or `"none"`. */
  readonly reduction?: R;
  /** With `reduction: "none"`: write the row losses here; it is what the call returns. */
  readonly out?: Float32Array;
}

/**
 * Where a gradient may be written. Into 16-bit floats it is rounded to nearest, ties to even; a `Uint16Array` alone is of the
 * input's type, which is then a 16-bit one.
 */
export type GradientArray = Float32Array | Float16Data | HalfTensor | Uint16Array;

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

/** What the losses whose targets are probabilities take as well. */
export interface TargetGradientOptions<T extends boolean = boolean, G extends GradientArray = Float32Array>
  extends GradientOptions<G> {
  /** Whether the gradient with respect to the targets is wanted too, as `targetGrad`. Default false. */
  readonly targetGrad?: T;
}

/** `{ value, grad }`, grad in the input's layout, and with `targetGrad: true` also `targetGrad`, in the targets' layout. */
export type ValueAndGrad<R extends string, T extends boolean = false, G extends GradientArray = Float32Array> = {
  readonly value: LossValue<R>;
  readonly grad: G;
} & (T extends true ? { readonly targetGrad: Float32Array } : unknown);

/** What any of them gives. */
export interface AnyValueAndGrad {
  readonly value: number | Float32Array;
  readonly grad: GradientArray;
  readonly targetGrad?: Float32Array;
}

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

/** Options of `polyLoss`. */
export interface PolyLossOptions<R extends string = Reduction> extends Omit<NllLossOptions<R>, "weight"> {
  /** Factor of 1 - p_t. Default 1. */
  readonly epsilon?: number;
}

/** Options of `logSumExpPartial`. */
export interface LogSumExpPartialOptions
  extends Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "softcap" | "temperature" | "ignoreIndex"> {
  /** The whole vocabulary's index of the shard's first class. Default 0. */
  readonly firstClass?: number;
}

/**
 * What some classes of each row (a shard of the vocabulary, or all of it) tell of its loss: plain data, one entry a row, in
 * nats, after softcap and temperature. log sum exp = max + log(1 + rest). Without targets the last three are null.
 */
export interface LogSumExpPartial {
  /** The greatest logit; -Infinity where no class is finite, NaN where one is NaN or the row is ignored. */
  readonly max: Float64Array;
  /** sum exp(logit - max) without the maximum's own 1; 0 where max is infinite, NaN where it is NaN. */
  readonly rest: Float64Array;
  /** The row's class in the whole vocabulary; -1 for an ignored row. */
  readonly targets: Int32Array | null;
  /** That class's logit; NaN where it is not among these classes. */
  readonly targetLogit: Float64Array | null;
  /** 1 where it is. */
  readonly hasTarget: Uint8Array | null;
}

/** Options of `crossEntropyFromPartial`. */
export type FromPartialOptions<R extends string = Reduction> = Pick<CrossEntropyOptions<R>, "reduction" | "zLoss" | "emptyMean">;

/** A `number` for "mean" and "sum", a `Float64Array` (one value a row) for "none". */
export type PartialLossValue<R extends string> = R extends "none" ? Float64Array : number;
/** Reductions of a loss of one value an element: `"batchmean"` divides the sum by the size of the first dimension. */
export type ElementReduction = Reduction | "batchmean";

/** Options of `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions<R extends string = Reduction> extends LossOptions<R> {
  /**
   * Factor of each element's loss. The dims of a tensor object stand at the end of the shape's, each the same or 1; a flat array
   * has as many elements as the input, or as its last dimension, or one.
   */
  readonly weight?: FloatTensor;
}

/** Options of `binaryCrossEntropyWithLogits`. */
export interface BinaryCrossEntropyWithLogitsOptions<R extends string = Reduction> extends BinaryCrossEntropyOptions<R> {
  /** Factor of the positive part of each element's loss; broadcasts as `weight` does. */
  readonly posWeight?: FloatTensor;
}

/** Options of `klDivLoss`. */
export interface KlDivLossOptions<R extends string = ElementReduction> extends LossOptions<R> {
  /** Whether the targets are log-probabilities. Default false: probabilities. */
  readonly logTarget?: boolean;
}

/** Options of `sigmoidFocalLoss`. */
export interface SigmoidFocalLossOptions<R extends string = Reduction> extends LossOptions<R> {
  /** Weight of the positive side, in [0, 1]; the negative side has 1 - alpha. Default 0.25. */
  readonly alpha?: number;
  /** How much less an element counts that is already right, at least 0. Default 2. */
  readonly gamma?: number;
}

/** Options of `jsDivLoss`. */
export interface JsDivLossOptions<R extends string = Reduction> extends LossOptions<R> {
  /** Axis of the classes, default -1 (the last). */
  readonly axis?: number;
  /** Weight of the targets in the mixture, in [0, 1]. Default 0.5. */
  readonly beta?: number;
}

/** Options of `softmax`, `logSoftmax` and `logSumExp`. */
export interface SoftmaxOptions {
  readonly shape?: readonly number[];
  /** Axis that the exponentials are summed over, default -1 (the last). */
  readonly axis?: number;
  /** Write the result here; it is what the call returns. */
  readonly out?: Float32Array;
}

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

/** Options beside which a flat array is one vector, and the result a number. */
export type VectorOptions<Options> = Omit<Options, "shape" | "out"> & { readonly shape?: never; readonly out?: never };

/** Options with which the result is an array, even of one value. */
export type BatchOptions<Options> = Options & ({ readonly shape: readonly number[] } | { readonly out: Float32Array });
