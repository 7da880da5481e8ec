/** From the arguments of linear cross-entropy to a job of the rows that count, and back to all rows. */
import { lossTerms, softcap, temperature } from "../arguments/function-options.js";
import { upstreamGradient } from "../arguments/gradients.js";
import { type LinearArguments, linearArguments, linearReads } from "../arguments/linear-arguments.js";
import { linearGradients } from "../arguments/linear-gradients.js";
import type { LinearCrossEntropyOptions, LinearGradientOptions } from "../arguments/linear-options.js";
import type { LinearWeightTensor } from "../arguments/linear-weight.js";
import { checkApart, classWeight, type Placed, rowOutput } from "../arguments/outputs.js";
import type { FloatTensor, Reduction, Targets } from "../arguments/types.js";
import { jobWeight, type LinearCrossEntropyJob, type LinearGradientPlan } from "../engine/kinds/linear/job.js";
import { gradientScale } from "./gradient-plan.js";

export interface CheckedLinear {
  readonly job: LinearCrossEntropyJob;
  /** One loss per row of the caller, or null. */
  readonly out: Float32Array | null;
  readonly args: LinearArguments;
  /** What an output may not overlap. */
  readonly reads: readonly (readonly [name: string, array: Placed | null])[];
}

/** The checked job, without a gradient. */
export function linearJob(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  given: Partial<LinearCrossEntropyOptions>,
  reduction: Reduction,
): CheckedLinear {
  const args = linearArguments(hidden, linearWeight, targets, given);
  const { selected } = args;
  const { rows: allRows, classes } = args.rows.layout;
  const weight = classWeight(given.weight, classes);
  const out = rowOutput(given.out, reduction, allRows);
  const reads = linearReads(args, weight);
  checkApart(out, reads);
  const rowIndex = keptRows(selected);
  const rows = rowIndex ? rowIndex.length : allRows;
  const job: LinearCrossEntropyJob = {
    layout: { rows, classes, inner: 1, stride: classes },
    hidden: args.hidden,
    linearWeight: jobWeight(args.weight),
    bias: args.bias,
    rowIndex,
    // without probabilities there are targets
    targets: args.probabilities ? null : taken(selected.targets as Int32Array, rowIndex),
    ignoreIndex: selected.ignoreIndex,
    kept: selected.kept,
    keptWeight: selected.keptWeight,
    sampleWeight: selected.sampleWeight && taken(selected.sampleWeight, rowIndex),
    probabilities: args.probabilities,
    probabilityLayout: args.probabilityLayout,
    probabilityShift: args.probabilityShift,
    weight,
    terms: lossTerms(given),
    softcap: softcap(given.softcap),
    temperature: temperature(given.temperature),
    poly: 0,
    out: out && rowIndex ? new Float32Array(rows) : out,
    gradient: null,
  };
  return { job, out, args, reads };
}

/** The plan for the gradients of a job. */
export function linearGradientPlan(
  given: Partial<LinearCrossEntropyOptions & LinearGradientOptions>,
  reduction: Reduction,
  { job, out, args, reads }: CheckedLinear,
): LinearGradientPlan {
  const { scale, values } = upstreamGradient(given.upstream, reduction, args.rows.layout.rows);
  const arrays = linearGradients(given, args, [...reads, ["options.upstream", values], ["options.out", out]]);
  return { ...arrays, ...gradientScale(scale, values && taken(values, job.rowIndex), reduction, job) };
}

/** Moves the results of the job's rows to the caller's rows; the others get 0. */
export function spread({ job, out }: CheckedLinear, gradient: LinearGradientPlan | null): void {
  const { rowIndex, linearWeight } = job;
  if (!rowIndex) return;
  if (out) {
    out.fill(0);
    for (let r = 0; r < rowIndex.length; r++) out[rowIndex[r]] = (job.out as Float32Array)[r];
  }
  if (!gradient?.hidden || gradient.accumulate) return;
  let next = 0;
  for (let r = 0; r <= rowIndex.length; r++) {
    const row = r < rowIndex.length ? rowIndex[r] : gradient.hidden.length / linearWeight.width;
    gradient.hidden.fill(0, next * linearWeight.width, row * linearWeight.width);
    next = row + 1;
  }
}

/** The rows that count, or null if all of them do. */
function keptRows({ targets, ignoreIndex, kept }: LinearArguments["selected"]): Int32Array | null {
  if (!targets || kept === targets.length) return null;
  const rows = new Int32Array(kept);
  let next = 0;
  for (let row = 0; row < targets.length; row++) if (targets[row] !== ignoreIndex) rows[next++] = row;
  return rows;
}

/** The values of some rows. */
function taken<Values extends Int32Array | Float32Array | Float64Array>(values: Values, rows: Int32Array | null): Values {
  if (!rows) return values;
  const some = values.slice(0, rows.length) as Values;
  for (let r = 0; r < rows.length; r++) some[r] = values[rows[r]];
  return some;
}
