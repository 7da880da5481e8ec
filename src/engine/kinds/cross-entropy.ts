/** Cross-entropy and poly loss of each row against a class or a distribution, with gradients. */
import { type Kind, planArrays, timeOfElements } from "../kind.js";
import { runRows } from "../tiles/run-rows.js";
import { type CrossEntropyJob, groupEntries, hasRowWeights, isGrouped } from "./cross-entropy/job.js";
import { CrossEntropySteps } from "./cross-entropy/steps.js";

export const crossEntropyKind: Kind<CrossEntropyJob> = {
  name: "crossEntropy",
  run: (workspace, job, columns, range) =>
    runRows(new CrossEntropySteps(workspace, job, columns, range.origin), job.layout, range),
  arrays(job, read, write) {
    const { layout, probabilityLayout } = job;
    return {
      ...job,
      logits: read(job.logits, layout),
      targets: read(job.targets),
      probabilities: read(job.probabilities, job.probabilityShift === 0 ? probabilityLayout : null),
      weight: read(job.weight),
      sampleWeight: read(job.sampleWeight),
      out: write(job.out),
      gradient: planArrays(job.gradient, layout, probabilityLayout, read, write),
    };
  },
  nanoseconds: (job) => timeOfElements(job, 0.9, job.gradient),
  reduction: {
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
  },
};
