/** The sums of a cross-entropy, wherever its logits come from. */
import type { Reduction } from "../../kind.js";
import { groupEntries, hasRowWeights, isGrouped, type RowLossJob } from "./job.js";

export const crossEntropyReduction: Reduction<RowLossJob> = {
  columns(job) {
    if (job.out) return [];
    if (isGrouped(job)) return ["loss", "distance"];
    return ["loss", ...(job.terms.zLoss > 0 ? (["z"] as const) : []), ...(hasRowWeights(job) ? (["weight"] as const) : [])];
  },
  entries: (job, rows) => (isGrouped(job) ? groupEntries(rows) : rows),
  sums: (job, totals) => ({
    loss: totals.total("loss") + totals.total("distance"),
    weight: hasRowWeights(job) ? totals.total("weight") : job.keptWeight,
    z: totals.total("z"),
    kept: job.kept,
    keptWeight: job.keptWeight,
  }),
};
