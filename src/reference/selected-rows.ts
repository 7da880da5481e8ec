/** Which rows count, and how much. */
import { dataOf, type FloatTensor, isTensor, type NumberData, type TensorLike } from "./tensor.js";

export type Mask = readonly boolean[] | NumberData | TensorLike<NumberData | readonly string[] | readonly boolean[]>;

export interface RowSelectionOptions {
  /** Row i belongs to target i + shift of its sequence; the last `shift` rows of a sequence have no target. */
  readonly shift?: number | undefined;
  /** Per target, 0 or false where it does not count. */
  readonly mask?: Mask | undefined;
  /** Per token, 0 or false for padding: a row counts if it and its target are both tokens. */
  readonly attentionMask?: Mask | undefined;
}

export interface RowWeightOptions extends RowSelectionOptions {
  /** Per row, the factor of its loss; a row of weight 0 does not count. */
  readonly sampleWeight?: FloatTensor | undefined;
}

export interface SelectedRows {
  /** Rows of a sequence: the size of the last axis other than that of the classes, or all rows if there is no shape. */
  readonly length: number;
  /** Index of a row's target among all targets, or undefined for a row that does not count. */
  targetOf(row: number): number | undefined;
  weightOf(row: number): number;
}

export function selectedRows(
  count: number,
  shape: readonly number[] | undefined,
  axis: number,
  { shift = 0, mask, attentionMask, sampleWeight }: RowWeightOptions,
): SelectedRows {
  const length = shape ? (shape.toSpliced(axis < 0 ? axis + shape.length : axis, 1).at(-1) ?? 1) : count;
  const counts = entriesOf(mask);
  const attended = entriesOf(attentionMask);
  const weights = sampleWeight && dataOf(sampleWeight);
  const weightOf = (row: number): number => (weights ? weights[row] : 1);
  const targetOf = (row: number): number | undefined => {
    const target = row + shift;
    const isInSequence = (row % length) + shift < length;
    return isInSequence && counts(target) && attended(row) && attended(target) && weightOf(row) !== 0 ? target : undefined;
  };
  return { length, targetOf, weightOf };
}

function entriesOf(mask: Mask | undefined): (index: number) => boolean {
  if (mask === undefined) return () => true;
  const data = (isTensor<readonly boolean[] | NumberData>(mask) ? mask.data : mask) as ArrayLike<unknown>;
  return (index) => Boolean(data[index]);
}
