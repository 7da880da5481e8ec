/** The arguments of linear cross-entropy, as the rows of logits that their product would be. */
import { wrongType, wrongValue } from "../errors.js";
import { toFloat32 } from "../half.js";
import type { LinearWeight } from "../linear-weight.js";
import { ignoreIndex as readIgnoreIndex } from "./function-options.js";
import type { BiasOption, LinearCrossEntropyOptions } from "./linear-options.js";
import { type LinearWeightTensor, type RawWeight, rawWeight } from "./linear-weight.js";
import type { Placed } from "./outputs.js";
import { type CheckedTargets, probabilityTargets } from "./probability-targets.js";
import { type ShapedRows, shapedRows } from "./rows.js";
import { classTargets, type RawTargets, rawTargets } from "./targets.js";
import { checkShape, dataOf, type FloatInput, floatInput, holdsFloats, isTensorLike } from "./tensors.js";
import type { FloatTensor, IndexTargets, Targets } from "./types.js";

/** Hidden states, a weight and a bias that fit each other. */
export interface LinearLayer {
  readonly hidden: FloatInput["data"];
  readonly weight: LinearWeight;
  readonly bias: Float32Array | null;
  /** The rows of the product, [.., classes]; undefined shapes where neither hidden nor the options had one. */
  readonly rows: ShapedRows;
}

/** All arguments of a loss. */
export interface LinearArguments extends LinearLayer, Omit<CheckedTargets, "rows"> {}

type LayerOptions = Pick<LinearCrossEntropyOptions, "shape"> & BiasOption;

/**
 * The checked arguments of a linear layer. `rowCount` is the number of rows where no shape tells it, undefined if the targets do
 * not either.
 *
 * @throws TypeError for data of wrong types; RangeError when the sizes do not fit each other, each named with what it should be.
 */
export function linearLayer(
  input: FloatInput,
  linearWeight: LinearWeightTensor,
  given: LayerOptions,
  rowCount: number | undefined,
): LinearLayer {
  const raw = rawWeight(linearWeight);
  const shape = given.shape === undefined ? input.shape : checkShape("options.shape", given.shape);
  const width = widthOf(input.data.length, shape, raw, rowCount);
  const rows = hiddenRows(input.data.length, shape, width);
  const weight = raw.sized(width);
  const { classes } = weight;
  return {
    hidden: input.data,
    weight,
    bias: biasOf(given.bias, classes),
    rows: {
      layout: { rows, classes, inner: 1, stride: classes },
      shape: shape && [...shape.slice(0, -1), classes],
      rowShape: shape?.slice(0, -1),
    },
  };
}

/** The elements of a row of `hidden`. */
function widthOf(
  length: number,
  shape: readonly number[] | undefined,
  { width }: RawWeight,
  rowCount: number | undefined,
): number {
  const found = shape === undefined ? (width ?? flatWidth(length, rowCount)) : (shape.at(-1) ?? 1);
  if (found === 0) throw wrongValue("hidden", "at least one element per row", "0");
  return found;
}

/** Without any shape there are as many rows as targets. */
function flatWidth(length: number, rowCount: number | undefined): number {
  if (rowCount === undefined || rowCount === 0) {
    throw wrongType("options.shape", "the shape of hidden, unless it or linearWeight has dims", undefined);
  }
  return shapedRows("hidden", length, undefined, {}, rowCount).layout.classes;
}

function hiddenRows(length: number, shape: readonly number[] | undefined, width: number): number {
  if (shape !== undefined) return shapedRows("hidden", length, shape, {}, undefined).layout.rows;
  const rows = length / width;
  if (!Number.isInteger(rows)) {
    throw wrongValue("hidden", `a multiple of ${width} elements, as many per row as linearWeight has`, `${length}`);
  }
  return rows;
}

function biasOf(bias: FloatTensor | undefined, classes: number): Float32Array | null {
  if (bias === undefined || bias === null) return null;
  const { data } = floatInput("options.bias", bias);
  if (data.length !== classes) throw wrongValue("options.bias", `${classes} elements, one per class`, `${data.length}`);
  return toFloat32(data);
}

/** The checked arguments of a linear cross-entropy; as linearLayer, and as crossEntropy for the targets. */
export function linearArguments(
  hidden: FloatTensor,
  linearWeight: LinearWeightTensor,
  targets: Targets,
  given: Partial<LinearCrossEntropyOptions>,
): LinearArguments {
  const input = floatInput("hidden", hidden);
  if (holdsFloats(targets)) {
    const probabilities = floatInput("targets", targets);
    const layer = linearLayer(input, linearWeight, given, probabilities.shape && rowsOfShape(probabilities.shape));
    const rows = shapedAs(probabilities.shape, layer.rows);
    return { ...layer, rows, ...distributions(probabilities, rows, given) };
  }
  const raw = rawTargets("targets", targets as IndexTargets);
  const layer = linearLayer(input, linearWeight, given, raw.length);
  if (areDistributions(targets, raw, layer.rows)) {
    return { ...layer, ...distributions(floatInput("targets", targets), layer.rows, given) };
  }
  const selected = classTargets("targets", raw, layer.rows, given, readIgnoreIndex(given.ignoreIndex));
  return { ...layer, selected, probabilities: null, probabilityLayout: layer.rows.layout, probabilityShift: 0 };
}

/** Whether an array of numbers has one number per logit and not one per row. Without any shape it has one per row. */
function areDistributions(targets: Targets, { length }: RawTargets, { layout }: ShapedRows): targets is readonly number[] {
  const data: unknown = isTensorLike(targets) ? dataOf("targets", targets) : targets;
  return Array.isArray(data) && length !== layout.rows && length === layout.rows * layout.classes;
}

/** The rows with the shape of their probabilities, where hidden has none. */
function shapedAs(shape: readonly number[] | undefined, rows: ShapedRows): ShapedRows {
  if (shape === undefined || rows.shape !== undefined) return rows;
  const { classes } = rows.layout;
  if (shape.at(-1) !== classes) throw wrongValue("targets", `the logits' shape [.., ${classes}]`, `[${shape.join(", ")}]`);
  return { layout: rows.layout, shape, rowShape: shape.slice(0, -1) };
}

function distributions(
  targets: FloatInput,
  rows: ShapedRows,
  given: Partial<LinearCrossEntropyOptions>,
): Omit<CheckedTargets, "rows"> {
  if (given.ignoreIndex !== undefined) {
    throw wrongValue("options.ignoreIndex", "none with probabilities as targets", given.ignoreIndex);
  }
  const { rows: _, ...checked } = probabilityTargets(targets, rows, rows.layout.rows * rows.layout.classes, given);
  return checked;
}

function rowsOfShape(shape: readonly number[]): number {
  return shape.slice(0, -1).reduce((total, size) => total * size, 1);
}

/** What a call reads, by name: no output may overlap any of it. */
export function linearReads(
  args: LinearArguments,
  weight: Float32Array | null,
): (readonly [name: string, array: Placed | null])[] {
  const { hidden, weight: linearWeight, bias, probabilities, selected } = args;
  return [
    ["hidden", hidden],
    ["linearWeight", linearWeight.data],
    ["linearWeight.scales", "scales" in linearWeight ? linearWeight.scales : null],
    ["linearWeight.zeroPoints", "zeroPoints" in linearWeight ? linearWeight.zeroPoints : null],
    ["options.bias", bias],
    ["targets", probabilities ?? selected.targets],
    ["options.weight", weight],
    ["options.sampleWeight", selected.sampleWeight],
  ];
}
