/** A cross-entropy's job. */
import type { Rows } from "../../../memory/tiles.js";
import type { FloatArray, GradientPlan, LogitsJob } from "../../job.js";

export interface CrossEntropyJob extends LogitsJob {
  /** Class of each row, or null with probabilities. */
  readonly targets: Int32Array | null;
  /** Rows that are not ignored. */
  readonly kept: number;
  /** Probabilities in `probabilityLayout`, or null with class targets. */
  readonly probabilities: FloatArray | null;
  readonly probabilityLayout: Rows;
  /** One per class, or null for 1. */
  readonly weight: Float32Array | null;
  readonly labelSmoothing: number;
  readonly zLoss: number;
  /** epsilon of the poly loss, which adds epsilon (1 - p_t); 0: none. Then no weights, smoothing, softcap, temperature, zLoss. */
  readonly poly: number;
  /** Row losses (z-loss included) go here. */
  readonly out: Float32Array | null;
  readonly gradient: GradientPlan | null;
}

/** Whether each row's loss has the weight of its class. */
export function hasRowWeights({ targets, weight }: CrossEntropyJob): boolean {
  return targets !== null && weight !== null;
}
