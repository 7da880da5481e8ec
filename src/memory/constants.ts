/**
 * Numbers that the kernels and their callers share, compiled by asc into the kernels and by tsc into the package: so only integer
 * literals and what is computed of them.
 */

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
