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
 * An array whose element type is not known before it is there, such as tfjs's `dataSync()`. Every argument compiles with one; the
 * call checks what it holds.
 */
export type NumberData = FloatData | IntegerData;

/**
 * A tensor of onnxruntime or transformers.js (`dims`, `type`) or of another library (`shape`): row-major data and its shape. The
 * general `Tensor` types of these libraries compile wherever a tensor is accepted; the call checks what the tensor holds.
 */
export interface TensorLike<Data = NumberData | readonly string[]> {
  readonly data: Data;
  readonly dims?: readonly number[] | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly type?: string | undefined;
}

/**
 * 16-bit floats as onnxruntime and transformers.js return them: words in a `Uint16Array`, and the `type` of the words. (A bare
 * `Uint16Array` holds integers.) Without dims and shape it is treated as a flat array.
 */
export interface HalfTensor extends TensorLike<Uint16Array> {
  readonly type: "float16" | "bfloat16";
}

/** What every function accepts as logits, log-probabilities or probabilities: floats, in an array or in a tensor. */
export type FloatTensor = NumberData | TensorLike;

/** What every function accepts as one integer per token, such as `tokenBytes`: in an array or in a tensor. */
export type IntegerTensor = NumberData | TensorLike;

/** What every loss accepts as class indices. A single number is the target of a single row. */
export type IndexTargets = number | bigint | IntegerTensor;

/** One entry per target: `false` or 0 where it does not count. */
export type Mask = readonly boolean[] | NumberData | TensorLike<NumberData | readonly string[] | readonly boolean[]>;

/**
 * Class indices, or probabilities of the logits' length. With a shape, the length of a `number[]` decides, not its values: one
 * number per row are classes, one per logit are probabilities.
 */
export type Targets = IndexTargets | FloatTensor;

/**
 * Arrays that a call returns as new. From TypeScript 5.7 on their types say that they are on an `ArrayBuffer`, as `new Blob([...])`
 * and others demand; in older compilers typed arrays have no such parameter.
 */
export type NewFloat32Array = ReturnType<typeof Float32Array.of>;
export type NewFloat64Array = ReturnType<typeof Float64Array.of>;
export type NewInt32Array = ReturnType<typeof Int32Array.of>;
export type NewUint8Array = ReturnType<typeof Uint8Array.of>;

export type Reduction = "mean" | "sum" | "none";

/**
 * The reduction in the type of a call without that option. (If the type parameter had a default, editors would complete that one
 * alone.) No value has this type.
 */
export type ByDefault = "mean" & { readonly isDefault: true };

/** The type of an option `out`. */
export type Out = Float32Array | undefined;

/**
 * What a call returns for its option `out` or `gradOut`: that array, or a new one. The index keeps compilers from inferring the
 * option's type from where the result goes.
 */
export type OutputOf<O extends GradOut> = [O extends undefined ? NewFloat32Array : O][O extends unknown ? 0 : never];

/** A `number` for "mean" (the default) and "sum", a `Float32Array` (one value per row or element) for "none". */
export type LossValue<R extends string, O extends Out = undefined> = [Extract<R, ByDefault>] extends [never]
  ? R extends "none"
    ? OutputOf<O>
    : number
  : number;

/**
 * Arrays that a gradient can be written to. 16-bit floats are rounded to nearest, ties to even. A bare `Uint16Array` goes with
 * 16-bit input and has the input's type.
 */
export type GradientArray = Float32Array | Float16Data | HalfTensor | Uint16Array;

/** The type of an option `gradOut`. */
export type GradOut = GradientArray | undefined;

/** `{ value, grad }`, grad in the input's layout, and with `targetGrad: true` also `targetGrad`, in the targets' layout. */
export type ValueAndGrad<
  R extends string,
  T extends boolean = false,
  G extends GradOut = undefined,
  O extends Out = undefined,
> = {
  readonly value: LossValue<R, O>;
  readonly grad: OutputOf<G>;
} & (T extends true ? { readonly targetGrad: NewFloat32Array } : unknown);

/** Any ValueAndGrad, whatever its reduction and arrays. */
export interface AnyValueAndGrad {
  readonly value: number | Float32Array;
  readonly grad: GradientArray;
  readonly targetGrad?: Float32Array | undefined;
}

/**
 * Each row's log-sum-exp over some of its classes (a shard of the vocabulary, or all of it), and the logit of its target if that
 * is one of them. Plain data, one entry per row, in nats, after softcap and temperature. log-sum-exp = max + log(1 + rest).
 * Without targets the last three arrays are null.
 */
export interface LogSumExpPartial extends PartialLike {
  readonly max: NewFloat64Array;
  readonly rest: NewFloat64Array;
  readonly targets: NewInt32Array | null;
  readonly targetLogit: NewFloat64Array | null;
  readonly hasTarget: NewUint8Array | null;
}

/** A partial as mergePartials and crossEntropyFromPartial accept it: its arrays may be on shared memory. */
export interface PartialLike {
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

/** A `number` for "mean" (the default) and "sum", a `Float64Array` (one value per row) for "none". */
export type PartialLossValue<R extends string> = [Extract<R, ByDefault>] extends [never]
  ? R extends "none"
    ? NewFloat64Array
    : number
  : number;

/** Reductions of klDivLoss: `"batchmean"` divides the sum by the size of the first dimension. */
export type ElementReduction = Reduction | "batchmean";
