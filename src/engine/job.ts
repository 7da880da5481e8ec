/**
 * A job: what a call came down to once its arguments were checked. Plain data; an engine runs it without asking anything.
 */
import type { HalfArray } from "../half.js";
import type { Rows } from "../memory/tiles.js";

/** Floating-point input of any layout that a tile can be filled from; single elements are read by `elementAt`. */
export type FloatArray = Float32Array | Float64Array | HalfArray;

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
  /** Row losses (z-loss included) go here. */
  readonly out: Float32Array | null;
  /** Row losses in f64 and whether the target's logit is the row's greatest: for scoring. */
  readonly scores: { readonly losses: Float64Array; readonly greedy: Uint8Array } | null;
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

export type Job = CrossEntropyJob | NllJob | LogSumExpJob | SoftmaxJob | MeasureJob;

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
