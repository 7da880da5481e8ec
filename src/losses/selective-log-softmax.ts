/** selectiveLogSoftmax: checks -> job -> result. */
import { classLists } from "../arguments/class-lists.js";
import { SELECTIVE_OPTIONS, type SelectiveLogSoftmaxOptions } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { checkApart, outputArray } from "../arguments/outputs.js";
import { checkClasses, shapedRows } from "../arguments/rows.js";
import { floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets, Out, OutputOf } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import { amongClasses, type SelectiveJob, selectiveKind } from "../engine/kinds/selective-log-softmax.js";
import { type Task, taskOf } from "../engine/task.js";

/**
 * Log-probabilities of a few classes of each row, such as the answers to a multiple-choice question, or the tokens that a policy
 * has sampled. Reads the logits once, and allocates nothing of their size.
 *
 * ```text
 * x'  = softcap tanh(x / softcap) / temperature     (each where given)
 * y_c = x'_c - log sum_k exp(x'_k)                  k over all classes; with `among`, over the given ones
 * ```
 *
 * Classes may come in any order and more than once. With `among` only their logits are read; a class that is given twice then
 * counts twice in the sum. Nothing is shifted: for a text's own tokens see {@link scoreTokens}. Special rows as in
 * {@link logSoftmax}: NaN for a row with NaN, with +inf or with only -inf.
 *
 * @param logits - A flat array (one row, unless `shape` is given) or a tensor object.
 * @param classes - Class indices. A number or a flat array is one list for all rows. A tensor object, or a flat array with
 * `classesShape`, is one list per row: its shape is the rows' shape and then K, or the rows' shape alone for one class per row.
 * The rows' shape is that of the logits without the class axis.
 * @param options - See {@link SelectiveLogSoftmaxOptions}.
 * @returns Log-probabilities (nats), rows x K.
 * @throws TypeError for a wrong type or an unknown option; RangeError for a class that the rows do not have, a shape, axis or
 * `out` length that does not fit, or an option out of its range.
 *
 * Accuracy (test/losses/selective-log-softmax.test.ts): a class has the bits of minus its {@link crossEntropy} with
 * `reduction: "none"`. Source: TRL, trl/trainer/utils.py (`selective_log_softmax`).
 *
 * @example
 * ```ts
 * import { selectiveLogSoftmax } from "wasm-cross-entropy";
 *
 * const logits = { data: new Float32Array([2, 1, 0.5, 0.5, 2.5, 1]), dims: [2, 3] };
 * selectiveLogSoftmax(logits, [0, 2]); // => [-0.4643688, -1.9643688, -2.3063557, -1.8063557]
 * selectiveLogSoftmax(logits, [0, 2], { among: true }); // => [-0.2014133, -1.7014133, -0.974077, -0.474077]
 * selectiveLogSoftmax(logits, { data: new BigInt64Array([0n, 1n]), dims: [2] }); // => [-0.4643688, -0.3063557]
 * ```
 */
export function selectiveLogSoftmax<O extends Out = undefined>(
  logits: FloatTensor,
  classes: IndexTargets,
  options?: SelectiveLogSoftmaxOptions<O>,
): OutputOf<O> {
  return runDefault(selectiveLogSoftmaxTask(logits, classes, options)) as OutputOf<O>;
}

export function selectiveLogSoftmaxTask(
  logits: FloatTensor,
  classes: IndexTargets,
  options?: SelectiveLogSoftmaxOptions,
): Task<Float32Array> {
  const given = checkOptions(options, SELECTIVE_OPTIONS);
  const input = floatInput("logits", logits);
  const shaped = shapedRows("logits", input.data.length, input.shape, given, undefined);
  const { layout } = shaped;
  checkClasses("logits", layout);
  const lists = classLists(classes, shaped, given.classesShape);
  const out = outputArray(given.out, layout.rows * lists.count);
  checkApart(out, [
    ["logits", input.data],
    ["classes", lists.classes],
  ]);
  const job: SelectiveJob = {
    layout,
    logits: input.data,
    ...lists,
    softcap: SELECTIVE_OPTIONS.softcap(given.softcap),
    temperature: SELECTIVE_OPTIONS.temperature(given.temperature),
    out,
  };
  return taskOf(selectiveKind, SELECTIVE_OPTIONS.among(given.among) ? amongClasses(job) : job, () => out);
}
