/** Rows of few classes run in groups of eight if only the sum of their losses is needed (assembly/losses/cross-entropy.ts). */
import { FEW_CLASSES } from "../../../memory/constants.js";
import type { CrossEntropyJob } from "./job.js";

/**
 * Conditions on each field of a job for rows to run in groups of eight. A group adds two entries to the columns instead of eight.
 * The type requires an entry for each field, so that a new option cannot be ignored by groups and give wrong means.
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
