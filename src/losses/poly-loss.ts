/** polyLoss and polyLossValueAndGrad: checks -> job -> result. */

import type { GradientOptions, PolyLossOptions } from "../arguments/function-options.js";
import { GRADIENT_OPTIONS, POLY_OPTIONS } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import type {
  AnyValueAndGrad,
  ByDefault,
  FloatTensor,
  GradOut,
  LossValue,
  Out,
  Reduction,
  Targets,
  ValueAndGrad,
} from "../arguments/types.js";
import { runCrossEntropy } from "../engine/default.js";
import type { CrossEntropyJob } from "../engine/kinds/cross-entropy/job.js";
import { crossEntropyKind } from "../engine/kinds/cross-entropy.js";
import { type Task, taskOf } from "../engine/task.js";
import { crossEntropyJob } from "./cross-entropy-job.js";
import { gradientPlan, gradientResult } from "./gradient-plan.js";
import { reduced, reducing } from "./reduce.js";

/**
 * Poly-1 loss of rows of logits against class indices or probabilities: cross-entropy plus epsilon (1 - p_t), where p_t is the
 * probability of the target.
 *
 * ```text
 * p = softmax(x)
 * class t:          loss = -log p_t + epsilon (1 - p_t)
 * probabilities q:  loss = sum_c q_c (-log p_c + epsilon (1 - p_c))
 * ```
 *
 * @param logits - Rows of unnormalised scores, as for {@link crossEntropy}.
 * @param targets - One class index per row, or probabilities, as for {@link crossEntropy}.
 * @param options - See {@link PolyLossOptions}; `epsilon` is 1 by default; with 0 the loss is the cross-entropy.
 * @returns Losses (nats plus the term in epsilon): a number for "mean" (over the kept rows) and "sum", a Float32Array of one loss
 * per row for "none".
 * @throws TypeError and RangeError as {@link crossEntropy}, and for an epsilon that is not a finite number.
 *
 * Accuracy: that of {@link crossEntropy} plus 1e-7 epsilon. Source: Leng et al., "PolyLoss" (arXiv:2204.12511); optax
 * `poly_loss_cross_entropy`, whose default epsilon is 2.
 *
 * @example
 * ```ts
 * import { polyLoss } from "wasm-cross-entropy";
 *
 * polyLoss(new Float32Array([0, 0]), 0); // => 1.1931472
 * polyLoss(new Float32Array([0, 0]), 0, { epsilon: 0 }); // => 0.6931472
 * ```
 */
export function polyLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
  logits: FloatTensor,
  targets: Targets,
  options?: PolyLossOptions<R, O>,
): LossValue<R, O> {
  return runCrossEntropy(polyLossTask(logits, targets, options)) as LossValue<R, O>;
}

/** A polyLoss call as a task. */
export function polyLossTask(logits: FloatTensor, targets: Targets, options?: PolyLossOptions): Task<number | Float32Array> {
  const given = checkOptions(options, POLY_OPTIONS);
  const reduction = reducing(given);
  const job = polyJob(logits, targets, given, reduction.reduction);
  return taskOf(crossEntropyKind, job, (sums) => reduced(reduction, sums, job.out));
}

/**
 * {@link polyLoss} and its gradient with respect to the logits, in one pass.
 *
 * ```text
 * class t:          grad_c = g (1 + epsilon p_t) (p_c - [c = t])
 * probabilities q:  grad_c = g ((p_c sum_k q_k - q_c) + epsilon p_c (sum_k q_k p_k - q_c))
 * g = upstream, for "mean" divided by the number of kept rows
 * ```
 *
 * @param logits - As for {@link polyLoss}.
 * @param targets - As for {@link polyLoss}.
 * @param options - Those of {@link polyLoss}, and `upstream` (the upstream gradient: a number, or one number per row with "none")
 * and `gradOut` (the array for the gradient; may be the logits).
 * @returns `{ value, grad }`, grad in the logits' layout, 0 in ignored rows and padding.
 * @throws TypeError and RangeError as {@link polyLoss}, and for an `upstream` or `gradOut` of a wrong type or length.
 *
 * Accuracy: within 2e-7 (1 + epsilon) of the upstream gradient. Source: as {@link polyLoss}.
 *
 * @example
 * ```ts
 * import { polyLossValueAndGrad } from "wasm-cross-entropy";
 *
 * polyLossValueAndGrad(new Float32Array([0, 0]), 0).grad; // => [-0.75, 0.75]
 * ```
 */
export function polyLossValueAndGrad<R extends Reduction | ByDefault, G extends GradOut = undefined, O extends Out = undefined>(
  logits: FloatTensor,
  targets: Targets,
  options?: PolyLossOptions<R, O> & GradientOptions<G>,
): ValueAndGrad<R, false, G, O> {
  return runCrossEntropy(polyLossValueAndGradTask(logits, targets, options)) as ValueAndGrad<R, false, G, O>;
}

/** A polyLossValueAndGrad call as a task. */
export function polyLossValueAndGradTask(
  logits: FloatTensor,
  targets: Targets,
  options?: PolyLossOptions & GradientOptions<GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<PolyLossOptions, GradientOptions<GradOut>>(options, POLY_OPTIONS, GRADIENT_OPTIONS);
  const reduction = reducing(given);
  const valueJob = polyJob(logits, targets, given, reduction.reduction);
  const gradient = gradientPlan(given, reduction.reduction, valueJob, "logits", null);
  return taskOf(crossEntropyKind, { ...valueJob, gradient }, (sums) => ({
    value: reduced(reduction, sums, valueJob.out),
    grad: gradientResult(given.gradOut, gradient.out),
  }));
}

function polyJob(
  logits: FloatTensor,
  targets: Targets,
  given: Partial<PolyLossOptions<Reduction>>,
  reduction: Reduction,
): CrossEntropyJob {
  const poly = POLY_OPTIONS.epsilon(given.epsilon);
  return { ...crossEntropyJob(logits, targets, given, reduction), poly };
}
