/** From the options of a gradient to its scales and its output array. */
import { TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
import { gradientOutput, upstreamGradient } from "../arguments/gradients.js";
import type { SampleWeight } from "../arguments/selection.js";
import type { GradientArray, GradOut, Reduction } from "../arguments/types.js";
import type { FloatArray, FloatOutput, GradientPlan, GradientScale, Job } from "../engine/job.js";
import { wrongUse } from "../errors.js";

/** What a row loss tells about the divisor of its mean. */
interface DividedRows extends Job {
  readonly targets: Int32Array | null;
  readonly ignoreIndex: number;
  readonly probabilities?: FloatArray | null;
  readonly weight: Float32Array | null;
  readonly sampleWeight: SampleWeight | null;
  readonly keptWeight: number;
}

/** What a row loss tells about its gradient. */
export interface WeighedRows extends DividedRows {
  readonly logits: FloatArray;
  readonly out: Float32Array | null;
}

/** The plan for the gradient of a row loss. `inputName` is the name of the loss's first argument. */
export function gradientPlan(
  given: { readonly upstream?: unknown; readonly gradOut?: unknown },
  reduction: Reduction,
  job: WeighedRows,
  inputName: string,
  targetOut: Float32Array | null,
): GradientPlan {
  const { scale, values } = upstreamGradient(given.upstream, reduction, job.layout.rows);
  const { gradOut } = given;
  const out =
    gradOut === undefined
      ? new Float32Array(job.logits.length)
      : gradientOutput(gradOut, job.logits, inputName, [
          ["targets", job.probabilities ?? job.targets],
          ["options.weight", job.weight],
          ["options.sampleWeight", job.sampleWeight],
          ["options.upstream", values],
          ["options.out", job.out],
        ]);
  return { ...gradientScale(scale, values, reduction, job), out, targetOut };
}

/** The scale of a row loss's gradients, from the upstream gradient: `scale`, or one of `values` per row. */
export function gradientScale(
  scale: number,
  values: Float32Array | Float64Array | null,
  reduction: Reduction,
  rows: DividedRows,
): GradientScale {
  const isMean = reduction === "mean";
  return {
    upstream: weighed(values, rows.sampleWeight),
    lossScale: isMean ? scale / divisorOf(rows) : scale,
    penaltyScale: isMean ? scale / rows.keptWeight : scale,
  };
}

/** The array to return as `grad`: the caller's `gradOut`, or the new f32 array. */
export function gradientResult(gradOut: GradOut, out: FloatOutput): GradientArray {
  return gradOut ?? (out as Float32Array);
}

/** The upstream gradient of each row's unweighted loss; null for 1. */
export function weighed(
  upstream: Float32Array | Float64Array | null,
  sampleWeight: SampleWeight | null,
): Float32Array | Float64Array | null {
  if (!sampleWeight || !upstream) return sampleWeight ?? upstream;
  return Float64Array.from(sampleWeight, (weight, row) => weight * upstream[row]);
}

/** The divisor of a mean: the sum of the kept rows' weights, class weight x sample weight. */
function divisorOf({ targets, probabilities, weight, sampleWeight, ignoreIndex, keptWeight }: DividedRows): number {
  if (!targets || probabilities || !weight) return keptWeight;
  let divisor = 0;
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row];
    if (target !== ignoreIndex) divisor += weight[target] * (sampleWeight ? sampleWeight[row] : 1);
  }
  return divisor;
}

/**
 * An array for the gradient with respect to the probabilities, or null unless `targetGrad` is true.
 *
 * @throws TypeError when the option is not a boolean, or when it is true and the targets are classes.
 */
export function targetGradient(targetGrad: unknown, probabilities: { readonly length: number } | null): Float32Array | null {
  if (!TARGET_GRADIENT_OPTIONS.targetGrad(targetGrad)) return null;
  if (!probabilities) throw wrongUse("options.targetGrad", "probabilities as targets", "class indices");
  return new Float32Array(probabilities.length);
}
