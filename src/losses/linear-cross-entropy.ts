/** linearCrossEntropy and linearCrossEntropyValueAndGrad: checks -> job -> result. */
import type {
  LinearArgument,
  LinearCrossEntropyOptions,
  LinearGradientOptions,
  LinearGradOut,
  LinearValueAndGrad,
} from "../arguments/linear-options.js";
import { LINEAR_GRADIENT_OPTIONS, LINEAR_OPTIONS } from "../arguments/linear-options.js";
import type { LinearWeightTensor } from "../arguments/linear-weight.js";
import { checkOptions } from "../arguments/options.js";
import type { ByDefault, FloatTensor, LossValue, Out, Reduction, Targets } from "../arguments/types.js";
import { runLinear } from "../engine/default.js";
import { linearCrossEntropyKind } from "../engine/kinds/linear-cross-entropy.js";
import { type Task, taskOf } from "../engine/task.js";
import { linearGradientPlan, linearJob, spread } from "./linear-job.js";
import { reduced, reducing } from "./reduce.js";

/**
 * {@link crossEntropy} of the logits of a linear layer, such as the output projection of a language model. The logits are computed
 * and used up in small blocks: no array of rows x classes is ever made.
 *
 * ```text
 * x_rc = sum_d hidden_rd linearWeight_cd + bias_c
 * loss = crossEntropy(x, targets, options)
 * ```
 *
 * Options, targets and edge cases are those of {@link crossEntropy}, except that `ignoreIndex` with probabilities is an error, as in
 * PyTorch. Rows that do not count are not read. Softmax over pairs of embeddings, as in CLIP, is the same call: the second
 * embeddings are the weight, and row r belongs to class r (docs/recipes.md).
 *
 * @param hidden - Rows of D numbers: a tensor object [.., D], or a flat row-major array. D is that of `shape`, or of the weight's
 * dims; without either there are as many rows as targets. Float64 is rounded to f32.
 * @param linearWeight - One row of D numbers per class: a tensor object [classes, D] or a flat row-major array of f32, f16 or bf16;
 * 8 bits with scales per row or per block of 32, or 4 bits in blocks of 32, as {@link LinearWeightTensor} describes them. Read in
 * panels of 96 rows, each once per 128 hidden rows; an engine reads an f32 weight of its `allocate` in place. Float64 and numbers
 * are copied to f32 as a whole.
 * @param targets - As for {@link crossEntropy}. Probabilities are one number per row and class.
 * @param options - See {@link LinearCrossEntropyOptions}.
 * @returns Nats: a number for "mean" and "sum" (added in f64), a Float32Array of one loss per row for "none".
 * @throws TypeError for an argument or option of a wrong type, integers without `scales`, or an unknown option; RangeError for
 * sizes that do not fit each other, a target that is neither a class nor `ignoreIndex`, or an option out of its range. Nothing is
 * written then.
 *
 * Accuracy (test/accuracy/linear.test.ts): logits are f32 sums, so a row loss is within 2e-6 of the f64 result for logits of
 * N(0, 1) and D up to 4096, relative to the weights as they are stored. Source: PyTorch 2.13
 * `torch.nn.functional.linear_cross_entropy`; Wijmans et al. 2024, "Cut Your Losses in Large-Vocabulary Language Models"
 * (arXiv:2411.09009).
 *
 * @example
 * ```ts
 * import { linearCrossEntropy } from "wasm-cross-entropy";
 *
 * const hidden = new Float32Array([1, 2, 0.5, -1]); // 2 rows of 2
 * const linearWeight = { data: new Float32Array([1, 0.5, 0, 1, -1, 0]), dims: [3, 2] };
 * linearCrossEntropy(hidden, linearWeight, [1, 0]); // => 0.6990028
 * linearCrossEntropy(hidden, linearWeight, [1, 0], { bias: [0.5, 0, -0.5], reduction: "none" }); // => [0.9854132, 0.3689811]
 *
 * // the same weight in 8 bits, with a scale per class
 * const data = new Int8Array([127, 64, 0, 127, -127, 0]);
 * linearCrossEntropy(hidden, { data, dims: [3, 2], scales: [1 / 127, 1 / 127, 1 / 127] }, [1, 0]); // => 0.7018998
 * ```
 */
export function linearCrossEntropy<R extends Reduction | ByDefault, O extends Out = undefined>(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  options?: LinearCrossEntropyOptions<R, O>,
): LossValue<R, O> {
  return runLinear(linearCrossEntropyTask(hidden, linearWeight, targets, options)) as LossValue<R, O>;
}

/** A linearCrossEntropy call as a task. */
export function linearCrossEntropyTask(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  options?: LinearCrossEntropyOptions,
): Task<number | Float32Array> {
  const given = checkOptions(options, LINEAR_OPTIONS);
  const reduction = reducing(given);
  const checked = linearJob(hidden, linearWeight, targets, given, reduction.reduction);
  return taskOf(linearCrossEntropyKind, checked.job, (sums) => {
    spread(checked, null);
    return reduced(reduction, sums, checked.out);
  });
}

