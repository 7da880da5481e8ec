/** Shared by scoreTokens and compareLogits: rows, and the class of each. */
import type { CrossEntropyOptions } from "./cross-entropy.js";
import type { RowSelectionOptions } from "./selected-rows.js";
import { classOf, pairRowsWithIndices } from "./targets.js";
import type { FloatTensor, IndexTargets, Rows } from "./tensor.js";

export interface ScoredRowsOptions
  extends RowSelectionOptions,
    Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "ignoreIndex" | "softcap" | "temperature"> {}

export interface ScoredRows {
  readonly rows: Rows;
  readonly indices: readonly number[];
  /** Rows per sequence: the size of the last axis other than that of the classes, or all rows if there is no shape. */
  readonly length: number;
}

export function scoredRows(logits: FloatTensor, targets: IndexTargets, options: ScoredRowsOptions): ScoredRows {
  const { ignoreIndex = -100 } = options;
  const { rows, indices, selected } = pairRowsWithIndices(logits, targets, options);
  const classes = Array.from({ length: rows.count }, (_, row) => classOf(indices, row, rows.classes, ignoreIndex));
  return { rows, indices: classes, length: selected.length };
}
