/** logSumExpPartial: checks -> job -> result. */

import type { LogSumExpPartialOptions } from "../arguments/function-options.js";
import { PARTIAL_OPTIONS } from "../arguments/function-options.js";
import { checkOptions, integer, numberOption } from "../arguments/options.js";
import { shapedRows } from "../arguments/rows.js";
import { type SelectedRows, selectionOf } from "../arguments/selection.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { floatInput } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets, LogSumExpPartial, NewInt32Array, NewUint8Array } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import { partialKind } from "../engine/kinds/log-sum-exp-partial.js";
import { type Task, taskOf } from "../engine/task.js";
import { wrongType, wrongValue } from "../errors.js";

/** The kernels take class indices as i32. */
const MOST_CLASSES = 2 ** 31;

/** The target of an ignored row in a partial. */
const IGNORED = -1;

/**
 * Log-sum-exp of each row over one shard of a vocabulary, and the target's logit if the shard contains it. Merged over
 * all shards, such partials are the cross-entropy of rows that no single machine or worker holds in full
 * (tensor-parallel language models).
 *
 * ```text
 * x'          = softcap tanh(x / softcap) / temperature     (each if given)
 * max         = max_c x'_c                                  over the shard's classes
 * rest        = sum_c exp(x'_c - max) - 1                   the maximum's own term is left out, not subtracted
 * targetLogit = x'_t if class t is in the shard             hasTarget = 1 then, else 0
 * ```
 *
 * A partial keeps `rest` instead of the whole sum, because a sum that includes the maximum's 1 loses everything below 1e-16. So
 * the loss of [20, 0, 0] with class 0 is 4.1223072e-9 to all digits, wherever the shards are cut. A partial is plain data (typed
 * arrays), ready for `postMessage`, `structuredClone` and shared memory. Merge partials with {@link mergePartials}, then call
 * {@link crossEntropyFromPartial}. The log-sum-exp of a row is `max + Math.log1p(rest)`.
 *
 * Special rows: with only -inf, max is -Infinity and rest 0; with a +inf, max is Infinity and rest 0; with a NaN, both are NaN.
 * Ignored rows are not read: both are NaN, and their target is -1.
 *
 * @param logits - The shard's logits, rows of its classes: a flat row-major array or a tensor object.
 * @param targets - One class index per row, in the whole vocabulary, the same for every shard. If undefined, the partial yields
 * the log-sum-exp but no losses.
 * @param options - See {@link LogSumExpPartialOptions}: `firstClass` is the index in the vocabulary of the shard's first class;
 * `shape` is the shape of the shard's logits.
 * @returns Typed arrays of one entry per row: see {@link LogSumExpPartial}.
 * @throws TypeError for an argument or option of a wrong type, or an unknown option; RangeError for a negative target other than
 * `ignoreIndex`, a length or shape that does not fit, or an option out of its range.
 *
 * Accuracy (test/losses/partials.test.ts): merged shards agree to 1e-13 with the whole row, and with the f64 result for the same
 * f32 logits, because exponentials and sums are in f64. That takes three to six times as long as {@link logSumExp}. A softcap has
 * the error of its f32 tanh. Source: Shoeybi et al., Megatron-LM (arXiv:1909.08053), vocabulary-parallel cross-entropy; Milakov
 * and Gimelshein (arXiv:1805.02867).
 *
 * @example
 * ```ts
 * import { crossEntropyFromPartial, logSumExpPartial, mergePartials } from "wasm-cross-entropy";
 *
 * const left = logSumExpPartial(new Float32Array([2, 1]), 2);
 * const right = logSumExpPartial(new Float32Array([0.5]), 2, { firstClass: 2 });
 * right.targetLogit; // => [0.5]
 * left.rest; // => [0.36787944117144]
 * crossEntropyFromPartial(mergePartials([left, right])); // => 1.96436878
 * ```
 */
export function logSumExpPartial(
  logits: FloatTensor,
  targets?: IndexTargets,
  options?: LogSumExpPartialOptions,
): LogSumExpPartial {
  return runDefault(logSumExpPartialTask(logits, targets, options));
}

/** A logSumExpPartial call as a task. */
export function logSumExpPartialTask(
  logits: FloatTensor,
  targets?: IndexTargets,
  options?: LogSumExpPartialOptions,
): Task<LogSumExpPartial> {
  const given = checkOptions(options, PARTIAL_OPTIONS);
  const input = floatInput("logits", logits);
  const ignoreIndex = PARTIAL_OPTIONS.ignoreIndex(given.ignoreIndex);
  const raw = targets === undefined ? undefined : rawTargets("targets", targets);
  const shaped = shapedRows("logits", input.data.length, input.shape, given, raw?.length);
  const { layout } = shaped;
  const { rows, classes } = layout;
  if (!raw && selectionOf(given, shaped)) throw wrongType("targets", "classes with shift, mask or attentionMask", targets);
  const checked = raw && classTargets("targets", raw, shaped, given, ignoreIndex, MOST_CLASSES);
  const firstClass = firstClassOption(given.firstClass, classes);
  const floats = { max: new Float64Array(rows), rest: new Float64Array(rows) };
  const targetLogit = checked ? new Float64Array(rows) : null;
  const job = {
    layout,
    logits: input.data,
    targets: checked?.targets ?? null,
    ignoreIndex: checked?.ignoreIndex ?? IGNORED,
    softcap: PARTIAL_OPTIONS.softcap(given.softcap),
    temperature: PARTIAL_OPTIONS.temperature(given.temperature),
    firstClass,
    out: { ...floats, targetLogit },
  };
  const held = checked
    ? { targetLogit, ...targetsIn(checked, firstClass, classes) }
    : { targets: null, targetLogit: null, hasTarget: null };
  return taskOf(partialKind, job, () => ({ ...floats, ...held }));
}

function firstClassOption(value: unknown, classes: number): number {
  const firstClass = numberOption("firstClass", value, integer, 0);
  const last = MOST_CLASSES - classes;
  if (firstClass < 0 || firstClass > last) throw wrongValue("options.firstClass", `an integer in [0, ${last}]`, firstClass);
  return firstClass;
}

/** Each row's class, -1 for ignored rows, and whether the shard contains it. */
function targetsIn(
  { targets: given, ignoreIndex }: SelectedRows<Int32Array>,
  firstClass: number,
  classes: number,
): { targets: NewInt32Array; hasTarget: NewUint8Array } {
  const targets = new Int32Array(given.length);
  const hasTarget = new Uint8Array(given.length);
  for (let r = 0; r < given.length; r++) {
    const target = given[r];
    const isIgnored = target === ignoreIndex;
    targets[r] = isIgnored ? IGNORED : target;
    hasTarget[r] = !isIgnored && target >= firstClass && target < firstClass + classes ? 1 : 0;
  }
  return { targets, hasTarget };
}
