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
 * What scoring a token takes from its row. Ignored rows: loss, entropy and log-sum-exp NaN, rank 0, lists NaN and -1; so are rows with NaN.
 * `topK` entries a row in the lists.
 */
export interface ScoreJob extends Pick<CrossEntropyJob, "layout" | "logits" | "ignoreIndex" | "softcap" | "temperature"> {
  readonly kind: "scoreTokens";
  readonly targets: Int32Array;
  readonly topK: number;
  readonly out: {
    /** Nats. */
    readonly losses: Float64Array;
    /** Place of the target among the row's logits: 1 the greatest, equal ones by their class. */
    readonly ranks: Int32Array;
    readonly entropies: Float32Array;
    readonly logSumExps: Float32Array;
    readonly topIds: Int32Array | null;
    readonly topLogProbs: Float32Array | null;
  };
}

/** Rows of two models against each other: the divergence of one softmax to the other, and the target in both. */
export interface ComparisonJob extends Pick<CrossEntropyJob, "layout" | "logits" | "ignoreIndex" | "softcap" | "temperature"> {
  readonly kind: "compareLogits";
  readonly other: FloatArray;
  readonly otherLayout: Rows;
  readonly targets: Int32Array;
  /** Ignored rows are NaN, sameTop 0. */
  readonly out: {
    readonly divergences: Float64Array;
    readonly logProbs: Float64Array;
    readonly otherLogProbs: Float64Array;
    /** 1 where both have the same class first; 0 where the divergence is NaN. */
    readonly sameTop: Uint8Array;
  };
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

/** Weights of elements: element (i_0, i_1, ...) of the axes' sizes has data[sum of i_k stride_k]. */
export interface BroadcastWeights {
  readonly data: Float32Array | Float64Array;
  readonly axes: readonly { readonly size: number; readonly stride: number }[];
}

/** What a job with gradients writes besides, and what it scales them by: scale times the upstream gradient of each value. */
export interface GradientRequest {
  readonly scale: number;
  readonly upstream: FloatArray | null;
  readonly grad: FloatOutput;
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

export type Job =
  | CrossEntropyJob
  | ScoreJob
  | ComparisonJob
  | PartialJob
  | NllJob
  | LogSumExpJob
  | SoftmaxJob
  | MeasureJob
  | ElementJob
  | JsDivJob;

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

/** Jobs that walk over rows tile by tile. */
export type RowJob = Exclude<Job, NllJob | ElementJob>;
