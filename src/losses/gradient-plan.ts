/** From the gradient's options to what the engine scales and where it writes. */
import { TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
import { gradientOutput, upstreamGradient } from "../arguments/gradients.js";
import type { GradientArray, Reduction } from "../arguments/types.js";
import type { FloatOutput, GradientPlan } from "../engine/job.js";
import type { CrossEntropyJob } from "../engine/kinds/cross-entropy/job.js";
import type { NllJob } from "../engine/kinds/nll-loss.js";

/** The plan of a loss on rows; `inputName` is what its first argument is called. */
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

/** The caller's own `gradOut`, or the new array, which is one of f32. */
export function gradientResult(gradOut: GradientArray | undefined, out: FloatOutput): GradientArray {
  return gradOut ?? (out as Float32Array);
}

/** What a mean divides the losses by: the kept rows' class weights, or the number of rows. */
function divisorOf({ targets, weight, ignoreIndex, kept }: CrossEntropyJob | NllJob): number {
  if (!targets || !weight) return kept;
  let divisor = 0;
  for (const target of targets) if (target !== ignoreIndex) divisor += weight[target] as number;
  return divisor;
}

/**
 * An array for the gradient with respect to probabilities, or null where it is not asked for.
 *
 * @throws TypeError when the option is no boolean, or the targets are classes.
 */
export function targetGradient(targetGrad: unknown, probabilities: { readonly length: number } | null): Float32Array | null {
  if (!TARGET_GRADIENT_OPTIONS.targetGrad(targetGrad)) return null;
  if (!probabilities) throw new TypeError("options.targetGrad: expected probabilities as targets beside it, got class indices");
  return new Float32Array(probabilities.length);
}
