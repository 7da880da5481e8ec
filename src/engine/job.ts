/**
 * A job: a call whose arguments have been checked, as plain data. An engine runs it without further checks. Each kind declares
 * its own job interface (kinds/).
 */
import type { HalfArray } from "../half.js";
import type { Rows } from "../memory/tiles.js";

/** Floating-point input that tiles can be filled from; `elementAt` reads single elements. */
export type FloatArray = Float32Array | Float64Array | HalfArray;

/** Output array; 16-bit floats are rounded to nearest, ties to even. */
export type FloatOutput = Float32Array | HalfArray;

/** The part common to all jobs. */
export interface Job {
  /** The rows; the job is cut into tiles of whole rows. */
  readonly layout: Rows;
}

/** Rows of logits, wherever they come from. */
export interface RowsJob extends Job {
  /** Rows with this target are ignored. */
  readonly ignoreIndex: number;
  /** 0: none. */
  readonly softcap: number;
  readonly temperature: number;
}

/** Rows of logits in an array. */
export interface LogitsJob extends RowsJob {
  readonly logits: FloatArray;
}

/** Scale of the gradients of a per-row loss. */
export interface GradientScale {
  /** Upstream gradient of each row, or null for 1. */
  readonly upstream: Float32Array | Float64Array | null;
  /** d objective / d (row loss), without `upstream`: a scalar upstream gradient times the factor of the reduction. */
  readonly lossScale: number;
  /** The same for the row's z-loss. */
  readonly penaltyScale: number;
}

/** Output and scale of the gradients of a per-row loss. */
export interface GradientPlan extends GradientScale {
  /** In the logits' layout. */
  readonly out: FloatOutput;
  /** In the probabilities' layout, or null. */
  readonly targetOut: Float32Array | null;
}

/** Output and scale of the gradients of an elementwise loss: each element's derivative x `scale` x its upstream gradient. */
export interface GradientRequest {
  readonly scale: number;
  readonly upstream: FloatArray | null;
  readonly grad: FloatOutput;
  readonly targetGrad: Float32Array | null;
}

/** Sums over all rows for the reduction, in f64 and in a fixed order. */
export interface Sums {
  /** Sum of the row losses without z-loss. */
  readonly loss: number;
  /** Sum of the kept rows' weights, class weight x sample weight; without weights, the number of kept rows. */
  readonly weight: number;
  readonly z: number;
  /** Number of rows that are not ignored. */
  readonly kept: number;
  /** Sum of the kept rows' sample weights; without weights, their number. */
  readonly keptWeight: number;
  /** The first element outside [0, 1], for losses that require probabilities; nothing after it was computed. */
  readonly outside?: Outside;
}

/** An element outside [0, 1]. */
export interface Outside {
  /** Index in the input, or the number of elements plus the index in the targets. */
  readonly index: number;
  readonly value: number;
}
