/** Cross-entropy and poly loss of each row against a class or a distribution, with gradients. */
import type { Columns } from "../columns.js";
import { type Kind, planArrays, timeOfElements } from "../kind.js";
import { directAddress, Exponentials } from "../tiles/exponentials.js";
import { runRows } from "../tiles/run-rows.js";
import { TileSink } from "../tiles/tile-sink.js";
import type { Workspace } from "../tiles/workspace.js";
import { CrossEntropyGradient } from "./cross-entropy/gradient.js";
import type { GradientSteps } from "./cross-entropy/gradient-steps.js";
import type { CrossEntropyJob } from "./cross-entropy/job.js";
import { operandsOf } from "./cross-entropy/operands.js";
import { PolyDistributions } from "./cross-entropy/poly-distributions.js";
import { crossEntropyReduction } from "./cross-entropy/reduction.js";
import { CrossEntropySteps } from "./cross-entropy/steps.js";

export const crossEntropyKind: Kind<CrossEntropyJob> = {
  name: "crossEntropy",
  run: (workspace, job, columns, range) => runRows(stepsOf(workspace, job, columns, range.origin), job.layout, range),
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
  reduction: crossEntropyReduction,
};

function stepsOf(workspace: Workspace, job: CrossEntropyJob, columns: Columns, firstRow: number): CrossEntropySteps {
  const { gradient: plan, layout, probabilityLayout } = job;
  const operands = operandsOf(workspace, job, firstRow);
  const ofDistributions = job.poly !== 0 && job.probabilities !== null;
  let exponentials: Exponentials | null = null;
  let poly: PolyDistributions | null = null;
  let gradient: GradientSteps | null = null;
  if (plan || ofDistributions) {
    exponentials = new Exponentials(workspace, job, directAddress(workspace, job), firstRow);
    if (ofDistributions) gradient = poly = new PolyDistributions(workspace, job, operands, exponentials, firstRow);
    else if (plan) {
      const sink = new TileSink(workspace, plan.out, layout, "gradient", firstRow);
      const targetSink = plan.targetOut && new TileSink(workspace, plan.targetOut, probabilityLayout, "gradient", firstRow);
      gradient = new CrossEntropyGradient(workspace, job, plan, operands, exponentials, sink, targetSink);
    }
  }
  return new CrossEntropySteps(workspace, job, columns, operands, exponentials, poly, gradient);
}
