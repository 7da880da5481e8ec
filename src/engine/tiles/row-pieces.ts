/**
 * Statistics of a long row that has to be copied. Each piece is copied to the same 4 KB, which stay in L1, and summed before the
 * next piece overwrites it: 12 % faster from main memory than a tile of 64 KB (docs/performance.md).
 *
 * 16-bit floats in the engine's memory need no copy: the kernel widens them block by block.
 *
 * The results have the same bits as those of segmentStatistics (row-statistics.ts).
 */
import { BLOCK, MIDDLE_CLASSES, PIECE, SEGMENT } from "../../memory/constants.js";
import { isFloat32 } from "../../values.js";
import type { Exponentials } from "./exponentials.js";
import { segmentStatistics } from "./row-statistics.js";
import type { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

const NOWHERE = { address: 0, refs: 0 };

/**
 * Whether a segment of `classes` classes of `rows` rows is processed in pieces. Only for rows that the kernels read block by
 * block anyway, and not for copies to shared memory, which are too slow in small pieces.
 */
export function comesInPieces(workspace: Workspace, source: TileSource, rows: number, classes: number): boolean {
  const isFit = (source.isCopied && !workspace.isShared) || source.words !== undefined;
  return isFit && rows === 1 && classes > MIDDLE_CLASSES && classes <= SEGMENT;
}

/**
 * Writes max and rest of a segment of one row to the columns that segmentStatistics uses. Returns false when the segment has NaN
 * or an infinite maximum: the caller then measures it as a whole.
 */
export function pieceStatistics(
  workspace: Workspace,
  source: TileSource,
  row: number,
  firstClass: number,
  classes: number,
  temperature: number,
  exponentials: Exponentials | null,
): boolean {
  const { kernels, layout: at } = workspace;
  const views = workspace.views();
  const isFirst = firstClass === 0;
  const [max, rest] = isFirst ? [at.max, at.rest] : [at.nextMax, at.nextRest];
  const start = source.indexOf(row, firstClass);
  exponentials?.open(firstClass, classes);
  const { address: out, refs } = exponentials ?? NOWHERE;
  const { words } = source;
  if (words) {
    const from = words.address + start * 2;
    kernels.logSumExpWords(from, words.isFloat16 ? 1 : 0, classes, 1, temperature, max, rest, out, refs, at.expScratch);
  } else {
    const { piece } = views;
    const { floats } = source;
    const { buffer, byteOffset } = floats;
    const isSingle = isFloat32(floats);
    for (let i = 0; i < classes; i += PIECE) {
      const count = Math.min(PIECE, classes - i);
      const from = start + i;
      // The constructor is faster than subarray(), which looks up the species constructor (docs/performance.md).
      piece.set(isSingle ? new Float32Array(buffer, byteOffset + from * 4, count) : floats.subarray(from, from + count));
      const begins = i === 0 ? 1 : 0;
      if (exponentials) {
        const pieceRefs = refs + (i / BLOCK) * 4;
        kernels.expPiece(at.tileA, count, begins, temperature, max, rest, out + i * 4, pieceRefs, at.expScratch);
      } else kernels.logSumExpPiece(at.tileA, count, begins, temperature, max, rest, at.expScratch);
    }
  }
  const m = (isFirst ? views.max : views.nextMax)[0];
  const r = (isFirst ? views.rest : views.nextRest)[0];
  return r >= 0 && Number.isFinite(m);
}

/** Max and rest of a segment of rows whose logits nothing else needs, in pieces where that is faster. */
export function rowStatistics(
  workspace: Workspace,
  source: TileSource,
  row: number,
  rows: number,
  firstClass: number,
  classes: number,
  temperature: number,
): void {
  const isCut = comesInPieces(workspace, source, rows, classes);
  if (isCut && pieceStatistics(workspace, source, row, firstClass, classes, temperature, null)) return;
  segmentStatistics(workspace, source, row, rows, firstClass, classes, temperature, 0, 0, null);
}
