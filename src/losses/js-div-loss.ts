/** jsDivLoss and its gradient: checks -> job -> result. */

import type { GradientOptions, JsDivLossOptions } from "../arguments/function-options.js";
import { GRADIENT_OPTIONS, JS_DIV_OPTIONS } from "../arguments/function-options.js";
import { gradientOutput, upstreamGradient } from "../arguments/gradients.js";
import { checkOptions } from "../arguments/options.js";
import { checkApart, rowOutput } from "../arguments/outputs.js";
import { type ShapedRows, shapedRows } from "../arguments/rows.js";
import { selectionOf, selectRows } from "../arguments/selection.js";
import { type FloatInput, floatInput } from "../arguments/tensors.js";
import type {
  AnyValueAndGrad,
  ByDefault,
  FloatTensor,
  GradOut,
  LossValue,
  Out,
  Reduction,
  ValueAndGrad,
} from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import type { GradientRequest, Sums } from "../engine/job.js";
import { type JsDivJob, jsDivKind } from "../engine/kinds/js-div-loss.js";
import { type Task, taskOf } from "../engine/task.js";
import { wrongValue } from "../errors.js";
import { gradientResult, weighed } from "./gradient-plan.js";

/**
 * Generalised Jensen-Shannon divergence of rows of predicted log-probabilities from rows of log-targets.
 *
 * ```text
 * x = log q (predicted), y = log p (targets), m = beta p + (1 - beta) q
 * row = sum_c beta p_c (y_c - log m_c) + (1 - beta) q_c (x_c - log m_c)  =  beta KL(p || m) + (1 - beta) KL(q || m)
 * beta = 0: KL(p || q);  beta = 1: KL(q || p)                              as Liger defines them
 * ```
 *
 * `"mean"` divides by the number of rows, as Liger does (with `sampleWeight` s, which multiplies a row's loss, by the sum of s); `"sum"` adds up; `"none"` returns one divergence per row. A term whose
 * probability is 0 (a log-probability of -inf) is 0. For two probability vectors there is {@link jsDivergence}.
 *
 * @param logProbs - Rows of log-probabilities x (from `logSoftmax`, say): a flat array (one row, unless `shape` is given) or a
 * tensor object. Read once, through a tile of the WASM memory; an engine reads arrays of its `allocate` in place.
 * @param logTargets - Log-probabilities y of the same shape.
 * @param options - `beta` (default 0.5), `shape`, `axis` (the class axis, default -1), `reduction`, `out`
 * with `reduction: "none"`.
 * @returns Nats: a number for "mean" and "sum" (groups of four terms added in f32, the groups in f64), a Float32Array of one
 * divergence per row for "none".
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for targets of another length or
 * shape, beta outside [0, 1], or a shape or axis that does not fit.
 *
 * Accuracy (test/losses/element-accuracy.test.ts): within 6e-7 of the divergence for 0 < beta < 1, however close the rows
 * and however tiny the divergence; two equal rows return 0. For beta 0 or 1, that of {@link klDivLoss} with log-targets.
 * A log-probability below -87.68 counts as a probability of 0. Source: Liger-Kernel `ops/jsd.py`; Lin 1991, IEEE Trans.
 * Inf. Theory 37.
 *
 * @example
 * ```ts
 * import { jsDivLoss } from "wasm-cross-entropy";
 *
 * jsDivLoss([0, -Infinity], [-Infinity, 0]); // => 0.6931472
 * jsDivLoss([Math.log(0.5), Math.log(0.5)], [Math.log(0.9), Math.log(0.1)], { beta: 0 }); // => 0.3680642
 * ```
 */
export function jsDivLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
  logProbs: FloatTensor,
  logTargets: FloatTensor,
  options?: JsDivLossOptions<R, O>,
): LossValue<R, O> {
  return runDefault(jsDivLossTask(logProbs, logTargets, options)) as LossValue<R, O>;
}

/**
 * {@link jsDivLoss} and its gradient with respect to the predicted log-probabilities, in one pass.
 *
 * ```text
 * grad = g (1 - beta) q (x - log m)
 * beta = 0: -g p;  beta = 1: g q (x - y + 1)
 * ```
 *
 * g is the row's upstream gradient; for a mean it is divided by the number of rows.
 *
 * @param logProbs - As for {@link jsDivLoss}.
 * @param logTargets - As for {@link jsDivLoss}.
 * @param options - Those of {@link jsDivLoss}, and `upstream` (one number per row with `reduction: "none"`), `gradOut` (may
 * be the log-probabilities).
 * @returns `{ value, grad }`, grad in the layout of the log-probabilities.
 * @throws TypeError and RangeError as {@link jsDivLoss}, and for an `upstream` or `gradOut` of a wrong type or length.
 *
 * Accuracy: within 1.5e-6 |grad| for 0 < beta < 1. Source: Liger-Kernel `ops/jsd.py`.
 *
 * @example
 * ```ts
 * import { jsDivLossValueAndGrad } from "wasm-cross-entropy";
 *
 * jsDivLossValueAndGrad([0, -Infinity], [-Infinity, 0]); // => { value: 0.6931472, grad: [0.3465736, 0] }
 * ```
 */
