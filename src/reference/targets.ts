import { type Float16Data, hasTag, isHalfTensor } from "./half.js";
import { type RowWeightOptions, type SelectedRows, selectedRows } from "./selected-rows.js";
import {
  dataOf,
  type FloatData,
  type FloatTensor,
  type IndexTargets,
  type IntegerData,
  isTensor,
  product,
  type Rows,
  rowsAlong,
  shapeOf,
  type Targets,
} from "./tensor.js";

/** The rows of the logits, and the target of each row. */
export type RowsAndTargets =
  | ({ readonly kind: "indices" } & RowsAndIndices)
  | {
      readonly kind: "probabilities";
      readonly rows: Rows;
      readonly probabilities: Rows;
      readonly selected: SelectedRows;
    };

export interface RowsAndIndices {
  readonly rows: Rows;
  /** The class of each row; ignoreIndex for rows that do not count. */
  readonly indices: ArrayLike<number | bigint>;
  readonly selected: SelectedRows;
}

interface Layout extends RowWeightOptions {
  readonly ignoreIndex?: number | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  readonly rowStride?: number | undefined;
}

/** Pairs the rows of `logits` with `targets`, which are probabilities if they are floats of the logits' length. */
export function pairRowsWithTargets(logits: FloatTensor, targets: Targets, layout: Layout): RowsAndTargets {
  const knownShape = layout.shape ?? shapeOf(logits);
  return areProbabilities(targets, knownShape, layout.axis)
    ? pairWithProbabilities(logits, targets, knownShape, layout)
    : { kind: "indices", ...pairRowsWithIndices(logits, targets as IndexTargets, layout) };
}

/** Without a shape, classes = logits.length / targets.length. */
export function pairRowsWithIndices(logits: FloatTensor, targets: IndexTargets, layout: Layout): RowsAndIndices {
  const { axis = -1, ignoreIndex = -100 } = layout;
  const data = dataOf(logits);
  const indices = indexData(targets);
  const knownShape = layout.shape ?? shapeOf(logits);
  const rows = rowsAlong(data, knownShape ?? [indices.length, data.length / indices.length], axis, layout.rowStride);
  const selected = selectedRows(rows.count, knownShape, axis, layout);
  const ofRows = Array.from({ length: rows.count }, (_, row) => {
    const target = selected.targetOf(row);
    return target === undefined ? ignoreIndex : (indices[target] as number | bigint);
  });
  return { rows, indices: ofRows, selected };
}

/** The class of a row, checked: an index out of range would silently read another row's logit. */
export function classOf(indices: ArrayLike<number | bigint>, row: number, classes: number, ignoreIndex: number): number {
  const target = Number(indices[row]);
  if (target !== ignoreIndex && !(Number.isInteger(target) && target >= 0 && target < classes)) {
    throw new RangeError(`targets[${row}]: expected 0..${classes - 1} or ignoreIndex (${ignoreIndex}), got ${target}`);
  }
  return target;
}

/** The array of classes; a single number becomes an array of one. */
export function indexData(targets: IndexTargets): ArrayLike<number | bigint> {
  if (typeof targets === "number" || typeof targets === "bigint") return [targets];
  return (isTensor(targets) ? targets.data : targets) as IntegerData;
}

/**
 * Float arrays are probabilities. So is a `number[]` of the logits' length, unless there is one class, where indices are as long.
 */
function areProbabilities(targets: Targets, shape: readonly number[] | undefined, axis = -1): targets is FloatTensor {
  if (typeof targets === "number" || typeof targets === "bigint") return false;
  if (isHalfTensor(targets)) return true;
  const data = isTensor<FloatData | IntegerData | Float16Data>(targets) ? targets.data : targets;
  if (["Float32Array", "Float64Array", "Float16Array"].some((tag) => hasTag(data, tag))) return true;
  return Array.isArray(data) && shape !== undefined && shape.at(axis) !== 1 && data.length === product(shape);
}

/** Probabilities have the layout of the logits; beside padded logits they may also be dense. */
function pairWithProbabilities(
  logits: FloatTensor,
  targets: FloatTensor,
  knownShape: readonly number[] | undefined,
  { axis = -1, rowStride, ...options }: Layout,
): RowsAndTargets {
  const data = dataOf(logits);
  const shape = knownShape ?? [data.length];
  const probabilities = dataOf(targets);
  const dense = probabilities.length === product(shape);
  const rows = rowsAlong(data, shape, axis, rowStride);
  return {
    kind: "probabilities",
    rows,
    probabilities: rowsAlong(probabilities, shape, axis, dense ? undefined : rowStride),
    selected: selectedRows(rows.count, shape, axis, options),
  };
}
