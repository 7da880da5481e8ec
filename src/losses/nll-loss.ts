/** nllLoss: checks -> job -> result. */
import { checkOptions, integer, numberOption } from "../arguments/options.js";
import { checkApart, classWeight, rowOutput } from "../arguments/outputs.js";
import { checkClasses, shapedRows } from "../arguments/rows.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets, LossValue, NllLossOptions, Reduction } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import type { NllJob, Task } from "../engine/job.js";
import { reduced, reducing } from "./reduce.js";

const OPTIONS = ["shape", "axis", "reduction", "ignoreIndex", "weight", "rowStride", "emptyMean", "out"] as const;

/**
 * Negative log-likelihood of class indices under given log-probabilities.
 *
 * ```text
 * loss = -w_t y_t
 * ```
 *
 * `"mean"` divides by the sum of the kept rows' w_t. Only the targets' elements are read; nothing is copied.
 *
 * @param logProbs - Rows of log-probabilities (of `logSoftmax`, say): flat row-major, or a tensor object.
 * @param targets - One class index a row.
 * @param options - See {@link NllLossOptions}.
 * @returns Nats: a number for "mean" and "sum" (added in f64), a Float32Array of one loss a row for "none".
 * @throws TypeError and RangeError as {@link crossEntropy}.
 *
 * Accuracy: exact per row but for the product with the weight. Source: PyTorch 2.13 `torch.nn.functional.nll_loss`.
 *
 * @example
 * ```ts
 * import { nllLoss } from "wasm-cross-entropy";
 *
 * nllLoss(new Float32Array([-0.5, -1, -2, -0.25]), [0, 1]); // => 0.375
 * nllLoss(new Float32Array([-0.5, -1, -2, -0.25]), [0, 1], { reduction: "sum" }); // => 0.75
 * ```
 */
export function nllLoss<R extends Reduction = "mean">(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options?: NllLossOptions<R>,
): LossValue<R> {
  return runDefault(nllLossTask(logProbs, targets, options));
}

/** The checked job of an nllLoss call. */
export function nllLossTask<R extends Reduction = "mean">(
  logProbs: FloatTensor,
  targets: IndexTargets,
  options?: NllLossOptions<R>,
): Task<LossValue<R>> {
  const given: Partial<NllLossOptions<R>> = checkOptions(options, OPTIONS);
  const reduction = reducing(given);
  const input = floatInput("logProbs", logProbs);
  const ignoreIndex = numberOption("ignoreIndex", given.ignoreIndex, integer, -100);
  const raw = rawTargets("targets", targets);
  const { layout, rowShape } = shapedRows("logProbs", input.data.length, input.shape, given, raw.length);
  checkClasses("logProbs", layout);
  const checked = classTargets("targets", raw, layout.rows, rowShape, layout.classes, ignoreIndex);
  const weight = classWeight(given.weight, layout.classes);
  const out = rowOutput(given.out, reduction.reduction, layout.rows);
  checkApart(out, [
    ["logProbs", input.data],
    ["targets", checked.targets],
    ["options.weight", weight],
  ]);
  const job: NllJob = {
    kind: "nll",
    layout,
    logits: input.data,
    ...checked,
    weight,
    out,
  };
  return { job, finish: (sums) => reduced<R>(reduction, sums, job.out) };
}
