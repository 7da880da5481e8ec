/** Lists of classes: one for all rows, or one per row. */
import { wrongType, wrongValue } from "../errors.js";
import { axisRemedy, elementRemedy } from "./remedies.js";
import { isSameShape, type ShapedRows } from "./rows.js";
import { classIndices, rawTargets } from "./targets.js";
import { checkProduct, checkShape } from "./tensors.js";
import type { IndexTargets } from "./types.js";

export interface ClassLists {
  readonly classes: Int32Array;
  /** Classes of a list. */
  readonly count: number;
  /** Entries from one row's list to the next; 0 if all rows have the same list. */
  readonly listStride: number;
}

/**
 * A number or a flat array is the list of all rows. With a shape, of a tensor object or of the options, the classes are one list
 * per row: the shape is the rows' and then the number of classes in a list, or the rows' alone for one class per row.
 *
 * @throws TypeError for classes that are not integers, RangeError for a class that the rows do not have, or another shape.
 */
export function classLists(value: IndexTargets, rows: ShapedRows, classesShape: unknown): ClassLists {
  const raw = rawTargets("classes", value);
  const first: unknown = raw.data[0];
  if (typeof first === "object") {
    throw wrongType("classes[0]", "an integer class index", first, elementRemedy("classes", raw.data, first, "classesShape"));
  }
  const isSingle = typeof value === "number" || typeof value === "bigint";
  const shape =
    classesShape === undefined ? (isSingle ? undefined : raw.shape) : checkShape("options.classesShape", classesShape);
  const count = shape === undefined ? raw.length : listLength(shape, raw.length, rows);
  const classes = classIndices("classes", raw, rows.layout.classes);
  return { classes, count, listStride: shape === undefined ? 0 : count };
}

function listLength(shape: readonly number[], length: number, rows: ShapedRows): number {
  checkProduct("classes", shape, length);
  const { rowShape = [] } = rows;
  const front = shape.slice(0, -1);
  if (isSameShape(shape, rowShape)) return 1;
  if (isSameShape(front, rowShape)) return shape.at(-1) ?? 1;
  const expected = `the rows' shape [${rowShape.join(", ")}], or [${[...rowShape, "K"].join(", ")}] for K classes per row`;
  const remedy =
    axisRemedy(shape, length, rows) ??
    axisRemedy(front, length, rows) ??
    "a list for all rows is a flat array; flat logits have rows by options.shape";
  throw wrongValue("classes", expected, `[${shape.join(", ")}]`, remedy);
}
