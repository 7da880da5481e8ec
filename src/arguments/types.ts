/** The public types of arguments and results, with PyTorch's names. */
import type { Float16Data } from "../values.js";

/** Floating-point data. `Float64Array` and `number[]` are rounded to f32; f32 holds 16-bit floats exactly. */
export type FloatData = Float32Array | Float64Array | Float16Data | readonly number[];

export type { Float16Data };

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
 * A tensor of onnxruntime or transformers.js (`dims`, `type`) or of another library (`shape`): row-major data and its shape.
 */
export interface TensorLike<Data> {
  readonly data: Data;
  readonly dims?: readonly number[];
  readonly shape?: readonly number[];
  readonly type?: string;
}

/**
 * 16-bit floats as onnxruntime and transformers.js return them: words in a `Uint16Array`, and the `type` of the words. (A bare
 * `Uint16Array` holds integers.) Without dims and shape it is treated as a flat array.
 */
export interface HalfTensor extends TensorLike<Uint16Array> {
  readonly type: "float16" | "bfloat16";
}

/** Floating-point data with a shape, or with a type. */
export type FloatTensorObject = TensorLike<FloatData> | HalfTensor;

/** What every function accepts as logits, log-probabilities or probabilities. */
export type FloatTensor = FloatData | FloatTensorObject;

/** What every loss accepts as class indices. A single number is the target of a single row. */
export type IndexTargets = number | bigint | IntegerData | TensorLike<IntegerData>;

/** One entry per target: `false` or 0 where it does not count. */
export type Mask = readonly boolean[] | IntegerData | TensorLike<readonly boolean[] | IntegerData>;

/**
 * Class indices, or probabilities of the logits' length. With a shape, the length of a `number[]` decides, not its values: one
 * number per row are classes, one per logit are probabilities.
 */
export type Targets = IndexTargets | FloatTensor;

export type Reduction = "mean" | "sum" | "none";

/** A `number` for "mean" and "sum", a `Float32Array` (one value per row or element) for "none". */
export type LossValue<R extends string> = R extends "none" ? Float32Array : number;

/**
 * Arrays that a gradient can be written to. 16-bit floats are rounded to nearest, ties to even. A bare `Uint16Array` goes with
 * 16-bit input and has the input's type.
 */
export type GradientArray = Float32Array | Float16Data | HalfTensor | Uint16Array;

/** `{ value, grad }`, grad in the input's layout, and with `targetGrad: true` also `targetGrad`, in the targets' layout. */
export type ValueAndGrad<R extends string, T extends boolean = false, G extends GradientArray = Float32Array> = {
  readonly value: LossValue<R>;
  readonly grad: G;
} & (T extends true ? { readonly targetGrad: Float32Array } : unknown);

/** Any ValueAndGrad, whatever its reduction and arrays. */
export interface AnyValueAndGrad {
  readonly value: number | Float32Array;
  readonly grad: GradientArray;
  readonly targetGrad?: Float32Array;
}

/**
 * Each row's log-sum-exp over some of its classes (a shard of the vocabulary, or all of it), and the logit of its target if that
 * is one of them. Plain data, one entry per row, in nats, after softcap and temperature. log-sum-exp = max + log(1 + rest).
 * Without targets the last three arrays are null.
 */
export interface LogSumExpPartial {
  /** The greatest logit; -Infinity where every logit is, NaN where one is NaN or the row is ignored. */
  readonly max: Float64Array;
  /** sum exp(logit - max) without the maximum's own term, 1; 0 where max is infinite, NaN where it is NaN. */
  readonly rest: Float64Array;
  /** The row's class in the whole vocabulary; -1 for an ignored row. */
  readonly targets: Int32Array | null;
  /** The logit of that class; NaN where it is not one of these classes. */
  readonly targetLogit: Float64Array | null;
  /** 1 where the row's class is one of these, else 0. */
  readonly hasTarget: Uint8Array | null;
}

/** A `number` for "mean" and "sum", a `Float64Array` (one value per row) for "none". */
export type PartialLossValue<R extends string> = R extends "none" ? Float64Array : number;

/** Reductions of klDivLoss: `"batchmean"` divides the sum by the size of the first dimension. */
export type ElementReduction = Reduction | "batchmean";
