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
 * Cross-entropy of hidden states through a linear layer, the last matrix product of a classifier or a language model. The logits
 * are computed and used up in small blocks, so that they never exist as a whole.
 *
 * ```text
 * x    = hidden linearWeight^T + bias          rows x classes
 * loss = crossEntropy(x, targets, options)
 * ```
 *
 * The options, the targets and their edge cases are those of {@link crossEntropy}. Rows that do not count are not computed.
 *
 * @param hidden - Rows of D numbers: a tensor object [.., D], or a flat row-major array (`shape` or the weight's dims say D, else it
 * is hidden.length / targets.length). Float64 is rounded to f32.
 * @param linearWeight - One row of D numbers per class: a tensor object [classes, D] or a flat row-major array of floats, or
 * quantized: see {@link LinearWeightTensor}. Read in panels of 96 rows, or in place in an engine's memory.
 * @param targets - As for {@link crossEntropy}.
 * @param options - See {@link LinearCrossEntropyOptions}.
 * @returns Nats: a number for "mean" and "sum" (added in f64), a Float32Array of one loss per row for "none".
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for sizes that do not fit each
 * other, a target that is neither a class nor `ignoreIndex`, or an option out of its range. Nothing is written then.
 *
 * Source: PyTorch 2.13 `torch.nn.functional.linear_cross_entropy`; Apple's Cut Cross-Entropy (arXiv:2411.09009).
 *
 * @example
 * ```ts
 * import { linearCrossEntropy } from "wasm-cross-entropy";
 *
 * const hidden = new Float32Array([1, 2, 0.5, -1]);
 * const linearWeight = new Float32Array([1, 0.5, 0, 1, -1, 0]);
 * linearCrossEntropy(hidden, linearWeight, [0, 1]); // => 1.1990028
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
 * {@link linearCrossEntropy} and its gradients with respect to the hidden states, the weight and the bias.
 *
 * ```text
 * g             = the gradient of crossEntropyValueAndGrad with respect to the logits x, never as a whole either
 * grad.hidden       = g linearWeight
 * grad.linearWeight = g^T hidden
 * grad.bias         = sum over rows of g
 * ```
 *
 * The gradient of a hidden row that does not count is exactly 0.
 *
 * @param hidden - As for {@link linearCrossEntropy}.
 * @param linearWeight - As for {@link linearCrossEntropy}. The gradient of a quantized weight does not exist.
 * @param targets - As for {@link linearCrossEntropy}.
 * @param options - Those of {@link linearCrossEntropy}, and `wants`, `gradOut`, `accumulate`, `upstream` and `maxBytes`: see
 * {@link LinearGradientOptions}.
 * @returns `{ value, grad }`, grad with an array for each argument that is wanted, in its layout.
 * @throws TypeError and RangeError as {@link linearCrossEntropy}, and for gradient arrays of a wrong type or length or that overlap
 * another array. Nothing is written then.
 *
 * Source: PyTorch 2.13, the gradients of `torch.nn.functional.linear_cross_entropy`.
 *
 * @example
 * ```ts
 * import { linearCrossEntropyValueAndGrad } from "wasm-cross-entropy";
 *
 * const hidden = new Float32Array([1, 2, 0.5, -1]);
 * const linearWeight = new Float32Array([1, 0.5, 0, 1, -1, 0]);
 * const { value, grad } = linearCrossEntropyValueAndGrad(hidden, linearWeight, [0, 1]);
 * value; // => 1.1990028
 * grad.hidden; // => [-0.2682167, 0.1158917, 0.0996422, -0.280218]
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
