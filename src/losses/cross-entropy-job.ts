/** From the arguments of a cross-entropy to its job: what crossEntropy and crossEntropyValueAndGrad share. */

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
  const aims = areProbabilities(targets, input, given)
    ? probabilityAims(input, floatInput("targets", targets), given)
    : indexAims(input, targets as IndexTargets, given);
  const { layout } = aims.rows;
  const weight = classWeight(given.weight, layout.classes);
  const out = rowOutput(given.out, reduction, layout.rows);
  checkApart(out, [
    ["logits", input.data],
    ["targets", aims.targets ?? aims.probabilities],
    ["options.weight", weight],
  ]);
  return {
    layout,
    logits: input.data,
    targets: aims.targets,
    ignoreIndex: aims.ignoreIndex,
    kept: aims.kept,
    probabilities: aims.probabilities,
    probabilityLayout: aims.probabilityLayout,
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

/** What the rows are compared with. */
interface Aims {
  readonly rows: ShapedRows;
  readonly targets: Int32Array | null;
  readonly ignoreIndex: number;
  readonly kept: number;
  readonly probabilities: FloatInput["data"] | null;
  readonly probabilityLayout: RowLayout;
}

/**
 * Floats are probabilities. An array of numbers is told by its length, never by its values: where there is a shape, one number per
 * row is its class (also with one class per row), and one per logit are probabilities.
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

/** The targets' own dims where they can be the logits' shape. */
function logitsShape(targets: Targets, length: number): readonly number[] | undefined {
  if (!isTensorLike(targets)) return undefined;
  const shape = tensorShape("targets", targets);
  return shape.reduce((total, size) => total * size, 1) === length ? shape : undefined;
}

function indexAims(input: FloatInput, targets: IndexTargets, options: Partial<CrossEntropyOptions<Reduction>>): Aims {
  const ignoreIndex = read.ignoreIndex(options.ignoreIndex);
  const raw = rawTargets("targets", targets);
  const rows = shapedRows("logits", input.data.length, input.shape, options, raw.length);
  const { layout, rowShape } = rows;
  checkClasses("logits", layout);
  const checked = classTargets("targets", raw, layout.rows, rowShape, layout.classes, ignoreIndex);
  return { rows, ...checked, probabilities: null, probabilityLayout: layout };
}

function probabilityAims(input: FloatInput, targets: FloatInput, options: Partial<CrossEntropyOptions<Reduction>>): Aims {
  const ignoreIndex = read.ignoreIndex(options.ignoreIndex);
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
