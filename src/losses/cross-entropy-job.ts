/** From the arguments of crossEntropy, polyLoss and their gradients to a job. */

import type { CrossEntropyOptions } from "../arguments/function-options.js";
import { lossTerms, ignoreIndex as readIgnoreIndex, softcap, temperature } from "../arguments/function-options.js";
import { checkApart, classWeight, rowOutput } from "../arguments/outputs.js";
import { type CheckedTargets, probabilityTargets } from "../arguments/probability-targets.js";
import { classesRemedy, rowsRemedy } from "../arguments/remedies.js";
import { checkClasses, shapedRows } from "../arguments/rows.js";
import { classTargets, rawTargets } from "../arguments/targets.js";
import { dataOf, type FloatInput, floatInput, holdsFloats, isTensorLike, tensorShape } from "../arguments/tensors.js";
import type { FloatTensor, IndexTargets, Reduction, Targets } from "../arguments/types.js";
import type { GradientPlan } from "../engine/job.js";
import type { CrossEntropyJob } from "../engine/kinds/cross-entropy/job.js";
import { wrongType, wrongValue } from "../errors.js";

/** A job whose gradient is still to be planned, in place: copying a job takes a tenth of a call with one row. */
export interface JobToPlan extends CrossEntropyJob {
  gradient: GradientPlan | null;
}

/** The checked job, without a gradient. */
export function crossEntropyJob(
  logits: FloatTensor,
  targets: Targets,
  given: Partial<CrossEntropyOptions<Reduction>>,
  reduction: Reduction,
): JobToPlan {
  const input = floatInput("logits", logits);
  const checked = areProbabilities(targets, input, given)
    ? distributions(input, floatInput("targets", targets), given)
    : indexTargets(input, targets as IndexTargets, given);
  const { selected } = checked;
  const { layout } = checked.rows;
  const weight = classWeight(given.weight, layout.classes);
  const out = rowOutput(given.out, reduction, layout.rows);
  if (out) {
    checkApart(out, [
      ["logits", input.data],
      ["targets", checked.probabilities ?? selected.targets],
      ["options.weight", weight],
      ["options.sampleWeight", selected.sampleWeight],
    ]);
  }
  // field by field: spreading objects of this size takes many times as long as a call with one row
  return {
    layout,
    logits: input.data,
    targets: selected.targets,
    ignoreIndex: selected.ignoreIndex,
    kept: selected.kept,
    keptWeight: selected.keptWeight,
    sampleWeight: selected.sampleWeight,
    probabilities: checked.probabilities,
    probabilityLayout: checked.probabilityLayout,
    probabilityShift: checked.probabilityShift,
    weight,
    terms: lossTerms(given),
    softcap: softcap(given.softcap),
    temperature: temperature(given.temperature),
    poly: 0,
    out,
    gradient: null,
  };
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
  const data: unknown = isTensorLike(targets) ? dataOf("targets", targets) : targets;
  if (!Array.isArray(data)) return false;
  const shape = options.shape ?? input.shape ?? logitsShape(targets, input.data.length);
  if (shape === undefined) return false;
  const shaped = shapedRows("logits", input.data.length, shape, options, undefined);
  const { rows, classes } = shaped.layout;
  if (data.length === rows) return false;
  if (data.length === rows * classes || data.length === input.data.length) return true;
  const expected = `${rows} class indices, one per row, or ${rows * classes} probabilities, one per logit`;
  const remedy = rowsRemedy("targets", rawTargets("targets", targets as IndexTargets), shaped);
  throw wrongValue("targets", expected, `${data.length}`, remedy);
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
  const ignoreIndex = readIgnoreIndex(options.ignoreIndex);
  const raw = rawTargets("targets", targets);
  const rows = shapedRows("logits", input.data.length, input.shape, options, raw.length);
  checkClasses("logits", rows.layout);
  const selected = classTargets("targets", raw, rows, options, ignoreIndex);
  return { selected, rows, probabilities: null, probabilityLayout: rows.layout, probabilityShift: 0 };
}

function distributions(input: FloatInput, targets: FloatInput, options: Partial<CrossEntropyOptions<Reduction>>): CheckedTargets {
  const ignoreIndex = readIgnoreIndex(options.ignoreIndex);
  if (options.ignoreIndex !== undefined && ignoreIndex >= 0) {
    throw wrongValue("options.ignoreIndex", "a negative index with probabilities as targets", ignoreIndex);
  }
  const shape = options.shape ?? input.shape ?? targets.shape;
  if (shape === undefined) {
    const remedy = targets.data.length < input.data.length ? classesRemedy("targets") : undefined;
    throw wrongType("options.shape", "the logits' shape with probabilities as targets", undefined, remedy);
  }
  const rows = shapedRows("logits", input.data.length, shape, options, undefined);
  return probabilityTargets(targets, rows, input.data.length, options);
}
