/**
 * A job: what a call came down to once its arguments were checked. Plain data; an engine runs it without asking anything. What a
 * kind of job holds besides stands with the kind (kinds/).
 */
import type { HalfArray } from "../half.js";
import type { Rows } from "../memory/tiles.js";

/** Floating-point input of any layout that a tile can be filled from; single elements are read by `elementAt`. */
export type FloatArray = Float32Array | Float64Array | HalfArray;

/** Where results of any precision go; 16-bit floats are rounded to nearest, ties to even. */
export type FloatOutput = Float32Array | HalfArray;

/** What every job has. */
export interface Job {
  /** The rows that it is cut by. */
  readonly layout: Rows;
}

/** Rows of logits, and how the logits are read. */
export interface LogitsJob extends Job {
  readonly logits: FloatArray;
  /** Rows with this target are left out. */
  readonly ignoreIndex: number;
  /** 0: none. */
  readonly softcap: number;
  readonly temperature: number;
}

/** Where the gradients of a loss per row go, and what scales them. */
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

/** Where the gradients of a loss per element go; each is `scale` times the upstream gradient of its value. */
export interface GradientRequest {
  readonly scale: number;
  readonly upstream: FloatArray | null;
  readonly grad: FloatOutput;
  readonly targetGrad: Float32Array | null;
}

/** What a reduction needs, summed over all rows in f64 in a fixed order. */
export interface Sums {
  /** Sum of the row losses, z-loss apart. */
  readonly loss: number;
  /** Sum of the kept rows' class weights (their number when there are no weights). */
  readonly weight: number;
  readonly z: number;
  /** Rows that are not ignored. */
  readonly kept: number;
  /** The first element outside [0, 1] where probabilities are required; nothing after it was computed. */
  readonly outside?: Outside;
}

/** An element that is no probability. */
export interface Outside {
  readonly index: number;
  readonly value: number;
}
