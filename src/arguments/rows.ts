/** From a shape, a class axis and a row stride to the rows that the engine computes. */
import { describe, wrongValue } from "../errors.js";
import { integer, numberOption } from "./options.js";
import { shiftRemedy } from "./remedies.js";
import { checkProduct, checkShape } from "./tensors.js";

/** How rows lie in a flat array: `Rows` of memory/tiles.ts, where the fields are explained. */
export interface RowLayout {
  readonly rows: number;
  readonly classes: number;
  readonly inner: number;
  readonly stride: number;
}

export interface ShapedRows {
  readonly layout: RowLayout;
  /** The logits' shape; undefined when none was given and the rows follow from the number of targets. */
  readonly shape: readonly number[] | undefined;
  /** The shape without its class axis, one value per row; undefined when `shape` is. */
  readonly rowShape: readonly number[] | undefined;
}

export interface RowOptions {
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  readonly rowStride?: number | undefined;
}

/**
 * The rows of an array of `length` elements, with the shape of the options or else of its tensor.
 *
 * `rowCount` is the number of targets: an array without any shape is divided into that many rows, or is one row when it is
 * undefined. `strideName` is what the caller calls the option `rowStride`.
 *
 * @throws RangeError when the shape does not match the array's length, or when the axis or row stride does not fit the shape.
 */
export function shapedRows(
  name: string,
  length: number,
  tensorShape: readonly number[] | undefined,
  options: RowOptions,
  rowCount: number | undefined,
  strideName = "rowStride",
): ShapedRows {
  const shape = options.shape === undefined ? tensorShape : checkShape("options.shape", options.shape);
  if (shape === undefined) return flatRows(name, length, options, rowCount, strideName);

  const rank = shape.length;
  const axis = classAxis(options.axis, rank);
  const classes = rank === 0 ? 1 : shape[axis];
  const rowShape = shape.filter((_, index) => index !== axis);
  const rows = rowShape.reduce((total, size) => total * size, 1);
  const inner = shape.slice(axis + 1).reduce((total, size) => total * size, 1);
  if (options.rowStride !== undefined) {
    const stride = rowStrideOption(strideName, options.rowStride, classes);
    if (inner !== 1) throw wrongValue(`options.${strideName}`, "the last axis as class axis", `axis ${axis} of ${rank}`);
    checkStrided(name, length, rows, classes, stride);
    return { layout: { rows, classes, inner: 1, stride }, shape, rowShape };
  }
  checkProduct(name, shape, length);
  return { layout: { rows, classes, inner, stride: classes * inner }, shape, rowShape };
}

/** Without a shape there are as many rows as targets. */
function flatRows(
  name: string,
  length: number,
  options: RowOptions,
  rowCount: number | undefined,
  strideName: string,
): ShapedRows {
  if (options.axis !== undefined) {
    const rank = rowCount === undefined ? 1 : 2;
    if (classAxis(options.axis, rank) !== rank - 1) {
      throw wrongValue("options.axis", "the last axis, or options.shape with it", options.axis);
    }
  }
  if (options.rowStride !== undefined) {
    throw wrongValue(`options.${strideName}`, "options.shape with it, for the classes in use", "none");
  }
  const rows = rowCount ?? 1;
  if (rows === 0) {
    if (length !== 0) throw wrongValue(name, "0 elements for 0 targets", `${length}`);
    return { layout: { rows: 0, classes: 0, inner: 1, stride: 0 }, shape: undefined, rowShape: undefined };
  }
  // without targets an empty array is one row of no classes; with targets every row needs a class
  if (length % rows !== 0 || (length === 0 && rowCount !== undefined)) {
    const remedy = length > 0 && length % (rows + 1) === 0 ? shiftRemedy : undefined;
    throw wrongValue(name, `${rows} rows of equal length, one per target (or options.shape)`, `${length} elements`, remedy);
  }
  const classes = length / rows;
  const layout = { rows, classes, inner: 1, stride: classes };
  return { layout, shape: undefined, rowShape: undefined };
}

function classAxis(value: unknown, rank: number): number {
  const axis = numberOption("axis", value, integer, -1);
  // a scalar counts as one axis of size 1, as in PyTorch
  const axes = Math.max(rank, 1);
  if (axis < -axes || axis >= axes) throw wrongValue("options.axis", `an integer in [${-axes}, ${axes - 1}]`, axis);
  return axis < 0 ? axis + axes : axis;
}

function rowStrideOption(name: string, value: unknown, classes: number): number {
  const stride = numberOption(name, value, integer, classes);
  if (stride < classes) throw wrongValue(`options.${name}`, `at least the ${classes} classes of the shape`, stride);
  return stride;
}

/** The padding after the last row may be missing. */
function checkStrided(name: string, length: number, rows: number, classes: number, stride: number): void {
  const least = rows === 0 ? 0 : (rows - 1) * stride + classes;
  if (length !== rows * stride && length !== least) {
    throw wrongValue(name, `${rows * stride} elements (${rows} rows, ${stride} apart)`, describe(length));
  }
}

/** @throws RangeError when there are rows but no classes. */
export function checkClasses(name: string, layout: RowLayout): void {
  if (layout.classes === 0 && layout.rows > 0) throw wrongValue(name, "at least one class", "0");
}

/** @throws RangeError when a tensor's shape is not that of the rows. */
export function checkRowShape(
  name: string,
  shape: readonly number[] | undefined,
  { rowShape }: ShapedRows,
  remedy?: () => string | undefined,
): void {
  if (shape === undefined || rowShape === undefined || isSameShape(shape, rowShape)) return;
  throw wrongValue(name, `the shape of the rows, [${rowShape.join(", ")}]`, `[${shape.join(", ")}]`, remedy?.());
}

/** Whether two shapes are equal, or both a single row ([] or [1]). */
export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  const single = (shape: readonly number[]): boolean => shape.every((size) => size === 1) && shape.length <= 1;
  if (single(a) && single(b)) return true;
  return a.length === b.length && a.every((size, index) => size === b[index]);
}
