/**
 * How rows are cut into tiles. A tile is a block of whole rows, or one segment of classes of a block of rows when rows are
 * longer than a segment.
 */
import { ROWS_ELEMENTS, SEGMENT, TILE_ROWS, TRANSPOSED_ELEMENTS } from "./constants.js";

/**
 * How rows lie in a flat array. With `inner` 1, row r holds the elements r * stride + c; else (a class axis that is not the
 * last) row r = o * inner + i holds o * stride + c * inner + i, with stride = classes * inner.
 */
export interface Rows {
  readonly rows: number;
  readonly classes: number;
  readonly inner: number;
  readonly stride: number;
}

/** Elements before a row that begins an outer index (any row where the class axis is the last). */
export function elementsBefore({ inner, stride }: Rows, row: number): number {
  return inner === 1 ? row * stride : (row / inner) * stride;
}

/** Index of a row's first element. */
export function rowStart({ inner, stride }: Rows, row: number): number {
  return inner === 1 ? row * stride : Math.floor(row / inner) * stride + (row % inner);
}

/** Whether padding between rows is small enough to be copied along with them. */
export function copiesPadding(layout: Rows): boolean {
  return layout.inner === 1 && layout.stride <= 2 * layout.classes && layout.stride <= ROWS_ELEMENTS;
}

/** Whole outer indices that fit a tile; 0 where not even one does (or with the class axis last). */
export function outersPerTile(layout: Rows): number {
  if (layout.inner === 1 || layout.inner > TILE_ROWS) return 0;
  return Math.min(Math.floor(TRANSPOSED_ELEMENTS / layout.stride), Math.floor(TILE_ROWS / layout.inner));
}

/** Columns of an outer index that fit a tile. */
export function columnsPerTile({ classes }: Rows): number {
  return Math.max(1, Math.min(TILE_ROWS, Math.floor(TRANSPOSED_ELEMENTS / Math.min(classes, SEGMENT))));
}

/** Rows of the tile that starts at `row`. */
export function tileRows(layout: Rows, row: number): number {
  const left = layout.rows - row;
  if (layout.inner === 1) {
    if (layout.classes > ROWS_ELEMENTS) return 1;
    const span = copiesPadding(layout) ? layout.stride : layout.classes;
    const fit = Math.min(TILE_ROWS, Math.floor(ROWS_ELEMENTS / span));
    // multiples of eight: the rows that kernels and reduction take at once
    return Math.min(left, fit > 8 ? fit - (fit % 8) : fit);
  }
  const outers = outersPerTile(layout);
  if (outers > 0) return Math.min(left, outers * layout.inner);
  return Math.min(columnsPerTile(layout), layout.inner - (row % layout.inner));
}
