/**
 * A job: what a call came down to once its arguments were checked. Plain data; an engine runs it without asking anything.
 */
import type { Rows } from "../memory/tiles.js";

/** Floating-point input of any layout that a tile can be filled from. */
export type FloatArray = Float32Array | Float64Array;

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

/** Weights of elements: element (i_0, i_1, ...) of the axes' sizes has data[sum of i_k stride_k]. */
export interface BroadcastWeights {
  readonly data: FloatArray;
  readonly axes: readonly { readonly size: number; readonly stride: number }[];
}

/** What a job with gradients writes besides, and what it scales them by: scale times the upstream gradient of each value. */
export interface GradientRequest {
  readonly scale: number;
  readonly upstream: FloatArray | null;
  readonly grad: Float32Array;
  readonly targetGrad: Float32Array | null;
}

/** A loss of one value an element. The divergence of log-targets is a kind of its own. */
export interface ElementJob {
  readonly kind: "binaryCrossEntropy" | "binaryCrossEntropyWithLogits" | "klDivLoss" | "klDivLossOfLogs" | "sigmoidFocalLoss";
  readonly length: number;
  readonly input: FloatArray;
  readonly targets: FloatArray;
  readonly weight: BroadcastWeights | null;
  readonly posWeight: BroadcastWeights | null;
  /** Of the focal loss. */
  readonly alpha: number;
  readonly gamma: number;
  readonly gradient: GradientRequest | null;
  /** Whether every probability has to be seen before anything is written: where the caller's own arrays would be. */
  readonly checksFirst: boolean;
  /** Losses of the elements go here; null: only their sum is asked for. */
  readonly out: Float32Array | null;
}

/** Jensen-Shannon divergence of each row of log-probabilities from a row of log-targets. */
export interface JsDivJob {
  readonly kind: "jsDivLoss";
  readonly layout: Rows;
  readonly input: FloatArray;
  readonly targets: FloatArray;
  readonly beta: number;
  /** One upstream gradient a row. */
  readonly gradient: GradientRequest | null;
  readonly out: Float32Array | null;
}

export type Job = CrossEntropyJob | NllJob | LogSumExpJob | SoftmaxJob | MeasureJob | ElementJob | JsDivJob;

/** What a reduction needs, summed over all rows in f64 in a fixed order. */
export interface Sums {
  /** Sum of the row losses, z-loss apart. */
  readonly loss: number;
  /** Sum of the kept rows' class weights (their number when there are no weights). */
  readonly weight: number;
  readonly z: number;
  /** Rows that are not ignored. */
  readonly kept: number;
  /** The first element that is no probability where one has to be; nothing after it was computed. */
  readonly outside?: { readonly index: number; readonly value: number };
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
