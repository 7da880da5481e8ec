/**
 * A job: what a call came down to once its arguments were checked. Plain data; an engine runs it without asking anything.
 */
import type { HalfArray } from "../half.js";
import type { Rows } from "../memory/tiles.js";

/** Floating-point input of any layout that a tile can be filled from; single elements are read by `elementAt`. */
export type FloatArray = Float32Array | Float64Array | HalfArray;

/** Where results of any precision go; 16-bit floats are rounded to nearest, ties to even. */
export type FloatOutput = Float32Array | HalfArray;

/** Where gradients go, and what they are scaled by. */
export interface GradientPlan {
  /** In the logits' layout. */
  readonly out: FloatOutput;
  /** In the probabilities' layout, or null. */
  readonly targetOut: Float32Array | null;
  /** Upstream gradient of each row, or null for 1. */
  readonly upstream: Float32Array | Float64Array | null;
  /** d objective / d (loss of a row), beside `upstream`: the upstream number and the reduction. */
  readonly lossScale: number;
  /** The same of the row's z-loss. */
  readonly penaltyScale: number;
}

/** Cross-entropy of each row against a class or a distribution. */
export interface CrossEntropyJob {
  readonly kind: "crossEntropy";
  readonly layout: Rows;
  readonly logits: FloatArray;
  /** Class of each row, or null with probabilities. */
  readonly targets: Int32Array | null;
  /** Rows with this target are left out. */
  readonly ignoreIndex: number;
  /** Rows that are not ignored. */
  readonly kept: number;
  /** Probabilities in `probabilityLayout`, or null with class targets. */
  readonly probabilities: FloatArray | null;
  readonly probabilityLayout: Rows;
  /** One per class, or null for 1. */
  readonly weight: Float32Array | null;
  readonly labelSmoothing: number;
  /** 0: none. */
  readonly softcap: number;
  readonly temperature: number;
  readonly zLoss: number;
  /** epsilon of the poly loss, which adds epsilon (1 - p_t); 0: none. Then no weights, smoothing, softcap, temperature, zLoss. */
  readonly poly: number;
  /** Row losses (z-loss included) go here. */
  readonly out: Float32Array | null;
  readonly gradient: GradientPlan | null;
}

/**
 * What one reading of each row tells, in nats. Arrays that are null are not wanted; ignored rows are NaN, argmax -1, isGreedy 0.
 */
export interface DetailsOutputs {
  /** Row losses without the z-loss. */
  readonly losses: Float32Array | Float64Array | null;
  readonly logProbs: Float32Array | null;
  readonly logSumExp: Float32Array | null;
  readonly argmax: Int32Array | null;
  readonly isGreedy: Uint8Array | null;
  readonly entropies: Float32Array | null;
  readonly zLosses: Float32Array | null;
}

/** Cross-entropy of each row against a class, and what else its logits tell. */
export interface DetailsJob
  extends Pick<
    CrossEntropyJob,
    "layout" | "logits" | "ignoreIndex" | "weight" | "labelSmoothing" | "softcap" | "temperature" | "zLoss"
  > {
  readonly kind: "crossEntropyDetails";
  readonly targets: Int32Array;
  readonly out: DetailsOutputs;
}

/** Log-sum-exp of rows of which only some classes are here, and the target's logit where it is one of them. */
export interface PartialJob extends Pick<CrossEntropyJob, "layout" | "logits" | "ignoreIndex" | "softcap" | "temperature"> {
  readonly kind: "logSumExpPartial";
  /** Classes of the whole vocabulary, or null. */
  readonly targets: Int32Array | null;
  /** The whole vocabulary's index of the first class here. */
  readonly firstClass: number;
  /** Ignored rows, and targets that are not here, are NaN. */
  readonly out: { readonly max: Float64Array; readonly rest: Float64Array; readonly targetLogit: Float64Array | null };
}

/** Target gather of given log-probabilities. */
export interface NllJob {
  readonly kind: "nll";
  readonly layout: Rows;
  readonly logits: FloatArray;
  readonly targets: Int32Array;
  readonly ignoreIndex: number;
  readonly kept: number;
  readonly weight: Float32Array | null;
  readonly out: Float32Array | null;
  readonly gradient: GradientPlan | null;
}

/** log sum exp of each row. */
export interface LogSumExpJob {
  readonly kind: "logSumExp";
  readonly layout: Rows;
  readonly logits: FloatArray;
  readonly out: Float32Array;
}

/** Softmax or its logarithm, in the logits' layout. */
export interface SoftmaxJob {
  readonly kind: "softmax" | "logSoftmax";
  readonly layout: Rows;
  readonly logits: FloatArray;
  readonly out: Float32Array;
}

/** A measure of each pair of probability vectors, in nats. `q` is `p` for the entropy. */
export interface MeasureJob {
  readonly kind: "entropy" | "crossEntropyBetween" | "klDivergence" | "jsDivergence";
  readonly layout: Rows;
  readonly p: FloatArray;
  readonly q: FloatArray;
  readonly out: Float64Array;
}

export type Job = CrossEntropyJob | DetailsJob | PartialJob | NllJob | LogSumExpJob | SoftmaxJob | MeasureJob;

/** What a reduction needs, summed over all rows in f64 in a fixed order. */
export interface Sums {
  /** Sum of the row losses, z-loss apart. */
  readonly loss: number;
  /** Sum of the kept rows' class weights (their number when there are no weights). */
  readonly weight: number;
  readonly z: number;
  /** Rows that are not ignored. */
  readonly kept: number;
}

/** A job and what makes the caller's result of its sums. */
export interface Task<Result> {
  readonly job: Job;
  finish(sums: Sums): Result;
}

/** Whoever runs jobs at once. */
export interface Runner {
  run<Result>(task: Task<Result>): Result;
}
