/**
 * How rows are cut into tiles. A tile holds whole rows, or, when rows are longer than a segment, one segment of a row.
 */
import { ROWS_ELEMENTS, SEGMENT, TILE_ROWS, TRANSPOSED_ELEMENTS } from "./constants.js";

/**
 * The layout of rows in a flat array. With `inner` 1, row r holds the elements r * stride + c. Otherwise the class axis is not
 * the last, and row r = o * inner + i holds the elements o * stride + c * inner + i, with stride = classes * inner.
 */
export interface Rows {
  readonly rows: number;
  readonly classes: number;
  readonly inner: number;
  readonly stride: number;
}

/** Elements before the first row of an outer index, or before any row if the class axis is the last. */
export function elementsBefore({ inner, stride }: Rows, row: number): number {
  return inner === 1 ? row * stride : (row / inner) * stride;
}

/** Index of a row's first element. */
export function rowStart({ inner, stride }: Rows, row: number): number {
  return inner === 1 ? row * stride : Math.floor(row / inner) * stride + (row % inner);
}

/** Whether the padding between rows is small enough to be copied with them. */
export function copiesPadding(layout: Rows): boolean {
  return layout.inner === 1 && layout.stride <= 2 * layout.classes && layout.stride <= ROWS_ELEMENTS;
}

/** Whole outer indices that fit in a tile; 0 if not even one does, or if the class axis is the last. */
export function outersPerTile(layout: Rows): number {
  if (layout.inner === 1 || layout.inner > TILE_ROWS) return 0;
  return Math.min(Math.floor(TRANSPOSED_ELEMENTS / layout.stride), Math.floor(TILE_ROWS / layout.inner));
}

/** Rows of one outer index that fit in a tile. */
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
    // multiples of the eight rows that kernels and reduction take at once
    return Math.min(left, fit > 8 ? fit - (fit % 8) : fit);
  }
  const outers = outersPerTile(layout);
  if (outers > 0) return Math.min(left, outers * layout.inner);
  return Math.min(columnsPerTile(layout), layout.inner - (row % layout.inner));
}
