/** crossEntropyDetails: checks -> job -> result. */
import { checkOptions, integer, notNegative, numberOption, scale, unitInterval } from "../arguments/options.js";
import { classWeight } from "../arguments/outputs.js";
import { checkClasses, shapedRows } from "../arguments/rows.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { floatInput } from "../arguments/tensors.js";
import type { CrossEntropyDetails, CrossEntropyDetailsOptions, FloatTensor, IndexTargets } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import type { DetailsJob } from "../engine/job.js";
import { detailsKind } from "../engine/kinds/details.js";
import type { Task } from "../engine/task.js";

const OPTIONS = [
  "shape",
  "axis",
  "ignoreIndex",
  "weight",
  "labelSmoothing",
  "softcap",
  "temperature",
  "zLoss",
  "rowStride",
] as const;

/**
 * Everything that one reading of each row of logits tells about its target.
 *
 * ```text
 * x'        = softcap tanh(x / softcap) / temperature          (each where given),   p = softmax(x')
 * losses    = crossEntropy's rows, without the z-loss          (weight and labelSmoothing count)
 * logProbs  = log p_t = x'_t - logSumExp
 * logSumExp = log sum_c exp(x'_c)
 * argmax    = the first class with the greatest logit          isGreedy = 1 where it is t, else 0
 * entropies = -sum_c p_c log p_c
 * zLosses   = zLoss logSumExp^2                                (0 without zLoss)
 * ```
 *
 * Rows with `ignoreIndex` are not read: NaN, their argmax -1, their isGreedy 0. A row with NaN, +inf or only -inf has no
 * distribution: its loss, log-probability and entropy are NaN. As in PyTorch its argmax is the first NaN, else the first of the
 * greatest; its logSumExp is that of {@link logSumExp}.
 *
 * @param logits - Rows of unnormalised scores: a flat array, row-major, or a tensor object. Read once, as by
 * {@link crossEntropy}.
 * @param targets - One class index a row (any integer type, a `number[]`, one number for one row). No probabilities: a row of
 * them has no log-probability.
 * @param options - See {@link CrossEntropyDetailsOptions}.
 * @returns Typed arrays of one entry a row: {@link CrossEntropyDetails}. Nats.
 * @throws TypeError for an argument or option of a wrong type or an unknown option; RangeError for a target that is no class
 * and not `ignoreIndex`, a length or shape that does not fit, or an option out of its range.
 *
 * Accuracy (test/accuracy.test.ts): losses have crossEntropy's bits; logProbs and logSumExp are as accurate. Entropies are within
 * 5e-7 of the f64 result, of which the rounding to f32 is the greater part; where thousands of classes share one logit 1e-6, in the
 * plain build 2e-6. Tiny ones keep their value, within 3e-7 of themselves, in the plain build 4.5e-6.
 * Source: PyTorch 2.13 `cross_entropy`, `log_softmax`, `argmax`, `Categorical.entropy`.
 *
 * @example
 * ```ts
 * import { crossEntropyDetails } from "wasm-cross-entropy";
 *
 * const { logProbs, argmax, isGreedy, entropies } = crossEntropyDetails(new Float32Array([2, 1, 0.5, 0.5, 2.5, 2.5]), [0, 2]);
 * logProbs; // => [-0.4643688, -0.7586237]
 * argmax; // => [0, 1]
 * isGreedy; // => [1, 0]
 * entropies; // => [0.9059593, 0.8853816]
 * ```
 */
export function crossEntropyDetails(
  logits: FloatTensor,
  targets: IndexTargets,
  options?: CrossEntropyDetailsOptions,
): CrossEntropyDetails {
  return runDefault(crossEntropyDetailsTask(logits, targets, options));
}

/** The checked job of a crossEntropyDetails call. */
export function crossEntropyDetailsTask(
  logits: FloatTensor,
  targets: IndexTargets,
  options?: CrossEntropyDetailsOptions,
): Task<CrossEntropyDetails> {
  const given: Partial<CrossEntropyDetailsOptions> = checkOptions(options, OPTIONS);
  const input = floatInput("logits", logits);
  const ignoreIndex = numberOption("ignoreIndex", given.ignoreIndex, integer, -100);
  const raw = rawTargets("targets", targets);
  const { layout, rowShape } = shapedRows("logits", input.data.length, input.shape, given, raw.length);
  checkClasses("logits", layout);
  const checked = classTargets("targets", raw, layout.rows, rowShape, layout.classes, ignoreIndex);
  const settings = {
    weight: classWeight(given.weight, layout.classes),
    labelSmoothing: numberOption("labelSmoothing", given.labelSmoothing, unitInterval, 0),
    softcap: numberOption("softcap", given.softcap, scale, 0),
    temperature: numberOption("temperature", given.temperature, scale, 1),
    zLoss: numberOption("zLoss", given.zLoss, notNegative, 0),
  };
  const out = emptyDetails(layout.rows);
  const job: DetailsJob = { kind: "crossEntropyDetails", layout, logits: input.data, ...checked, ...settings, out };
  return { job, kind: detailsKind, finish: () => out };
}

function emptyDetails(rows: number): CrossEntropyDetails {
  return {
    losses: new Float32Array(rows),
    logProbs: new Float32Array(rows),
    logSumExp: new Float32Array(rows),
    argmax: new Int32Array(rows),
    isGreedy: new Uint8Array(rows),
    entropies: new Float32Array(rows),
    zLosses: new Float32Array(rows),
  };
}
