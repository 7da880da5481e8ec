/** The job of crossEntropy and polyLoss, and whether its rows run in groups of eight. */
import { FEW_CLASSES } from "../../../memory/constants.js";
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

/** Fields that may have any value when rows run in groups. Every other one is a condition of isGrouped. */
export type FreeInGroups = "logits" | "ignoreIndex" | "kept" | "softcap" | "temperature" | "probabilityLayout" | "gradient";

/**
 * Whether rows run in groups of eight, which add two entries to the columns instead of eight. Groups are for rows of few classes
 * whose losses are only summed (assembly/losses/cross-entropy.ts). A field that groups ignored would give wrong means:
 * test/engine/groups.test.ts does not compile without a case for each field that is not free.
 */
export function isGrouped(job: CrossEntropyJob): boolean {
  const { layout, targets, probabilities, weight, labelSmoothing, zLoss, poly, out } = job;
  const isPlain = probabilities === null && weight === null && labelSmoothing === 0 && zLoss === 0 && poly === 0;
  return isPlain && targets !== null && out === null && layout.inner === 1 && layout.classes <= FEW_CLASSES;
}

/** Number of column entries for `rows` rows in groups. */
export function groupEntries(rows: number): number {
  return 2 * Math.ceil(rows / 8);
}
