/** crossEntropy: checks -> job -> result. */
import { checkOptions, integer, notNegative, numberOption, scale, unitInterval } from "../arguments/options.js";
import { checkApart, classWeight, rowOutput } from "../arguments/outputs.js";
import { checkClasses, type RowLayout, type ShapedRows, shapedRows } from "../arguments/rows.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { type FloatInput, floatInput, holdsFloats, isTensorLike, tensorShape } from "../arguments/tensors.js";
import type { CrossEntropyOptions, FloatTensor, IndexTargets, LossValue, Reduction, Targets } from "../arguments/types.js";
import { runDefault } from "../engine/default.js";
import type { CrossEntropyJob, Task } from "../engine/job.js";
import { wrongType, wrongValue } from "../errors.js";
import { reduced, reducing } from "./reduce.js";

const OPTIONS = [
  "shape",
  "axis",
  "reduction",
  "ignoreIndex",
  "weight",
  "labelSmoothing",
  "softcap",
  "temperature",
  "zLoss",
  "rowStride",
  "emptyMean",
  "out",
] as const;

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
 * @param targets - One class index a row (any integer type, a `number[]`, one number for one row), or probabilities: floats
 * of the logits' length, with a `shape` or tensor dims on either argument.
 * @param options - See {@link CrossEntropyOptions}. Without `shape` and tensor dims the classes are
 * logits.length / targets.length.
 * @returns Nats: a number for "mean" and "sum" (added in f64), a Float32Array of one loss a row (in the order of the shape
 * without its class axis) for "none".
 * @throws TypeError for an argument or option of a wrong type or an unknown option; RangeError for a target that is no class
 * and not `ignoreIndex`, a length or shape that does not fit, or an option out of its range. Nothing is written then.
 *
 * Accuracy (test/accuracy.test.ts), of |loss - f64| / max(1, |loss|): random and real rows 1e-7 from 100 classes on, 1.6e-7 with
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
  return runDefault(crossEntropyTask(logits, targets, options));
}

/** The checked job of a crossEntropy call. */
export function crossEntropyTask<R extends Reduction = "mean">(
  logits: FloatTensor,
  targets: Targets,
  options?: CrossEntropyOptions<R>,
): Task<LossValue<R>> {
  const given: Partial<CrossEntropyOptions<R>> = checkOptions(options, OPTIONS);
  const reduction = reducing(given);
  const input = floatInput("logits", logits);
  const aims = areProbabilities(targets, input, given)
    ? probabilityAims(input, floatInput("targets", targets), given)
    : indexAims(input, targets as IndexTargets, given);
  const { layout } = aims.rows;
  const weight = classWeight(given.weight, layout.classes);
  const out = rowOutput(given.out, reduction.reduction, layout.rows);
  checkApart(out, [
    ["logits", input.data],
    ["targets", aims.targets ?? aims.probabilities],
    ["options.weight", weight],
  ]);
  const job: CrossEntropyJob = {
    kind: "crossEntropy",
    layout,
    logits: input.data,
    targets: aims.targets,
    ignoreIndex: aims.ignoreIndex,
    kept: aims.kept,
    probabilities: aims.probabilities,
    probabilityLayout: aims.probabilityLayout,
    weight,
    labelSmoothing: numberOption("labelSmoothing", given.labelSmoothing, unitInterval, 0),
    softcap: numberOption("softcap", given.softcap, scale, 0),
    temperature: numberOption("temperature", given.temperature, scale, 1),
    zLoss: numberOption("zLoss", given.zLoss, notNegative, 0),
    out,
    scores: null,
  };
  return { job, finish: (sums) => reduced<R>(reduction, sums, job.out) };
}

/** What the rows are compared with. */
interface Aims {
  readonly rows: ShapedRows;
  readonly targets: Int32Array | null;
  readonly ignoreIndex: number;
  readonly kept: number;
  readonly probabilities: FloatInput["data"] | null;
  readonly probabilityLayout: RowLayout;
}

/** Floats are probabilities; so is an array of numbers that has one per logit and holds a fraction, or only 0 and 1. */
function areProbabilities(
  targets: Targets,
  input: FloatInput,
  options: Partial<CrossEntropyOptions<Reduction>>,
): targets is FloatTensor {
  if (holdsFloats(targets)) return true;
  const data: unknown = isTensorLike(targets) ? targets.data : targets;
  if (!Array.isArray(data)) return false;
  const shape = options.shape ?? input.shape ?? logitsShape(targets, input.data.length);
  if (shape === undefined) return false;
  const { layout } = shapedRows("logits", input.data.length, shape, options, undefined);
  const elements = layout.rows * layout.classes;
  if (data.length !== elements && data.length !== input.data.length) return false;
  if (data.some((value) => typeof value === "number" && !Number.isInteger(value))) return true;
  // whole numbers: one-hot rows, or classes that are too many
  return data.length !== layout.rows && data.every((value) => value === 0 || value === 1);
}

/** The targets' own dims where they can be the logits' shape. */
function logitsShape(targets: Targets, length: number): readonly number[] | undefined {
  if (!isTensorLike(targets)) return undefined;
  const shape = tensorShape("targets", targets);
  return shape.reduce((total, size) => total * size, 1) === length ? shape : undefined;
}

function indexAims(input: FloatInput, targets: IndexTargets, options: Partial<CrossEntropyOptions<Reduction>>): Aims {
  const ignoreIndex = numberOption("ignoreIndex", options.ignoreIndex, integer, -100);
  const raw = rawTargets("targets", targets);
  const rows = shapedRows("logits", input.data.length, input.shape, options, raw.length);
  const { layout, rowShape } = rows;
  checkClasses("logits", layout);
  const checked = classTargets("targets", raw, layout.rows, rowShape, layout.classes, ignoreIndex);
  return { rows, ...checked, probabilities: null, probabilityLayout: layout };
}

function probabilityAims(input: FloatInput, targets: FloatInput, options: Partial<CrossEntropyOptions<Reduction>>): Aims {
  const ignoreIndex = numberOption("ignoreIndex", options.ignoreIndex, integer, -100);
  if (options.ignoreIndex !== undefined && ignoreIndex >= 0) {
    throw wrongValue("options.ignoreIndex", "no class to ignore with probabilities as targets", ignoreIndex);
  }
  const shape = options.shape ?? input.shape ?? targets.shape;
  if (shape === undefined) {
    throw wrongType("options.shape", "the shape of the logits, which probabilities in a flat array do not tell", undefined);
  }
  const rows = shapedRows("logits", input.data.length, shape, options, undefined);
  const { layout } = rows;
  checkClasses("logits", layout);
  const dense = { ...layout, stride: layout.inner * layout.classes };
  const elements = layout.rows * layout.classes;
  const strided = targets.data.length === input.data.length && layout.stride !== dense.stride;
  if (!strided && targets.data.length !== elements) {
    throw wrongValue("targets", `${elements} probabilities, one a logit`, `${targets.data.length}`);
  }
  if (targets.shape !== undefined && !strided && targets.shape.join() !== rows.shape?.join()) {
    throw wrongValue("targets", `the logits' shape [${rows.shape?.join(", ")}]`, `[${targets.shape.join(", ")}]`);
  }
  return {
    rows,
    targets: null,
    ignoreIndex: -1,
    kept: layout.rows,
    probabilities: targets.data,
    probabilityLayout: strided ? layout : dense,
  };
}
