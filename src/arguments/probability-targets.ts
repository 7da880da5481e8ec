/** Targets that are probabilities, one per logit. */
import { wrongValue } from "../errors.js";
import { classesRemedy } from "./remedies.js";
import { checkClasses, type RowLayout, type ShapedRows } from "./rows.js";
import { type RowWeightOptions, type SelectedRows, selectionOf, selectRows } from "./selection.js";
import type { FloatInput } from "./tensors.js";

/** The targets of a loss, as classes or as probabilities, and the rows that they belong to. */
export interface CheckedTargets {
  readonly selected: SelectedRows<Int32Array | null>;
  readonly rows: ShapedRows;
  readonly probabilities: FloatInput["data"] | null;
  readonly probabilityLayout: RowLayout;
  /** Row i has the probabilities of row i + shift. */
  readonly probabilityShift: number;
}

/**
 * The probabilities of rows whose logits are `length` elements, padding of a row stride included. They have the layout of the
 * logits or are without padding.
 *
 * @throws RangeError when there is not one per logit, or in another shape than the logits'; as selectionOf for the options.
 */
export function probabilityTargets(
  targets: FloatInput,
  rows: ShapedRows,
  length: number,
  options: RowWeightOptions,
): CheckedTargets {
  const { layout, shape } = rows;
  checkClasses("logits", layout);
  const dense = { ...layout, stride: layout.inner * layout.classes };
  const elements = layout.rows * layout.classes;
  const got = targets.data.length;
  const strided = got === length && layout.stride !== dense.stride;
  if (!strided && got !== elements) {
    const remedy = got === layout.rows ? classesRemedy(targets.shape ? "targets.data" : "targets") : undefined;
    throw wrongValue("targets", `${elements} probabilities, one per logit`, `${got}`, remedy);
  }
  if (targets.shape && shape && !strided && targets.shape.join() !== shape.join()) {
    throw wrongValue("targets", `the logits' shape [${shape.join(", ")}]`, `[${targets.shape.join(", ")}]`);
  }
  const selection = selectionOf(options, rows);
  return {
    selected: selectRows(selection, layout.rows),
    rows,
    probabilities: targets.data,
    probabilityLayout: strided ? layout : dense,
    probabilityShift: selection ? selection.shift : 0,
  };
}
