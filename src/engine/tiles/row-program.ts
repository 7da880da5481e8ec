/**
 * A job on rows as steps on a tile, and the loop that takes them. A tile is a block of whole rows, in one segment of classes or,
 * where rows are long, in several; what segments tell is joined in the order of their classes, so that it makes no difference
 * who has computed it, nor when.
 */
import { SEGMENT } from "../../memory/layout.js";
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

export interface RowProgram {
  /** What rows bring beside their classes, into its columns; false: all of them are ignored, and dealt with. */
  begin(row: number, rows: number): boolean;
  /** What a segment tells: into the first columns, from the second segment on into the next ones. */
  measure(row: number, rows: number, firstClass: number, classes: number): void;
  /** Joins the next columns with the first ones. */
  join(rows: number): void;
  /** From columns to one value a row. */
  finish(row: number, rows: number): void;
  /** Whether elements have results of their own, by `prepare` and `apply`. */
  readonly applies: boolean;
  /** Columns that results of elements are made with. */
  prepare?(row: number, rows: number): void;
  /** Results of a segment's elements. */
  apply?(row: number, rows: number, firstClass: number, classes: number): void;
  /** Behind the last tile. */
  end?(): void;
}

export function runRows(program: RowProgram, layout: Rows, { from, to }: RowRange): void {
  const { classes: allClasses } = layout;
  for (let row = from, rows = 0; row < to; row += rows) {
    rows = tileRows(layout, row);
    if (!program.begin(row, rows)) continue;
    for (let first = 0; first < allClasses; first += SEGMENT) {
      program.measure(row, rows, first, Math.min(SEGMENT, allClasses - first));
      if (first > 0) program.join(rows);
    }
    program.finish(row, rows);
    if (!program.applies) continue;
    program.prepare?.(row, rows);
    for (let first = 0; first < allClasses; first += SEGMENT) {
      program.apply?.(row, rows, first, Math.min(SEGMENT, allClasses - first));
    }
  }
  program.end?.();
}
