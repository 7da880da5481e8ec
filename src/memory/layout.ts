/**
 * The layout of the scratch region that each engine has in its memory: two tiles, a panel, and per-row columns.
 *
 * ```
 * base  tile A   256 KB + slack   logits on their way to the kernels
 *       tile B   256 KB + slack   a second operand (probability targets, q), or a result on its way back
 *       panel    256 KB + slack   a class axis that is not the last, before its transpose
 *       weight   256 KB + slack   class weights of one segment, or weights of a chunk of elements
 *       posWeight 64 KB + slack   posWeight of a chunk of elements
 *       gradient 2.5 MB + slack   exponentials of a tile's rows until their gradients are computed, and the gradients; losses
 *                                 of a chunk of elements
 *       expScratch 16 KB         between the passes of the exponentials
 *       columns  per row of a tile: target index, max, rest, target logit, ...
 * ```
 *
 * Rows fill 64 KB of a tile, transposed ones 128 KB. This is a fraction of any L2, so the kernel finds there what `set` has
 * written. The region is about 4.2 MiB and never grows with the input.
 */
import { ELEMENT_CHUNK, EXP_SCRATCH_BYTES, GRADIENT_ELEMENTS, SEGMENT, TILE_ELEMENTS, TILE_ROWS } from "./constants.js";

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
  /** f32 references of the blocks: the maxima that their exponentials are relative to. */
  readonly refs: number;
  /** i32 rank of the target's logit in its row, 1 being the greatest. */
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
