/**
 * Starts of the parts of the gradient tile, in elements. A job uses one of three divisions: the parts of a division
 * do not overlap (test/memory/tiles.test.ts), those of different divisions do. Constants of literals only, so that
 * bundlers drop unused divisions.
 *
 * ```text
 * cross-entropy gradients                      kept (2 MB) | group | result | second
 * losses of one value per element, jsDivLoss   values | weight | posWeight | scratch | ... | gradients (1 MB)
 * scoreTokens, compareLogits                   values | ids | otherValues | otherIds | exponentials (to the end)
 * ```
 */
import { ELEMENT_CHUNK, FEW_CLASSES, KEPT_ELEMENTS, TILE_ELEMENTS } from "./constants.js";

export const CROSS_ENTROPY_PARTS = {
  /**
   * One group of four rows: the last segment of longer rows, if it has few classes. The exponentials before it are kept, and
   * become gradients.
   */
  group: KEPT_ELEMENTS,
  /** Groups of four rows of few classes, or gradients of a segment. */
  result: KEPT_ELEMENTS + 4 * FEW_CLASSES,
  /** The exponentials of groups as rows, or gradients with respect to probabilities. */
  second: KEPT_ELEMENTS + 4 * FEW_CLASSES + TILE_ELEMENTS + 4 * FEW_CLASSES,
} as const;

export const ELEMENT_PARTS = {
  /** Losses of a chunk, or terms of a tile's rows. */
  values: 0,
  /** Patterns of `weight` and `posWeight`, PATTERN_ELEMENTS. */
  weight: TILE_ELEMENTS + 16,
  posWeight: TILE_ELEMENTS + 2 * ELEMENT_CHUNK + 32,
  /** Scratch of elementLoss, ELEMENT_SCRATCH_BYTES. */
  scratch: TILE_ELEMENTS + 4 * ELEMENT_CHUNK + 48,
  /** Gradients of a batch, until they are copied back. */
  gradients: 2 * TILE_ELEMENTS + 4 * ELEMENT_CHUNK,
} as const;

/** The top-k lists of a row are no longer than the row, so a tile's lists fit where a tile's rows do. */
export const SCORE_PARTS = {
  /** Values and classes of the first input's lists, then of the second's. */
  values: 0,
  ids: TILE_ELEMENTS + 16,
  otherValues: 2 * (TILE_ELEMENTS + 16),
  otherIds: 3 * (TILE_ELEMENTS + 16),
  /** Exponentials for the entropies; each segment's go behind those before it, from the start again when the tile is full. */
  exponentials: 4 * (TILE_ELEMENTS + 16),
} as const;
