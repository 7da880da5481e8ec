/**
 * Sizes, and numbers that the kernels and their callers share. asc compiles this file into the kernels, tsc into the package, and
 * bundlers put its numbers in where they are used: so it has only integer literals and what is computed of them, and imports nothing.
 */

// shared with the kernels

/** Classes of a block of a row, whose exponentials are relative to one reference (assembly/rows/block.ts). */
export const BLOCK = 512;

/** Rows of up to this many classes run four at a time, one in each lane (assembly/rows/few-rows.ts). */
export const FEW_CLASSES = 128;

/** Rows of more classes than this are read once, block by block (assembly/rows/long-row.ts). */
export const MIDDLE_CLASSES = 4096;

/** Elements of rows of few classes that go through the passes of their exponentials together. */
export const FEW_BATCH = 2048;

/** What these passes leave for each other: two arrays of a batch, each with a last vector's slack. Longer rows need less. */
export const EXP_SCRATCH_BYTES = 2 * (FEW_BATCH * 4 + 64);

/** Elements of a block of elementLoss. */
export const ELEMENT_BLOCK = 512;

/** Temporary arrays of elementLoss: eleven of a block, then eight pads of a vector (assembly/losses/elements.ts). */
export const ELEMENT_SCRATCH_BYTES = 11 * ELEMENT_BLOCK * 4 + 8 * 16;

// what elementLoss computes
export const BINARY_CROSS_ENTROPY = 0;
export const BINARY_CROSS_ENTROPY_WITH_LOGITS = 1;
export const KL_DIV_LOSS = 2;
export const KL_DIV_LOSS_OF_LOGS = 3;
export const SIGMOID_FOCAL_LOSS = 4;
export const JS_DIV_LOSS = 5;

// sizes of the scratch region (layout.ts)

/** f32 elements of a tile. */
export const TILE_ELEMENTS = 65536;

/**
 * Longest piece of a row that one kernel call takes. Longer rows are cut here, always, also when they are read in place:
 * pieces are joined in f64 in the order of classes, so a row's bits depend neither on tile size nor on threads.
 * A multiple of the kernels' block. Each segment finds its maximum anew, block by block, at some 100 ns for each greater one: of
 * 16384 classes it took 5 to 10 % more (Zen 4).
 */
export const SEGMENT = TILE_ELEMENTS;

/** Elements of a tile's rows where it holds several. */
export const ROWS_ELEMENTS = 16384;

/** The same of rows that are transposed, which are in the panel too. */
export const TRANSPOSED_ELEMENTS = 32768;

/** Classes of a piece of a row that is copied and summed piece by piece (engine/row-pieces.ts). */
export const PIECE = 2 * BLOCK;

/** Classes that rows of a tile may have together so that their exponentials are kept and need not be made again. */
export const KEPT_ELEMENTS = 524288;

/** Elements that a last group of four rows, of which fewer are there, reaches beyond the rows. */
export const GROUP_SLACK = 4 * FEW_CLASSES;

/**
 * Elements that one call takes of a loss whose value is one number an element. Their sum is added chunk by chunk, always, so that
 * its bits do not depend on threads. A multiple of the kernels' block, and what the tiles of weights hold.
 */
export const ELEMENT_CHUNK = 16384;

/** Elements whose gradients wait to be copied back together. */
export const ELEMENT_BATCH = 16 * ELEMENT_CHUNK;

/** Weights that repeat after at most a chunk: a chunk fits behind any place of the first period. */
export const PATTERN_ELEMENTS = 2 * ELEMENT_CHUNK;

/** Elements of the gradient tile: what is kept, and two of a tile's size (gradient-parts.ts). */
export const GRADIENT_ELEMENTS = KEPT_ELEMENTS + 2 * TILE_ELEMENTS + 3 * GROUP_SLACK;

/** Most rows of a tile; a multiple of eight, the rows that the kernels take at once. */
export const TILE_ROWS = 4096;
