/**
 * Row maxima and rests (see assembly/rows/log-sum-exp.ts) of a tile's rows, segment after segment: what every function of
 * logits starts from. Rows longer than a segment are joined in f64 in the order of their classes.
 */
import { SEGMENT } from "../memory/layout.js";
import type { Exponentials } from "./exponentials.js";
import type { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** No class index: nothing is ignored. */
const NO_TARGETS = 0;

/**
 * Leaves max and rest of `rows` rows in the workspace's columns. `each` sees every segment while it is loaded,
 * before it is joined with those before it: its own maxima are in `max` (the first segment) or `nextMax`.
 * `targets` is the address of the rows' classes, or 0. `exponentials` says where to leave them, if they are wanted; maxima and
 * rests have the same bits either way.
 */
export function rowStatistics(
  workspace: Workspace,
  source: TileSource,
  row: number,
  rows: number,
  allClasses: number,
  temperature: number,
  targets: number,
  ignoreIndex: number,
  each?: (firstClass: number, classes: number) => void,
  exponentials?: Exponentials | null,
): void {
  const { kernels, layout: at } = workspace;
  for (let first = 0; first < allClasses; first += SEGMENT) {
    const classes = Math.min(SEGMENT, allClasses - first);
    source.load(row, rows, first, classes);
    const { address, stride } = source;
    const isFirst = first === 0;
    const max = isFirst ? at.max : at.nextMax;
    const rest = isFirst ? at.rest : at.nextRest;
    if (exponentials) {
      exponentials.open(first, classes);
      const { address: out, stride: outStride, refs, refStride } = exponentials;
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.expRows(
        address, rows, classes, stride, targets, ignoreIndex, temperature, max, rest, out, outStride, refs, refStride,
        at.expScratch,
      );
    } else {
      kernels.logSumExpRows(address, rows, classes, stride, targets, ignoreIndex, temperature, max, rest, at.expScratch);
    }
    each?.(first, classes);
    if (!isFirst) kernels.mergeRows(rows, temperature, at.max, at.rest, at.nextMax, at.nextRest);
  }
}

/** The same without targets. */
export function plainStatistics(workspace: Workspace, source: TileSource, row: number, rows: number, allClasses: number): void {
  rowStatistics(workspace, source, row, rows, allClasses, 1, NO_TARGETS, 0);
}
