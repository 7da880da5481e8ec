/**
 * Row maxima and rests (see assembly/rows/log-sum-exp.ts) of a segment of a tile's rows, the first step of every function of
 * logits. The segments of longer rows are joined in f64 in the order of their classes (mergeRows).
 */
import type { Exponentials } from "./exponentials.js";
import type { RowSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/**
 * Loads a segment of `rows` rows and writes max and rest to their columns: `max` and `rest` for the first segment, `nextMax` and
 * `nextRest` for the others. `targets` is the address of the target column, or 0 if no row is ignored. Keeps the exponentials if `exponentials` is
 * given; max and rest have the same bits either way.
 */
export function segmentStatistics(
  workspace: Workspace,
  source: RowSource,
  row: number,
  rows: number,
  firstClass: number,
  classes: number,
  temperature: number,
  targets: number,
  ignoreIndex: number,
  exponentials: Exponentials | null,
): void {
  const { kernels, layout: at } = workspace;
  source.load(row, rows, firstClass, classes);
  const { address, stride } = source;
  const max = firstClass === 0 ? at.max : at.nextMax;
  const rest = firstClass === 0 ? at.rest : at.nextRest;
  if (exponentials) {
    exponentials.open(firstClass, classes);
    const { address: out, stride: outStride, refs, refStride } = exponentials;
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.expRows(
      address, rows, classes, stride, targets, ignoreIndex, temperature, max, rest, out, outStride, refs, refStride,
      at.expScratch,
    );
  } else {
    kernels.logSumExpRows(address, rows, classes, stride, targets, ignoreIndex, temperature, max, rest, at.expScratch);
  }
}

/** Joins the statistics in `nextMax` and `nextRest` with those of the previous segments. */
export function joinStatistics({ kernels, layout: at }: Workspace, rows: number, temperature = 1): void {
  kernels.mergeRows(rows, temperature, at.max, at.rest, at.nextMax, at.nextRest);
}
