/**
 * Sizes and other numbers that the kernels and their callers share. asc compiles this file into the kernels, tsc into the
 * package, and bundlers inline its numbers. So it holds only integer literals and expressions of them, and imports nothing.
 */

// shared with the kernels

/** Classes of a block of a row; the exponentials of a block are relative to one reference (assembly/rows/block.ts). */
export const BLOCK = 512;

/** Rows of up to this many classes run four at a time, one in each lane (assembly/rows/few-rows.ts). */
export const FEW_CLASSES = 128;

/** Rows of more classes than this are read once, block by block (assembly/rows/long-row.ts). */
export const MIDDLE_CLASSES = 4096;

/** Elements of rows of few classes that go through the passes of the exponentials together. */
export const FEW_BATCH = 2048;

/** Scratch between these passes: two arrays of a batch, each with a last vector's slack. Longer rows need less. */
export const EXP_SCRATCH_BYTES = 2 * (FEW_BATCH * 4 + 64);

/** Elements of a block in elementLoss. */
export const ELEMENT_BLOCK = 512;

/** Scratch of elementLoss: eleven arrays of a block, then eight pads of a vector (assembly/losses/elements.ts). */
export const ELEMENT_SCRATCH_BYTES = 11 * ELEMENT_BLOCK * 4 + 8 * 16;

// sizes of the scratch region (layout.ts)

/** f32 elements of a tile. */
export const TILE_ELEMENTS = 65536;

/**
 * Most classes of a segment, the part of a row that one kernel call takes. Longer rows are always cut here, even when they are
 * read in place, and the segments are merged in f64 in the order of classes. So a row's bits depend neither on tile size nor on
 * threads. A multiple of the kernels' block. Each segment finds its maximum anew, so shorter ones cost more: 5 to 10 % at 16384
 * classes (docs/performance.md).
 */
export const SEGMENT = TILE_ELEMENTS;

/** Elements of a tile that holds several rows. */
export const ROWS_ELEMENTS = 16384;

/** The same for rows that are transposed, which are in the panel as well. */
export const TRANSPOSED_ELEMENTS = 32768;

/** Classes of a piece, for rows that are copied and summed piece by piece (engine/row-pieces.ts). */
export const PIECE = 2 * BLOCK;

/** Most elements of a tile's rows whose exponentials are kept, so that a gradient need not compute them again. */
export const KEPT_ELEMENTS = 524288;

/** Elements that an incomplete last group of four rows extends past the rows. */
export const GROUP_SLACK = 4 * FEW_CLASSES;

/**
 * Elements per call for losses with one value per element. Their sums are always added chunk by chunk, so that the bits do not
 * depend on threads. A multiple of the kernels' block, and the size of the tiles for weights.
 */
export const ELEMENT_CHUNK = 16384;

/** Elements whose gradients are copied back together. */
export const ELEMENT_BATCH = 16 * ELEMENT_CHUNK;

/** Elements of a repeated weight pattern of at most a chunk: a chunk can then start anywhere in the first period. */
export const PATTERN_ELEMENTS = 2 * ELEMENT_CHUNK;

/** Elements of the gradient tile: the kept exponentials, and two arrays of a tile's size (gradient-parts.ts). */
export const GRADIENT_ELEMENTS = KEPT_ELEMENTS + 2 * TILE_ELEMENTS + 3 * GROUP_SLACK;

/** Most rows of a tile; a multiple of the eight rows that the kernels take at once. */
export const TILE_ROWS = 4096;

// linear cross-entropy (engine/kinds/linear)

/** Hidden rows of a block. The weight's gradient is summed over each block on its own, so its bits depend on this number. */
export const LINEAR_ROWS = 128;

/** Classes of a segment, whose logits for a block are computed into tile A: 80 tiles of six classes, or 120 of four. */
export const LINEAR_SEGMENT = 480;

/** Elements from row to row of these logits: no power of two, whose rows would compete for the same lines of L1. */
export const LINEAR_STRIDE = 496;

/** Rows of the weight that are loaded together. The hidden gradient is summed over each panel on its own, like the blocks. */
export const LINEAR_PANEL = 96;
