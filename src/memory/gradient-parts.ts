/**
 * Where the parts of the gradient tile start, in elements. A job takes one of three divisions and keeps to it: parts of one division are
 * apart (test/memory/tiles.test.ts), those of different ones overlap. Of literals only: bundlers drop the divisions that nobody uses.
 *
 * ```text
 * cross-entropy gradients                      kept (2 MB) | group | result | second
 * losses of one value per element, jsDivLoss   values | weight | posWeight | scratch | ... | gradients (1 MB)
 * scoreTokens, compareLogits                   values | ids | otherValues | otherIds | exponentials (to the end)
 * ```
 */
import { ELEMENT_CHUNK, FEW_CLASSES, KEPT_ELEMENTS, TILE_ELEMENTS } from "./constants.js";

export const CROSS_ENTROPY_PARTS = {
  /** One group of four rows of few classes: the last segment of longer rows. Before it exponentials are kept, and become gradients. */
  group: KEPT_ELEMENTS,
  /** Groups of four rows of few classes, or gradients of a segment. */
  result: KEPT_ELEMENTS + 4 * FEW_CLASSES,
  /** The same exponentials as rows, or gradients with respect to probabilities. */
  second: KEPT_ELEMENTS + 4 * FEW_CLASSES + TILE_ELEMENTS + 4 * FEW_CLASSES,
} as const;

export const ELEMENT_PARTS = {
  /** Losses of a chunk, or terms of a tile's rows. */
  values: 0,
  /** Patterns of `weight` and `posWeight`, PATTERN_ELEMENTS. */
  weight: TILE_ELEMENTS + 16,
  posWeight: TILE_ELEMENTS + 2 * ELEMENT_CHUNK + 32,
  /** Temporary arrays of elementLoss, ELEMENT_SCRATCH_BYTES. */
  scratch: TILE_ELEMENTS + 4 * ELEMENT_CHUNK + 48,
  /** Gradients of a batch, on their way back. */
  gradients: 2 * TILE_ELEMENTS + 4 * ELEMENT_CHUNK,
} as const;

/** Lists of the greatest logits are no longer than rows, so they fit where a tile's rows do. */
export const SCORE_PARTS = {
  /** Values and classes of one input's lists, then of a second one's. */
  values: 0,
  ids: TILE_ELEMENTS + 16,
  otherValues: 2 * (TILE_ELEMENTS + 16),
  otherIds: 3 * (TILE_ELEMENTS + 16),
  /** Exponentials that entropies are made of, in turn. */
  exponentials: 4 * (TILE_ELEMENTS + 16),
} as const;
