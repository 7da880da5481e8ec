/** Negative log-likelihood of log-probabilities, and its gradient. */
import { elementAt, elementsOf, setElement } from "../../half.js";
import { rowStart } from "../../memory/tiles.js";
import type { Columns } from "../columns.js";
import type { FloatArray, GradientPlan, Job } from "../job.js";
import { type Kind, planArrays } from "../kind.js";

/** Rows of log-probabilities. */
export interface NllJob extends Job {
  readonly logits: FloatArray;
  readonly targets: Int32Array;
  readonly ignoreIndex: number;
  /** Number of rows that are not ignored. */
  readonly kept: number;
  /** Sum of their sample weights; without weights the same as `kept`. */
  readonly keptWeight: number;
  /** One weight per row, or null for 1. */
  readonly sampleWeight: Float32Array | Float64Array | null;
  /** One weight per class, or null for 1. */
  readonly weight: Float32Array | null;
  readonly out: Float32Array | null;
  readonly gradient: GradientPlan | null;
}

export const nllKind: Kind<NllJob> = {
  name: "nllLoss",
  run: (_, job, columns) => runNll(job, columns),
  arrays: (job, read, write) => ({
    ...job,
    logits: read(job.logits, job.layout),
    targets: read(job.targets),
    weight: read(job.weight),
    sampleWeight: read(job.sampleWeight),
    out: write(job.out),
    gradient: planArrays(job.gradient, job.layout, job.layout, read, write),
  }),
  // Reads one element per row: too little to wake workers, so `run` always gets all rows.
  nanoseconds: () => 0,
  reduction: {
    columns: () => ["loss", "weight"],
    entries: (_, rows) => rows,
    sums: ({ kept, keptWeight }, totals) => ({
      loss: totals.total("loss"),
      weight: totals.total("weight"),
      z: 0,
      kept,
      keptWeight,
    }),
  },
};

/** Reads one element per row: no tile, no kernel. */
function runNll(job: NllJob, columns: Columns): undefined {
  const { layout, logits, targets, ignoreIndex, weight, sampleWeight, out } = job;
  const { rows, inner } = layout;
  const CHUNK = 1024;
  const losses = new Float64Array(Math.min(rows, CHUNK));
  const weights = new Float64Array(losses.length);
  for (let start = 0; start < rows; start += CHUNK) {
    const count = Math.min(CHUNK, rows - start);
    for (let r = 0; r < count; r++) {
      const row = start + r;
      const target = targets[row];
      let loss = 0;
      let w = 0;
      if (target !== ignoreIndex) {
        const base = rowStart(layout, row);
        w = weight ? weight[target] : 1;
        if (sampleWeight) w *= sampleWeight[row];
        loss = 0 - w * elementAt(logits, base + target * inner); // not -w: a certain row costs 0, not -0
      }
      losses[r] = loss;
      weights[r] = w;
      if (out) out[row] = loss;
    }
    columns.add("loss", losses, count);
    columns.add("weight", weights, count);
  }
  if (job.gradient) writeNllGradient(job, job.gradient);
}

/** Writes -g w_t at each kept row's target and 0 elsewhere. Runs after the losses, because `out` may be the input. */
function writeNllGradient({ layout, targets, ignoreIndex, weight }: NllJob, { out, upstream, lossScale }: GradientPlan): void {
  elementsOf(out).fill(0);
  for (let row = 0; row < layout.rows; row++) {
    const target = targets[row];
    if (target === ignoreIndex) continue;
    const w = weight ? weight[target] : 1;
    const g = upstream ? upstream[row] * lossScale : lossScale;
    setElement(out, rowStart(layout, row) + target * layout.inner, -g * w);
  }
}
