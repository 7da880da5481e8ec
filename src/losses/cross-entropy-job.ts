/** From the arguments of crossEntropy, polyLoss and their gradients to a job. */

import type { CrossEntropyOptions } from "../arguments/function-options.js";
import { CROSS_ENTROPY_OPTIONS as read } from "../arguments/function-options.js";
import { checkApart, classWeight, rowOutput } from "../arguments/outputs.js";
import { checkClasses, type RowLayout, type ShapedRows, shapedRows } from "../arguments/rows.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { type FloatInput, floatInput, holdsFloats, isTensorLike, tensorShape } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets, Reduction, Targets } from "../arguments/types.js";
import type { CrossEntropyJob } from "../engine/kinds/cross-entropy/job.js";
import { wrongType, wrongValue } from "../errors.js";

/** The checked job, without a gradient. */
export function crossEntropyJob(
  logits: FloatTensor,
  targets: Targets,
  given: Partial<CrossEntropyOptions<Reduction>>,
  reduction: Reduction,
): CrossEntropyJob {
  const input = floatInput("logits", logits);
  const checked = areProbabilities(targets, input, given)
    ? probabilityTargets(input, floatInput("targets", targets), given)
    : indexTargets(input, targets as IndexTargets, given);
  const { layout } = checked.rows;
  const weight = classWeight(given.weight, layout.classes);
  const out = rowOutput(given.out, reduction, layout.rows);
  checkApart(out, [
    ["logits", input.data],
    ["targets", checked.targets ?? checked.probabilities],
    ["options.weight", weight],
  ]);
  return {
    layout,
    logits: input.data,
    targets: checked.targets,
    ignoreIndex: checked.ignoreIndex,
    kept: checked.kept,
    probabilities: checked.probabilities,
    probabilityLayout: checked.probabilityLayout,
    weight,
    labelSmoothing: read.labelSmoothing(given.labelSmoothing),
    softcap: read.softcap(given.softcap),
    temperature: read.temperature(given.temperature),
    zLoss: read.zLoss(given.zLoss),
    poly: 0,
    out,
    gradient: null,
  };
}

/** The targets, as classes or as probabilities, and the rows that they belong to. */
interface CheckedTargets {
  readonly rows: ShapedRows;
  readonly targets: Int32Array | null;
  readonly ignoreIndex: number;
  readonly kept: number;
  readonly probabilities: FloatInput["data"] | null;
  readonly probabilityLayout: RowLayout;
}

/**
 * Whether targets are probabilities. Floats are. For an array of numbers with a shape, the length decides, never the values: one
 * number per row are classes (also when rows have a single class), one per logit are probabilities.
 *
 * @throws RangeError for an array of numbers of another length.
 */
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
  const { rows, classes } = shapedRows("logits", input.data.length, shape, options, undefined).layout;
  if (data.length === rows) return false;
  if (data.length === rows * classes || data.length === input.data.length) return true;
  const expected = `${rows} class indices, one per row, or ${rows * classes} probabilities, one per logit`;
  throw wrongValue("targets", expected, `${data.length}`);
}

/** The dims of the targets if they can be the logits' shape. */
function logitsShape(targets: Targets, length: number): readonly number[] | undefined {
  if (!isTensorLike(targets)) return undefined;
  const shape = tensorShape("targets", targets);
  return shape.reduce((total, size) => total * size, 1) === length ? shape : undefined;
}

function indexTargets(
  input: FloatInput,
  targets: IndexTargets,
  options: Partial<CrossEntropyOptions<Reduction>>,
): CheckedTargets {
  const ignoreIndex = read.ignoreIndex(options.ignoreIndex);
  const raw = rawTargets("targets", targets);
  const rows = shapedRows("logits", input.data.length, input.shape, options, raw.length);
  const { layout, rowShape } = rows;
  checkClasses("logits", layout);
  const checked = classTargets("targets", raw, layout.rows, rowShape, layout.classes, ignoreIndex);
  return { rows, ...checked, probabilities: null, probabilityLayout: layout };
}

function probabilityTargets(
  input: FloatInput,
  targets: FloatInput,
  options: Partial<CrossEntropyOptions<Reduction>>,
): CheckedTargets {
  const ignoreIndex = read.ignoreIndex(options.ignoreIndex);
  if (options.ignoreIndex !== undefined && ignoreIndex >= 0) {
    throw wrongValue("options.ignoreIndex", "a negative index with probabilities as targets", ignoreIndex);
  }
  const shape = options.shape ?? input.shape ?? targets.shape;
  if (shape === undefined) {
    throw wrongType("options.shape", "the logits' shape with probabilities as targets", undefined);
  }
  const rows = shapedRows("logits", input.data.length, shape, options, undefined);
  const { layout } = rows;
  checkClasses("logits", layout);
  const dense = { ...layout, stride: layout.inner * layout.classes };
  const elements = layout.rows * layout.classes;
  const strided = targets.data.length === input.data.length && layout.stride !== dense.stride;
  if (!strided && targets.data.length !== elements) {
    throw wrongValue("targets", `${elements} probabilities, one per logit`, `${targets.data.length}`);
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
