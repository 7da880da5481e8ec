/**
 * Statistics of a row that has to be copied, piece by piece: each comes to the same 4 KB, which stay in L1, and is summed before the
 * next one comes: from main memory .92 to .81 ns an element beside a tile of 64 KB, relaxed .65 to .60 (Zen 4). Pieces of 2 KB
 * cost more in calls than they save; of 8 KB, or in two places of 4 KB in turn, they cost .09 more from main memory, none from an L2.
 *
 * 16-bit floats that live in the memory are widened by the kernel, block by block, without a tile.
 *
 * The bits are those of segmentStatistics (row-statistics.ts).
 */
import { BLOCK, MIDDLE_CLASSES, PIECE, SEGMENT } from "../../memory/constants.js";
import type { Exponentials } from "./exponentials.js";
import type { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

const NOWHERE = { address: 0, refs: 0 };

/** Whether segments of `classes` classes of `rows` rows, which are read block by block anyway, come in pieces. Copies to shared memory are too slow to be short. */
export function comesInPieces(workspace: Workspace, source: TileSource, rows: number, classes: number): boolean {
  const isFit = (source.isCopied && !workspace.isShared) || source.words !== undefined;
  return isFit && rows === 1 && classes > MIDDLE_CLASSES && classes <= SEGMENT;
}

/**
 * Leaves max and rest of a segment of a row where segmentStatistics leaves them. False when it has a NaN or an infinite maximum: then
 * it has to be looked at as a whole.
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
    const isSingle = floats instanceof Float32Array;
    for (let i = 0; i < classes; i += PIECE) {
      const count = Math.min(PIECE, classes - i);
      const from = start + i;
      // not subarray(), which has to look for a constructor first: .585 to .566 ns an element (relaxed, Node 24)
      piece.set(isSingle ? new Float32Array(buffer, byteOffset + from * 4, count) : floats.subarray(from, from + count));
      const begins = i === 0 ? 1 : 0;
      if (exponentials) {
        const pieceRefs = refs + (i / BLOCK) * 4;
        kernels.expPiece(at.tileA, count, begins, temperature, max, rest, out + i * 4, pieceRefs, at.expScratch);
      } else kernels.logSumExpPiece(at.tileA, count, begins, temperature, max, rest, at.expScratch);
    }
  }
  const m = (isFirst ? views.max : views.nextMax)[0] as number;
  const r = (isFirst ? views.rest : views.nextRest)[0] as number;
  return r >= 0 && Number.isFinite(m);
}
