/**
 * A job on rows as steps on a tile, and the loop that takes them. A tile is a block of whole rows, in one segment of classes or,
 * where rows are long, in several; what the segments of a row tell is joined in the order of their classes.
 */
import { SEGMENT } from "../../memory/constants.js";
import { type Rows, tileRows } from "../../memory/tiles.js";

export interface RowSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * A range of rows: whole tiles, and the last ones. `origin` is the row that windowed arrays begin with, 0 where they are whole.
 */
export interface RowRange extends RowSpan {
  readonly origin: number;
}

/** What a kind does with a tile. */
export interface TileSteps {
  /** Loads what rows bring beside their logits into columns; false when all rows are ignored, and dealt with. */
  begin(row: number, rows: number): boolean;
  /** Statistics of a segment: into the first columns, from the second segment on into the next ones. */
  measure(row: number, rows: number, firstClass: number, classes: number): void;
  /** Joins the next columns with the first ones. */
  join(rows: number): void;
  /** From columns to one value per row. */
  finish(row: number, rows: number): void;
  /** Whether elements have results, too: then `apply` makes a segment's, after `finish`, in the order of the classes. */
  readonly applies: boolean;
  apply?(row: number, rows: number, firstClass: number, classes: number): void;
  /** After the last tile. */
  end?(): void;
}

export function runRows(steps: TileSteps, layout: Rows, { from, to }: RowRange): undefined {
  const { classes: allClasses } = layout;
  for (let row = from, rows = 0; row < to; row += rows) {
    rows = tileRows(layout, row);
    if (!steps.begin(row, rows)) continue;
    for (let first = 0; first < allClasses; first += SEGMENT) {
      steps.measure(row, rows, first, Math.min(SEGMENT, allClasses - first));
      if (first > 0) steps.join(rows);
    }
    steps.finish(row, rows);
    if (!steps.applies) continue;
    for (let first = 0; first < allClasses; first += SEGMENT) {
      steps.apply?.(row, rows, first, Math.min(SEGMENT, allClasses - first));
    }
  }
  steps.end?.();
}
