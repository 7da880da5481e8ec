/** The job of crossEntropy and polyLoss. */
import type { Rows } from "../../../memory/tiles.js";
import type { FloatArray, GradientPlan, LogitsJob } from "../../job.js";

export interface CrossEntropyJob extends LogitsJob {
  /** Class of each row, or null with probabilities. */
  readonly targets: Int32Array | null;
  /** Number of rows that are not ignored. */
  readonly kept: number;
  /** Target probabilities in `probabilityLayout`, or null with class targets. */
  readonly probabilities: FloatArray | null;
  readonly probabilityLayout: Rows;
  /** One weight per class, or null for 1. */
  readonly weight: Float32Array | null;
  readonly labelSmoothing: number;
  readonly zLoss: number;
  /** epsilon of the poly loss, which adds epsilon (1 - p_t). If not 0: no weight, smoothing, softcap, temperature or zLoss. */
  readonly poly: number;
  /** Receives the row losses, z-loss included. */
  readonly out: Float32Array | null;
  readonly gradient: GradientPlan | null;
}

/** Whether each row's loss is weighted by its target's class weight. */
export function hasRowWeights({ targets, weight }: CrossEntropyJob): boolean {
  return targets !== null && weight !== null;
}
