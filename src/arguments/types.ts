/** The public types of arguments and results, named as PyTorch names them. */

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

/**
 * Where a gradient may be written. Into 16-bit floats it is rounded to nearest, ties to even; a `Uint16Array` alone is of the
 * input's type, which is then a 16-bit one.
 */
export type GradientArray = Float32Array | Float16Data | HalfTensor | Uint16Array;

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

/** A `number` for "mean" and "sum", a `Float64Array` (one value a row) for "none". */
export type PartialLossValue<R extends string> = R extends "none" ? Float64Array : number;

/** Reductions of a loss of one value an element: `"batchmean"` divides the sum by the size of the first dimension. */
export type ElementReduction = Reduction | "batchmean";
