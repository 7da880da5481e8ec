/** crossEntropy and crossEntropyValueAndGrad: checks -> job -> result. */

import type { CrossEntropyOptions, TargetGradientOptions } from "../arguments/function-options.js";
import { CROSS_ENTROPY_OPTIONS, TARGET_GRADIENT_OPTIONS } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import type {
  AnyValueAndGrad,
  FloatTensor,
  GradientArray,
  LossValue,
  Reduction,
  Targets,
  ValueAndGrad,
} from "../arguments/types.js";
import { runCrossEntropy } from "../engine/default.js";
import { crossEntropyKind } from "../engine/kinds/cross-entropy.js";
import { type Task, taskOf } from "../engine/task.js";
import { crossEntropyJob } from "./cross-entropy-job.js";
import { gradientPlan, gradientResult, targetGradient } from "./gradient-plan.js";
import { reduced, reducing } from "./reduce.js";

/**
 * Cross-entropy of rows of logits against class indices or probabilities.
 *
 * ```text
 * x'  = softcap tanh(x / softcap) / temperature          (each where given)
 * lse = log sum_c exp(x'_c)
 * class t:          loss = (1 - e) w_t (lse - x'_t) + e / C sum_c w_c (lse - x'_c)      e = labelSmoothing
 * probabilities q:  loss = sum_c w_c ((1 - e) q_c + e / C) (lse - x'_c)
 * ```
 *
 * `"mean"` divides by the sum of the kept rows' w_t (probabilities: by the number of rows), `"sum"` adds up, `"none"` gives
 * one loss a row. `zLoss` adds zLoss lse^2 of each kept row; a mean divides its sum by the number of kept rows.
 *
 * Edges are PyTorch's: a row with +inf, NaN or only -inf is NaN; a target logit of -inf is +inf; rows with `ignoreIndex` count
 * nowhere and are not read; a mean over no row is `emptyMean`. A probability of 0 times a logit of -inf is 0.
 *
 * @param logits - Rows of unnormalised scores: a flat array, row-major, or a tensor object. Read once, streamed through a tile
 * of the WASM memory; arrays from `allocate` of the engine are read in place. Float64 is rounded to f32.
 * @param targets - One class index per row (any integer type, a `number[]`, one number for one row), or probabilities: floats of
 * the logits' length, with a `shape` or tensor dims on either argument. With a shape a `number[]` is told by its length: one number
 * per row are classes, one per logit probabilities (with a single class, classes).
 * @param options - See {@link CrossEntropyOptions}. Without `shape` and tensor dims the classes are
 * logits.length / targets.length.
 * @returns Nats: a number for "mean" and "sum" (added in f64), a Float32Array of one loss a row (in the order of the shape
 * without its class axis) for "none".
 * @throws TypeError for an argument or option of a wrong type or an unknown option; RangeError for a target that is no class
 * and not `ignoreIndex`, a length or shape that does not fit, or an option out of its range. Nothing is written then.
 *
 * Accuracy (test/accuracy/losses.test.ts), of |loss - f64| / max(1, |loss|): random and real rows 1e-7 from 100 classes on, 1.6e-7 with
 * fewer; 5e-7 where hundreds of classes share one logit; "none" rounds to f32 besides. Tiny losses keep their value, within 2e-7
 * of themselves in the relaxed build and 3e-6 in the plain one. `softcap` adds the rounding of its f32 tanh, 4.5e-7 softcap.
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
export function crossEntropy<R extends Reduction = "mean">(
  logits: FloatTensor,
  targets: Targets,
  options?: CrossEntropyOptions<R>,
): LossValue<R> {
  return runCrossEntropy(crossEntropyTask(logits, targets, options)) as LossValue<R>;
}

/** The checked job of a crossEntropy call. */
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
 * crossEntropy and its gradient with respect to the logits, in one pass: exp is computed once.
 *
 * ```text
 * a      = (1 - e) w_t [c = t] + e / C w_c,   or w_c ((1 - e) q_c + e / C)        p = softmax(x')
 * grad_c = x'' (g (p_c sum_k a_k - a_c) + g_z 2 zLoss lse p_c)
 * x''    = (1 - tanh^2(x_c / softcap)) / temperature        the slope of x' at the logit
 * g, g_z = upstream; for "mean" over the divisor of the loss, and over the number of kept rows
 * targetGrad_c = g (1 - e) w_c (lse - x'_c)
 * ```
 *
 * Rows with `ignoreIndex` are not read and get exact zeros, as does the padding of `rowStride`; a row with +inf, NaN or only
 * -inf is NaN. The value has the bits of {@link crossEntropy}.
 *
 * @param logits - As for {@link crossEntropy}.
 * @param targets - As for {@link crossEntropy}.
 * @param options - Those of {@link crossEntropy}, and `upstream` (the gradient that arrives: a number, or one a row with "none"),
 * `gradOut` (write the gradient here; may be the logits), `targetGrad: true` for the gradient with respect to probabilities.
 * @returns `{ value, grad }`, grad in the logits' layout (1 / unit of the logits), and `targetGrad` where asked for.
 * @throws TypeError and RangeError as {@link crossEntropy}, for an `upstream` or `gradOut` of a wrong type or length, and for
 * `targetGrad` with class indices. Nothing is written then.
 *
 * Accuracy (test/accuracy/gradients.test.ts): 1.5e-7 of the upstream gradient. Of the row's largest entry as much from 500 classes on;
 * in rows of fewer that are all but certain, where every entry is small, 2.5e-6 in the relaxed build and 5e-6 in the plain one.
 * `softcap` adds 2e-7 of the gradient before it.
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
  R extends Reduction = "mean",
  T extends boolean = false,
  G extends GradientArray = Float32Array,
>(logits: FloatTensor, targets: Targets, options?: CrossEntropyOptions<R> & TargetGradientOptions<T, G>): ValueAndGrad<R, T, G> {
  return runCrossEntropy(crossEntropyValueAndGradTask(logits, targets, options)) as ValueAndGrad<R, T, G>;
}

/** The checked job of a crossEntropyValueAndGrad call. */
export function crossEntropyValueAndGradTask(
  logits: FloatTensor,
  targets: Targets,
  options?: CrossEntropyOptions & TargetGradientOptions<boolean, GradientArray>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<CrossEntropyOptions, TargetGradientOptions<boolean, GradientArray>>(
    options,
    CROSS_ENTROPY_OPTIONS,
    TARGET_GRADIENT_OPTIONS,
  );
  const reduction = reducing(given);
  const valueJob = crossEntropyJob(logits, targets, given, reduction.reduction);
  const targetOut = targetGradient(given.targetGrad, valueJob.probabilities);
  const gradient = gradientPlan(given, reduction.reduction, valueJob, "logits", targetOut);
  return taskOf(crossEntropyKind, { ...valueJob, gradient }, (sums): AnyValueAndGrad => {
    const value = reduced(reduction, sums, valueJob.out);
    const grad = gradientResult(given.gradOut, gradient.out);
    return targetOut ? { value, grad, targetGrad: targetOut } : { value, grad };
  });
}
