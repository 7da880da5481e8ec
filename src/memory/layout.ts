/**
 * Where things stand in the scratch region that each engine has in its memory: two tiles, a panel, and per-row columns.
 *
 * ```
 * base  tile A   256 KB + slack   logits on their way to the kernels
 *       tile B   256 KB + slack   a second operand (probability targets, q), or a result on its way back
 *       panel    256 KB + slack   a class axis that is not the last, before its transpose
 *       weight   256 KB + slack   class weights of one segment, or weights of a chunk of elements
 *       posWeight 64 KB + slack   posWeight of a chunk of elements
 *       gradient 2.5 MB + slack   exponentials of a tile's rows until their gradients are made of them, and the gradients; losses
 *                                 of a chunk of elements
 *       expScratch 16 KB         between the passes of the exponentials
 *       columns  per row of a tile: target index, max, rest, target logit, ...
 * ```
 *
 * Blocks of rows fill 64 KB of a tile, transposed ones 128 KB: a fraction of any L2, so that what `set` wrote is still there when
 * the kernel reads it. The region is about 4.2 MB and never grows with the input.
 */
import { BLOCK, EXP_SCRATCH_BYTES, FEW_CLASSES } from "./constants.js";

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

/** Kernels read up to 28 bytes past a row and write up to four rows past a column. */
const SLACK = 64;

/** Byte offsets of the scratch region's parts. */
export interface Layout {
  readonly tileA: number;
  readonly tileB: number;
  readonly panel: number;
  readonly weight: number;
  readonly posWeight: number;
  readonly gradient: number;
  readonly expScratch: number;
  /** i32 class of each row. */
  readonly target: number;
  /** f32 row maximum and f64 sum of the rest; the second pair is for the next segment of the same rows. */
  readonly max: number;
  readonly rest: number;
  readonly nextMax: number;
  readonly nextRest: number;
  /** f32 logit of the target class. */
  readonly targetLogit: number;
  /** f64 class weight of the target. */
  readonly rowWeight: number;
  /** f64 sums of rowDot. */
  readonly dot: number;
  readonly mass: number;
  readonly nextDot: number;
  readonly nextMass: number;
  /** f64 log(1 + rest), where a gradient needs it; f64 upstream gradient. */
  readonly logSum: number;
  readonly upstream: number;
  /** f32 columns of gradientScales. */
  readonly factor: number;
  readonly share: number;
  readonly targetFactor: number;
  readonly targetAdd: number;
  readonly whole: number;
  readonly lost: number;
  /** f32 maxima that blocks of exponentials are relative to. */
  readonly refs: number;
  /** i32 place of the target among the logits, 1 being the greatest. */
  readonly rank: number;
  /** f64 sums of softmaxEntropyRows. */
  readonly entropySum: number;
  readonly entropyDot: number;
  /** f64 results. */
  readonly loss: number;
  readonly z: number;
  /** One past the last byte. */
  readonly end: number;
}

/** The layout that starts at `base` (a multiple of 16). */
export function layoutAt(base: number): Layout {
  let at = base;
  const take = (bytes: number): number => {
    const start = at;
    at = Math.ceil((at + bytes + SLACK) / 16) * 16; // no bit operations: addresses go beyond 2^31
    return start;
  };
  const column = (bytesPerRow: number): number => take(TILE_ROWS * bytesPerRow);
  return {
    tileA: take(TILE_ELEMENTS * 4),
    tileB: take(TILE_ELEMENTS * 4),
    panel: take(TILE_ELEMENTS * 4),
    weight: take(SEGMENT * 4),
    posWeight: take(ELEMENT_CHUNK * 4),
    gradient: take(GRADIENT_ELEMENTS * 4),
    expScratch: take(EXP_SCRATCH_BYTES),
    target: column(4),
    max: column(4),
    rest: column(8),
    nextMax: column(4),
    nextRest: column(8),
    targetLogit: column(4),
    rowWeight: column(8),
    dot: column(8),
    mass: column(8),
    nextDot: column(8),
    nextMass: column(8),
    logSum: column(8),
    upstream: column(8),
    factor: column(4),
    share: column(4),
    targetFactor: column(4),
    targetAdd: column(4),
    whole: column(4),
    lost: column(4),
    refs: column(4),
    rank: column(4),
    entropySum: column(8),
    entropyDot: column(8),
    loss: column(8),
    z: column(8),
    end: at,
  };
}
