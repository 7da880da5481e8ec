/** The negative log-likelihood of given log-probabilities, and its gradient. */
import { elementAt, elementsOf, setElement } from "../../half.js";
import { rowStart } from "../../memory/tiles.js";
import type { Columns } from "../columns.js";
import type { GradientPlan, NllJob } from "../job.js";
import type { RangeRoutine } from "../routine.js";

export const nllKind: RangeRoutine<NllJob> = {
  run: (_workspace, job, columns) => {
    runNll(job, columns);
    return undefined;
  },
};

/** It reads one element a row: no tile, no kernel. */
function runNll(job: NllJob, columns: Columns): void {
  const { layout, logits, targets, ignoreIndex, weight, out } = job;
  const { rows, inner } = layout;
  const CHUNK = 1024;
  const losses = new Float64Array(Math.min(rows, CHUNK));
  const weights = new Float64Array(losses.length);
  for (let start = 0; start < rows; start += CHUNK) {
    const count = Math.min(CHUNK, rows - start);
    for (let r = 0; r < count; r++) {
      const row = start + r;
      const target = targets[row] as number;
      let loss = 0;
      let w = 0;
      if (target !== ignoreIndex) {
        const base = rowStart(layout, row);
        w = weight ? (weight[target] as number) : 1;
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

/** -g w_t at each kept row's target, 0 elsewhere; after the values, because it may be written over the input. */
function writeNllGradient({ layout, targets, ignoreIndex, weight }: NllJob, { out, upstream, lossScale }: GradientPlan): void {
  elementsOf(out).fill(0);
  for (let row = 0; row < layout.rows; row++) {
    const target = targets[row] as number;
    if (target === ignoreIndex) continue;
    const w = weight ? (weight[target] as number) : 1;
    const g = upstream ? (upstream[row] as number) * lossScale : lossScale;
    setElement(out, rowStart(layout, row) + target * layout.inner, -g * w);
  }
}
