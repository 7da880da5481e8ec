/** Shared by scoreTokens and compareLogits: rows, and the class of each. */
import type { CrossEntropyOptions } from "./cross-entropy.js";
import type { RowSelectionOptions } from "./selected-rows.js";
import { classOf, indexData, pairRowsWithIndices } from "./targets.js";
import type { FloatTensor, IndexTargets, IntegerTensor, Rows } from "./tensor.js";

export interface ScoredRowsOptions
  extends RowSelectionOptions,
    Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "ignoreIndex" | "softcap" | "temperature"> {
  /** The document of each target. */
  readonly documents?: IntegerTensor | undefined;
}

export interface ScoredRows {
  readonly rows: Rows;
  readonly indices: readonly number[];
  /** Rows per sequence: the size of the last axis other than that of the classes, or all rows if there is no shape. */
  readonly length: number;
  /** The document of a row that counts: that of its target. Undefined without documents. */
  readonly owners: ((row: number) => number) | undefined;
}

export function scoredRows(logits: FloatTensor, targets: IndexTargets, options: ScoredRowsOptions): ScoredRows {
  const { ignoreIndex = -100, shift = 0, documents } = options;
  const { rows, indices, selected } = pairRowsWithIndices(logits, targets, options);
  const classes = Array.from({ length: rows.count }, (_, row) => classOf(indices, row, rows.classes, ignoreIndex));
  const list = documents && indexData(documents);
  const owners = list && ((row: number) => Number(list[row + shift]));
  return { rows, indices: classes, length: selected.length, owners };
}
