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

/**
 * Conditions on each field of a job for rows to run in groups of eight, which add two entries to the columns instead of eight.
 * Groups are for rows of few classes whose losses are only summed (assembly/losses/cross-entropy.ts). The type requires an entry
 * for each field, so that a new option cannot be ignored by groups and give wrong means.
 */
const GROUPS: { readonly [Field in keyof CrossEntropyJob]: ((job: CrossEntropyJob) => boolean) | "any" } = {
  layout: ({ layout: { inner, classes } }) => inner === 1 && classes <= FEW_CLASSES,
  targets: ({ targets }) => targets !== null,
  probabilities: ({ probabilities }) => probabilities === null,
  weight: ({ weight }) => weight === null,
  labelSmoothing: ({ labelSmoothing }) => labelSmoothing === 0,
  zLoss: ({ zLoss }) => zLoss === 0,
  poly: ({ poly }) => poly === 0,
  out: ({ out }) => out === null,
  logits: "any",
  ignoreIndex: "any",
  kept: "any",
  softcap: "any",
  temperature: "any",
  probabilityLayout: "any",
  gradient: "any",
};

const GROUP_CONDITIONS = /* @__PURE__ */ Object.values(GROUPS).filter((condition) => condition !== "any");

export function isGrouped(job: CrossEntropyJob): boolean {
  for (const holds of GROUP_CONDITIONS) if (!holds(job)) return false;
  return true;
}

/** Number of column entries for `rows` rows in groups. */
export function groupEntries(rows: number): number {
  return 2 * Math.ceil(rows / 8);
}
