/** The job of crossEntropy and polyLoss, and whether its rows run in groups of eight. */
import { FEW_CLASSES } from "../../../memory/constants.js";
import type { Rows } from "../../../memory/tiles.js";
import type { FloatArray, GradientPlan, LogitsJob, RowsJob } from "../../job.js";

/** The loss of rows of logits, wherever they come from. */
export interface RowLossJob extends RowsJob {
  /** Class of each row. With probabilities null, or a number above all classes in the rows that are not ignored. */
  readonly targets: Int32Array | null;
  /** Number of rows that are not ignored. */
  readonly kept: number;
  /** Sum of their sample weights; without weights the same as `kept`. */
  readonly keptWeight: number;
  /** One weight per row, not 0 in those that are not ignored; or null for 1. */
  readonly sampleWeight: Float32Array | Float64Array | null;
  /** Target probabilities in `probabilityLayout`, or null with class targets. */
  readonly probabilities: FloatArray | null;
  readonly probabilityLayout: Rows;
  /** Row i has the probabilities of row i + shift; rows without one are ignored. */
  readonly probabilityShift: number;
  /** One weight per class, or null for 1. */
  readonly weight: Float32Array | null;
  readonly terms: LossTerms;
  /** epsilon of the poly loss, which adds epsilon (1 - p_t). If not 0: no weight, smoothing, softcap, temperature or zLoss. */
  readonly poly: number;
  /** Receives the row losses, z-loss included. */
  readonly out: Float32Array | null;
}

export interface CrossEntropyJob extends RowLossJob, LogitsJob {
  readonly gradient: GradientPlan | null;
}

/** What changes the loss of a row. */
export interface LossTerms {
  readonly labelSmoothing: number;
  readonly zLoss: number;
}

/** Whether each row's loss is weighted by its target's class weight. */
export function hasRowWeights({ probabilities, weight }: RowLossJob): boolean {
  return probabilities === null && weight !== null;
}

/** Fields that may have any value when rows run in groups. Every other one is a condition of isGrouped. */
export type FreeInGroups =
  | "logits"
  | "ignoreIndex"
  | "kept"
  | "keptWeight"
  | "softcap"
  | "temperature"
  | "probabilityLayout"
  | "probabilityShift"
  | "gradient";

/**
 * Whether rows run in groups of eight, which add two entries to the columns instead of eight. Groups are for rows of few classes
 * whose losses are only summed (assembly/losses/cross-entropy.ts). A field that groups ignored would give wrong means:
 * test/engine/groups.test.ts does not compile without a case for each field that is not free.
 */
export function isGrouped(job: RowLossJob): boolean {
  const { layout, targets, probabilities, weight, sampleWeight, terms, poly, out } = job;
  const isPlain = probabilities === null && terms.labelSmoothing === 0 && terms.zLoss === 0 && poly === 0;
  const isUnweighted = weight === null && sampleWeight === null;
  return isPlain && isUnweighted && targets !== null && out === null && layout.inner === 1 && layout.classes <= FEW_CLASSES;
}

/** Number of column entries for `rows` rows in groups. */
export function groupEntries(rows: number): number {
  return 2 * Math.ceil(rows / 8);
}
