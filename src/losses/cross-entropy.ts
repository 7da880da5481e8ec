/** crossEntropy and crossEntropyValueAndGrad: checks -> job -> result. */

import type { CrossEntropyOptions, TargetGradientOptions } from "../arguments/function-options.js";
import { CROSS_ENTROPY_OPTIONS, TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
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
import { gradientPlan, gradientResult, targetGradient } from "./gradient-plan.js";
import { reduced, reducing } from "./reduce.js";

/**
 * Cross-entropy of rows of logits against class indices or probabilities.
 *
 * ```text
 * x'  = softcap tanh(x / softcap) / temperature          (each if given)
 * lse = log sum_c exp(x'_c)
 * class t:          loss = (1 - e) w_t (lse - x'_t) + e / C sum_c w_c (lse - x'_c)      e = labelSmoothing
 * probabilities q:  loss = sum_c w_c ((1 - e) q_c + e / C) (lse - x'_c)
 * ```
 *
 * `"mean"` divides by the sum of w_t over the kept rows (with probabilities: by the number of rows), `"sum"` adds up,
 * `"none"` returns one loss per row. `zLoss` adds zLoss lse^2 for each kept row; a mean divides the sum of these terms by the
 * number of kept rows.
 *
 * `shift`, `mask` and `attentionMask` select the rows that count (docs/math.md). `sampleWeight` s multiplies a row's loss and
 * z-loss; `"mean"` then divides by the sum of s w_t (with probabilities: of s), and the z-losses by the sum of s.
 *
 * Edge cases follow PyTorch: a row with +inf, with NaN or with only -inf is NaN; a target logit of -inf makes the loss +inf; rows
 * whose target is `ignoreIndex` are not read and do not count; a mean without kept rows is `emptyMean`. A probability of 0 times
 * a logit of -inf is 0.
 *
 * @param logits - Rows of unnormalised scores: a flat row-major array or a tensor object. Read once, through a tile of the WASM
 * memory; an engine reads arrays of its `allocate` in place. Float64 is rounded to f32.
 * @param targets - One class index per row (any integer type, a `number[]`, or one number for a single row), or probabilities:
 * floats of the logits' length, with a `shape` or tensor dims on either argument. With a shape, the length of a `number[]`
 * decides: one number per row are classes, one per logit are probabilities (classes if there is a single class).
 * @param options - See {@link CrossEntropyOptions}. Without `shape` and tensor dims, the number of classes is
 * logits.length / targets.length.
 * @returns Nats: a number for "mean" and "sum" (added in f64), a Float32Array of one loss per row (in the order of the shape
 * without its class axis) for "none".
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for a target that is neither a
 * class nor `ignoreIndex`, a length or shape that does not fit, or an option out of its range. Nothing is written then.
 *
 * Accuracy (test/accuracy/losses.test.ts), as |loss - f64| / max(1, |loss|): within 1e-7 for random and real rows of 100 classes
 * or more, 1.6e-7 with fewer, and 5e-7 where hundreds of classes share one logit; "none" also rounds to f32. Tiny losses
 * are within 2e-7 of their own size in the relaxed build and 3e-6 in the plain one. `softcap` adds the rounding of its f32
 * tanh, 4.5e-7 softcap.
 *
 * Source: PyTorch 2.13 `torch.nn.functional.cross_entropy`; softcap: Gemma 2 (arXiv:2408.00118); z-loss: PaLM
 * (arXiv:2204.02311).
 *
 * @example
 * ```ts
 * import { crossEntropy } from "wasm-cross-entropy";
 *
 * const logits = new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]);
 * crossEntropy(logits, [0, 1]); // => 0.3853622
 * crossEntropy(logits, [0, 1], { reduction: "none" }); // => [0.4643688, 0.3063557]
 * crossEntropy(new Float32Array([20, 0, 0]), 0); // => 4.1223e-9
 * ```
 */
export function crossEntropy<R extends Reduction | ByDefault, O extends Out = undefined>(
  logits: FloatTensor,
  targets: Targets,
  options?: CrossEntropyOptions<R, O>,
): LossValue<R, O> {
  return runCrossEntropy(crossEntropyTask(logits, targets, options)) as LossValue<R, O>;
}

/** A crossEntropy call as a task. */
export function crossEntropyTask(
  logits: FloatTensor,
  targets: Targets,
  options?: CrossEntropyOptions,
): Task<number | Float32Array> {
  const given = checkOptions(options, CROSS_ENTROPY_OPTIONS);
  const reduction = reducing(given);
  const job = crossEntropyJob(logits, targets, given, reduction.reduction);
  return taskOf(crossEntropyKind, job, (sums) => reduced(reduction, sums, job.out));
}

/**
 * {@link crossEntropy} and its gradient with respect to the logits, in one pass: each exponential is computed once.
 *
 * ```text
 * a      = (1 - e) w_t [c = t] + e / C w_c,   or w_c ((1 - e) q_c + e / C)        p = softmax(x')
 * grad_c = x'' (g (p_c sum_k a_k - a_c) + g_z 2 zLoss lse p_c)
 * x''    = (1 - tanh^2(x_c / softcap)) / temperature        the slope of x' at the logit
 * g, g_z = upstream; for "mean" g is divided by the loss's divisor, and g_z by the number of kept rows
 * targetGrad_c = g (1 - e) w_c (lse - x'_c)
 * ```
 *
 * Ignored rows are not read, and their gradient is exactly 0, as is that of the padding of `rowStride`. The gradient of a row
 * with +inf, with NaN or with only -inf is NaN. The value has the bits of {@link crossEntropy}.
 *
 * @param logits - As for {@link crossEntropy}.
 * @param targets - As for {@link crossEntropy}.
 * @param options - Those of {@link crossEntropy}, and `upstream` (the upstream gradient: a number, or one number per row
 * with "none"), `gradOut` (the array for the gradient; may be the logits), `targetGrad: true` for the gradient with
 * respect to probabilities.
 * @returns `{ value, grad }`, grad in the logits' layout, and with `targetGrad: true` also `targetGrad`, in the targets' layout.
 * @throws TypeError and RangeError as {@link crossEntropy}, and for an `upstream` or `gradOut` of a wrong type or length;
 * TypeError for `targetGrad` with class indices. Nothing is written then.
 *
 * Accuracy (test/accuracy/gradients.test.ts): within 1.5e-7 of the upstream gradient. From 500 classes on also within 1.5e-7 of
 * the row's largest entry; rows of fewer classes whose target is nearly certain, where every entry is small, are within 2.5e-6 of
 * it in the relaxed build and 5e-6 in the plain one. `softcap` adds 2e-7 of the gradient before the cap.
 *
 * Source: PyTorch 2.13, the gradients of `torch.nn.functional.cross_entropy`.
 *
 * @example
 * ```ts
 * import { crossEntropyValueAndGrad } from "wasm-cross-entropy";
 *
 * const { value, grad } = crossEntropyValueAndGrad(new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]), [0, 1]);
 * value; // => 0.3853622
 * grad; // => [-0.1857342, 0.1156119, 0.0701222, 0.0498118, -0.1319376, 0.0821258]
 * crossEntropyValueAndGrad(new Float32Array([20, 0, 0]), 0).grad[0]; // => -4.1223e-9
 * ```
 */
export function crossEntropyValueAndGrad<
  R extends Reduction | ByDefault,
  T extends boolean = false,
  G extends GradOut = undefined,
  O extends Out = undefined,
>(
  logits: FloatTensor,
  targets: Targets,
  options?: CrossEntropyOptions<R, O> & TargetGradientOptions<T, G>,
): ValueAndGrad<R, T, G, O> {
  return runCrossEntropy(crossEntropyValueAndGradTask(logits, targets, options)) as ValueAndGrad<R, T, G, O>;
}

/** A crossEntropyValueAndGrad call as a task. */
export function crossEntropyValueAndGradTask(
  logits: FloatTensor,
  targets: Targets,
  options?: CrossEntropyOptions & TargetGradientOptions<boolean, GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<CrossEntropyOptions, TargetGradientOptions<boolean, GradOut>>(
    options,
    CROSS_ENTROPY_OPTIONS,
    TARGET_GRADIENT_OPTIONS,
  );
  const reduction = reducing(given);
  const job = crossEntropyJob(logits, targets, given, reduction.reduction);
  const targetOut = targetGradient(given.targetGrad, job.probabilities);
  const gradient = gradientPlan(given, reduction.reduction, job, "logits", targetOut);
  job.gradient = gradient;
  return taskOf(crossEntropyKind, job, (sums): AnyValueAndGrad => {
    const value = reduced(reduction, sums, job.out);
    const grad = gradientResult(given.gradOut, gradient.out);
    return targetOut ? { value, grad, targetGrad: atTargets(targetOut, job) } : { value, grad };
  });
}

/**
 * The engine writes the gradient of a row's probabilities at the row. Moves it to the row of the targets that they came from. Rows
 * without a target are zeros, and move to the targets without a row.
 */
function atTargets(targetGrad: Float32Array, { probabilityShift, probabilityLayout }: CrossEntropyJob): Float32Array {
  if (probabilityShift === 0) return targetGrad;
  const { inner, stride } = probabilityLayout;
  const moved = probabilityShift * (inner === 1 ? stride : 1);
  return targetGrad.copyWithin(moved, 0).fill(0, 0, moved);
}
