/**
 * The steps of a job on one tile, and the loop over tiles. A tile is a block of whole rows. Long rows are read in several
 * segments of classes, whose statistics are joined in the order of the classes.
 */
import { SEGMENT } from "../../memory/constants.js";
import { type Rows, tileRows } from "../../memory/tiles.js";

export interface RowSpan {
  readonly from: number;
  readonly to: number;
}

/** A range of rows, cut at tile boundaries. `origin` is the first row of windowed arrays, 0 for whole arrays. */
export interface RowRange extends RowSpan {
  readonly origin: number;
}

/** The steps of a kind on a tile, in order. */
export interface TileSteps {
  /** Loads per-row inputs into columns. Returns false when all rows are ignored; their results are then written already. */
  begin(row: number, rows: number): boolean;
  /** Computes a segment's statistics: the first segment into the columns, the others into the `next...` columns. */
  measure(row: number, rows: number, firstClass: number, classes: number): void;
  /** Joins the `next...` columns into the columns, after each segment but the first. */
  join(rows: number): void;
  /** Computes the results of the rows from the columns. */
  finish(row: number, rows: number): void;
  /** Whether there are results per element: `apply` then computes those of each segment after `finish`, in class order. */
  readonly applies: boolean;
  apply?(row: number, rows: number, firstClass: number, classes: number): void;
  /** Runs once after the last tile. */
  end?(): void;
}

/** Tiles are as many rows as `layout` says, in segments of SEGMENT classes, unless other numbers are given. */
export function runRows(steps: TileSteps, layout: Rows, { from, to }: RowRange, mostRows = 0, segment = SEGMENT): undefined {
  const { classes: allClasses } = layout;
  for (let row = from, rows = 0; row < to; row += rows) {
    rows = mostRows ? Math.min(mostRows, to - row) : tileRows(layout, row);
    if (!steps.begin(row, rows)) continue;
    for (let first = 0; first < allClasses; first += segment) {
      steps.measure(row, rows, first, Math.min(segment, allClasses - first));
      if (first > 0) steps.join(rows);
    }
    steps.finish(row, rows);
    if (!steps.applies) continue;
    for (let first = 0; first < allClasses; first += segment) {
      steps.apply?.(row, rows, first, Math.min(segment, allClasses - first));
    }
  }
  steps.end?.();
}
