/** Shared by scoreTokens and compareLogits: rows, and targets that may be `shift` rows further on in the sequence. */
import type { CrossEntropyOptions } from "./cross-entropy.js";
import { classOf, pairRowsWithIndices } from "./targets.js";
import { type FloatTensor, type IndexTargets, type Rows, shapeOf } from "./tensor.js";

export interface ScoredRowsOptions
  extends Pick<CrossEntropyOptions, "shape" | "axis" | "rowStride" | "ignoreIndex" | "softcap" | "temperature"> {
  /** Row i is scored against target i + shift of its sequence; the last `shift` rows have no target. */
  readonly shift?: number | undefined;
}

export interface ScoredRows {
  readonly rows: Rows;
  readonly indices: readonly number[];
  /** Rows per sequence: the size of the last axis other than that of the classes, or all rows if there is no shape. */
  readonly length: number;
}

export function scoredRows(logits: FloatTensor, targets: IndexTargets, options: ScoredRowsOptions): ScoredRows {
  const { shift = 0, axis = -1, ignoreIndex = -100 } = options;
  const { rows, indices } = pairRowsWithIndices(logits, targets, options);
  const shape = options.shape ?? shapeOf(logits);
  const length = shape ? (shape.toSpliced(axis < 0 ? axis + shape.length : axis, 1).at(-1) ?? 1) : rows.count;
  const classes = Array.from({ length: rows.count }, (_, row) => classOf(indices, row, rows.classes, ignoreIndex));
  const shifted = classes.map((_, row) => ((row % length) + shift < length ? classes[row + shift] : ignoreIndex));
  return { rows, indices: shifted, length };
}