export function jsDivLossValueAndGrad<R extends Reduction | ByDefault, G extends GradOut = undefined, O extends Out = undefined>(
  logProbs: FloatTensor,
  logTargets: FloatTensor,
  options?: JsDivLossOptions<R, O> & GradientOptions<G>,
): ValueAndGrad<R, false, G, O> {
  return runDefault(jsDivLossValueAndGradTask(logProbs, logTargets, options)) as ValueAndGrad<R, false, G, O>;
}

export function jsDivLossTask(
  logProbs: FloatTensor,
  logTargets: FloatTensor,
  options?: JsDivLossOptions,
): Task<number | Float32Array> {
  const { job, value } = checked(logProbs, logTargets, checkOptions(options, JS_DIV_OPTIONS), false);
  return taskOf(jsDivKind, job, value);
}

export function jsDivLossValueAndGradTask(
  logProbs: FloatTensor,
  logTargets: FloatTensor,
  options?: JsDivLossOptions & GradientOptions<GradOut>,
): Task<AnyValueAndGrad> {
  const given = checkOptions<JsDivLossOptions, GradientOptions<GradOut>>(options, JS_DIV_OPTIONS, GRADIENT_OPTIONS);
  const { job, value } = checked(logProbs, logTargets, given, true);
  const grad = gradientResult(given.gradOut, (job.gradient as GradientRequest).grad);
  return taskOf(jsDivKind, job, (sums) => ({ value: value(sums), grad }));
}

interface Checked {
  readonly job: JsDivJob;
  value(sums: Sums): number | Float32Array;
}

function checked(
  logProbs: FloatTensor,
  logTargets: FloatTensor,
  options: Partial<JsDivLossOptions<string> & GradientOptions<GradOut>>,
  withGradient: boolean,
): Checked {
  const reduction = JS_DIV_OPTIONS.reduction(options.reduction);
  const beta = JS_DIV_OPTIONS.beta(options.beta);
  const input = floatInput("logProbs", logProbs);
  const targets = floatInput("logTargets", logTargets);
  const rows = shapedRows("logProbs", input.data.length, input.shape ?? targets.shape, options, undefined);
  checkPair(input, targets, rows);
  const { layout } = rows;
  const selection = selectionOf(options, rows);
  const { targets: kept, ignoreIndex, keptWeight, sampleWeight } = selectRows(selection, layout.rows);
  const out = rowOutput(options.out, reduction, layout.rows);
  checkApart(out, [
    ["logProbs", input.data],
    ["logTargets", targets.data],
    ["options.sampleWeight", sampleWeight],
  ]);
  const divisor = reduction === "mean" ? keptWeight : 1;
  let gradient: GradientRequest | null = null;
  if (withGradient) {
    const upstream = upstreamGradient(options.upstream, reduction, layout.rows);
    checkApart(out, [["options.upstream", upstream.values]]);
    const grad = gradientOutput(options.gradOut, input.data, "logProbs", [
      ["logTargets", targets.data],
      ["options.upstream", upstream.values],
      ["options.sampleWeight", sampleWeight],
      ["options.out", out],
    ]);
    const perRow = weighed(upstream.values, sampleWeight);
    gradient = { scale: upstream.scale / divisor, upstream: perRow, grad, targetGrad: null };
  }
  const job: JsDivJob = {
    layout,
    input: input.data,
    targets: targets.data,
    targetShift: selection ? selection.shift : 0,
    kept,
    ignoreIndex,
    sampleWeight,
    beta,
    gradient,
    out,
  };
  return { job, value: (sums) => out ?? sums.loss / divisor };
}

function checkPair(input: FloatInput, targets: FloatInput, { shape }: ShapedRows): void {
  const { length } = input.data;
  if (targets.data.length !== length) {
    throw wrongValue("logTargets", `${length} elements, as logProbs has`, `${targets.data.length}`);
  }
  if (targets.shape && shape && targets.shape.join() !== shape.join()) {
    throw wrongValue("logTargets", `the shape of logProbs, [${shape.join(", ")}]`, `[${targets.shape.join(", ")}]`);
  }
}
