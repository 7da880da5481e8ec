/** nllLoss and nllLossValueAndGrad: checks -> job -> result. */

import type { GradientOptions, NllLossOptions } from "../arguments/function-options.js";
import { GRADIENT_OPTIONS, NLL_OPTIONS } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { checkApart, classWeight, rowOutput } from "../arguments/outputs.js";
import { checkClasses, shapedRows } from "../arguments/rows.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { floatInput } from "../arguments/tensors.js";
import type {
  AnyValueAndGrad,
  ByDefault,
  FloatTensor,
  GradOut,
  IndexTargets,
  LossValue,
  Out,
  Reduction,
  ValueAndGrad,
} from "../arguments/types.js";
import { runCrossEntropy } from "../engine/default.js";
import { type NllJob, nllKind } from "../engine/kinds/nll-loss.js";
import { type Task, taskOf } from "../engine/task.js";
import { gradientPlan, gradientResult } from "./gradient-plan.js";
import { reduced, reducing } from "./reduce.js";

/**
 * Negative log-likelihood of class indices under given log-probabilities.
 *
 * ```text
 * loss = -w_t y_t
 * ```
 *
 * `"mean"` divides by the sum of w_t over the kept rows. `sampleWeight` s multiplies a row's loss and its w_t in the divisor; `shift`,
 * `mask` and `attentionMask` select rows as in {@link crossEntropy}. Only the target's element of each row is read; nothing is copied.
 *
 * @param logProbs - Rows of log-probabilities y (from `logSoftmax`, say): a flat row-major array or a tensor object.
 * @param targets - One class index per row.
 * @param options - See {@link NllLossOptions}.
 * @returns Nats: a number for "mean" and "sum" (added in f64), a Float32Array of one loss per row for "none".
 * @throws TypeError and RangeError as {@link crossEntropy}.
 *
 * Accuracy: each loss is exact, apart from the product with the weight. Source: PyTorch 2.13 `torch.nn.functional.nll_loss`.
 *
 * @example
 * ```ts
 * import { nllLoss } from "wasm-cross-entropy";
 *
 * nllLoss(new Float32Array([-0.5, -1, -2, -0.25]), [0, 1]); // => 0.375
 * nllLoss(new Float32Array([-0.5, -1, -2, -0.25]), [0, 1], { reduction: "sum" }); // => 0.75
 * ```
 */
export function nllLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options?: NllLossOptions<R, O>,
): LossValue<R, O> {
  return runCrossEntropy(nllLossTask(logProbs, targets, options)) as LossValue<R, O>;
}

/** An nllLoss call as a task. */
export function nllLossTask(logProbs: FloatTensor, targets: IndexTargets, options?: NllLossOptions): Task<number | Float32Array> {
  const given = checkOptions(options, NLL_OPTIONS);
  const reduction = reducing(given);
  const job = nllJob(logProbs, targets, given, reduction.reduction);
  return taskOf(nllKind, job, (sums) => reduced(reduction, sums, job.out));
}

/**
 * {@link nllLoss} and its gradient with respect to the log-probabilities.
 *
 * ```text
 * grad_t = -g w_t,   0 for all other classes        g = upstream, for "mean" divided by the sum of w_t over the kept rows
 * ```
 *
 * @param logProbs - As for {@link nllLoss}.
 * @param targets - As for {@link nllLoss}.
 * @param options - Those of {@link nllLoss}, and `upstream` (the upstream gradient: a number, or one number per row with "none")
 * and `gradOut` (the array for the gradient; may be the log-probabilities).
 * @returns `{ value, grad }`, grad in the log-probabilities' layout, 0 in ignored rows and padding.
 * @throws TypeError and RangeError as {@link nllLoss}, and for an `upstream` or `gradOut` of a wrong type or length.
 *
 * Accuracy: rounded to f32 once. Source: PyTorch 2.13, the gradient of `torch.nn.functional.nll_loss`.
 *
 * @example
 * ```ts
 * import { nllLossValueAndGrad } from "wasm-cross-entropy";
 *
 * nllLossValueAndGrad(new Float32Array([-0.5, -1, -2, -0.25]), [0, 1]).grad; // => [-0.5, 0, 0, -0.5]
 * ```
 */
export function nllLossValueAndGrad<R extends Reduction | ByDefault, G extends GradOut = undefined, O extends Out = undefined>(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options?: NllLossOptions<R, O> & GradientOptions<G>,
): ValueAndGrad<R, false, G, O> {
  return runCrossEntropy(nllLossValueAndGradTask(logProbs, targets, options)) as ValueAndGrad<R, false, G, O>;
}

/** An nllLossValueAndGrad call as a task. */
export function nllLossValueAndGradTask(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options?: NllLossOptions & GradientOptions<GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<NllLossOptions, GradientOptions<GradOut>>(options, NLL_OPTIONS, GRADIENT_OPTIONS);
  const reduction = reducing(given);
  const valueJob = nllJob(logProbs, targets, given, reduction.reduction);
  const gradient = gradientPlan(given, reduction.reduction, valueJob, "logProbs", null);
  return taskOf(nllKind, { ...valueJob, gradient }, (sums) => ({
    value: reduced(reduction, sums, valueJob.out),
    grad: gradientResult(given.gradOut, gradient.out),
  }));
}

function nllJob(
  logProbs: FloatTensor,
  targets: IndexTargets,
  given: Partial<NllLossOptions<Reduction>>,
  reduction: Reduction,
): NllJob {
  const input = floatInput("logProbs", logProbs);
  const ignoreIndex = NLL_OPTIONS.ignoreIndex(given.ignoreIndex);
  const raw = rawTargets("targets", targets);
  const rows = shapedRows("logProbs", input.data.length, input.shape, given, raw.length);
  const { layout } = rows;
  checkClasses("logProbs", layout);
  const checked = classTargets("targets", raw, rows, given, ignoreIndex);
  const weight = classWeight(given.weight, layout.classes);
  const out = rowOutput(given.out, reduction, layout.rows);
  if (out) {
    checkApart(out, [
      ["logProbs", input.data],
      ["targets", checked.targets],
      ["options.weight", weight],
      ["options.sampleWeight", checked.sampleWeight],
    ]);
  }
  return { layout, logits: input.data, ...checked, weight, out, gradient: null };
}