/**
 * {@link linearCrossEntropy} and its gradients with respect to the hidden states, the weight and the bias. The gradient of the
 * logits, G, is used up in small blocks as the logits are.
 *
 * ```text
 * G                 = the gradient of crossEntropyValueAndGrad with respect to the logits, rows x classes
 * grad.hidden       = G linearWeight
 * grad.linearWeight = G^T hidden
 * grad.bias         = sum of the rows of G
 * ```
 *
 * A row that does not count is not read: its hidden gradient is exactly 0, and it adds nothing to the others. The value has the
 * bits of {@link linearCrossEntropy}. The gradient of the bias is that of a bias of 0 if there is none.
 *
 * @param hidden - As for {@link linearCrossEntropy}.
 * @param linearWeight - As for {@link linearCrossEntropy}. A weight of integers has no gradient: pass `wants: ["hidden"]`.
 * @param targets - As for {@link linearCrossEntropy}.
 * @param options - Those of {@link linearCrossEntropy}, and `wants`, `gradOut`, `accumulate`, `upstream` and `maxBytes`: see
 * {@link LinearGradientOptions}.
 * @returns `{ value, grad }`. `grad` has an f32 array for each argument that is wanted, in its layout: those of `wants`, else those
 * that `gradOut` has arrays for, else all three.
 * @throws TypeError and RangeError as {@link linearCrossEntropy}; TypeError for `accumulate` without `gradOut`, or the gradient of a
 * weight of integers; RangeError for an array of a wrong length, or one that overlaps an input or another output. Nothing is
 * written then.
 *
 * Accuracy (test/accuracy/linear.test.ts): within 2e-7 of the greatest element of the hidden gradient and 5e-7 of that of the
 * weight's, for logits of N(0, 1) and D up to 4096. Source: PyTorch 2.13, the gradients of
 * `torch.nn.functional.linear_cross_entropy`.
 *
 * @example
 * ```ts
 * import { linearCrossEntropyValueAndGrad } from "wasm-cross-entropy";
 *
 * const hidden = new Float32Array([1, 2, 0.5, -1]);
 * const linearWeight = new Float32Array([1, 0.5, 0, 1, -1, 0]);
 * const { value, grad } = linearCrossEntropyValueAndGrad(hidden, linearWeight, [1, 0]);
 * value; // => 0.6990028
 * grad.hidden; // => [0.2317833, -0.1341083, -0.4003577, -0.030218]
 * grad.bias; // => [-0.002832, -0.1629104, 0.1657424]
 *
 * // the gradient of a second batch, added to that of the first
 * const gradOut = { linearWeight: grad.linearWeight };
 * linearCrossEntropyValueAndGrad([2, 1], linearWeight, 0, { gradOut, accumulate: true }).grad.linearWeight[0]; // => -0.2590206
 * ```
 */
export function linearCrossEntropyValueAndGrad<
  R extends Reduction | ByDefault,
  W extends LinearArgument = never,
  G extends LinearGradOut | undefined = undefined,
  O extends Out = undefined,
>(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  options?: LinearCrossEntropyOptions<R, O> & LinearGradientOptions<W, G>,
): LinearValueAndGrad<R, W, G, O> {
  return runLinear(linearCrossEntropyValueAndGradTask(hidden, linearWeight, targets, options)) as LinearValueAndGrad<R, W, G, O>;
}

/** The result of linearCrossEntropyValueAndGrad, whatever the options. */
export interface AnyLinearValueAndGrad {
  readonly value: number | Float32Array;
  readonly grad: { readonly [Name in LinearArgument]?: Float32Array };
}

/** A linearCrossEntropyValueAndGrad call as a task. */
export function linearCrossEntropyValueAndGradTask(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  options?: LinearCrossEntropyOptions & LinearGradientOptions<LinearArgument, LinearGradOut | undefined>,
): Task<AnyLinearValueAndGrad> {
  const given = checkOptions<LinearCrossEntropyOptions, LinearGradientOptions<LinearArgument, LinearGradOut | undefined>>(
    options,
    LINEAR_OPTIONS,
    LINEAR_GRADIENT_OPTIONS,
  );
  const reduction = reducing(given);
  const checked = linearJob(hidden, linearWeight, targets, given, reduction.reduction);
  const gradient = linearGradientPlan(given, reduction.reduction, checked);
  return taskOf(linearCrossEntropyKind, { ...checked.job, gradient }, (sums): AnyLinearValueAndGrad => {
    spread(checked, gradient);
    const { hidden: hiddenGrad, linearWeight: weightGrad, bias } = gradient;
    const grad = {
      ...(hiddenGrad && { hidden: hiddenGrad }),
      ...(weightGrad && { linearWeight: weightGrad }),
      ...(bias && { bias }),
    };
    return { value: reduced(reduction, sums, checked.out), grad };
  });
}
