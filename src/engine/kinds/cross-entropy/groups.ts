/** Rows of few classes of which nothing but the sum of their losses is wanted go eight at a time (assembly/losses/cross-entropy.ts). */
import { FEW_CLASSES } from "../../../memory/constants.js";
import type { CrossEntropyJob } from "./job.js";

/**
 * What each field of a job has to be for rows to go in groups of eight, which leave two entries instead of one per row: few
 * classes, and nothing asked for but the sum of plain losses. A field that is missing here does not compile: one that groups
 * cannot take account of would give wrong means.
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

/** Entries that `rows` rows in groups leave. */
export function groupEntries(rows: number): number {
  return 2 * Math.ceil(rows / 8);
}
