/** From the options of a gradient to its scales and its output array. */
import { TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
import { gradientOutput, upstreamGradient } from "../arguments/gradients.js";
import type { GradientArray, GradOut, Reduction } from "../arguments/types.js";
import type { FloatOutput, GradientPlan } from "../engine/job.js";
import type { CrossEntropyJob } from "../engine/kinds/cross-entropy/job.js";
import type { NllJob } from "../engine/kinds/nll-loss.js";

/** The plan for the gradient of a row loss. `inputName` is the name of the loss's first argument. */
export function gradientPlan(
  given: { readonly upstream?: unknown; readonly gradOut?: unknown },
  reduction: Reduction,
  job: CrossEntropyJob | NllJob,
  inputName: string,
  targetOut: Float32Array | null,
): GradientPlan {
  const { scale, values } = upstreamGradient(given.upstream, reduction, job.layout.rows);
  const probabilities = "probabilities" in job ? job.probabilities : null;
  const out = gradientOutput(given.gradOut, job.logits, inputName, [
    ["targets", job.targets ?? probabilities],
    ["options.weight", job.weight],
    ["options.upstream", values],
    ["options.out", job.out],
  ]);
  const isMean = reduction === "mean";
  return {
    out,
    targetOut,
    upstream: values,
    lossScale: isMean ? scale / divisorOf(job) : scale,
    penaltyScale: isMean ? scale / job.kept : scale,
  };
}

/** The array to return as `grad`: the caller's `gradOut`, or the new f32 array. */
export function gradientResult(gradOut: GradOut, out: FloatOutput): GradientArray {
  return gradOut ?? (out as Float32Array);
}

/** The divisor of a mean: the sum of the kept rows' class weights, or the number of kept rows. */
function divisorOf({ targets, weight, ignoreIndex, kept }: CrossEntropyJob | NllJob): number {
  if (!targets || !weight) return kept;
  let divisor = 0;
  for (const target of targets) if (target !== ignoreIndex) divisor += weight[target];
  return divisor;
}

/**
 * An array for the gradient with respect to the probabilities, or null unless `targetGrad` is true.
 *
 * @throws TypeError when the option is not a boolean, or when it is true and the targets are classes.
 */
export function targetGradient(targetGrad: unknown, probabilities: { readonly length: number } | null): Float32Array | null {
  if (!TARGET_GRADIENT_OPTIONS.targetGrad(targetGrad)) return null;
  if (!probabilities) throw new TypeError("options.targetGrad: expected probabilities as targets, got class indices");
  return new Float32Array(probabilities.length);
}
