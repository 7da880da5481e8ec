/** Log-probabilities of a few classes of each row: one pass over the logits, then the classes' logits are read again. */
import { elementAt } from "../../half.js";
import { TILE_ELEMENTS } from "../../memory/constants.js";
import { elementsBefore, rowStart } from "../../memory/tiles.js";
import type { FloatArray, Job } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import { rowStatistics } from "../tiles/row-pieces.js";
import { joinStatistics } from "../tiles/row-statistics.js";
import { runRows, type TileSteps } from "../tiles/run-rows.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

export interface SelectiveJob extends Job {
  readonly logits: FloatArray;
  /** 0: none. */
  readonly softcap: number;
  readonly temperature: number;
  /** One list of classes for all rows, or the lists of all rows. */
  readonly classes: Int32Array;
  /** Classes of a list. */
  readonly count: number;
  /** Entries of `classes` from one row's list to the next: `count`, or 0 if all rows have the same list. */
  readonly listStride: number;
  /** rows x count, in nats. */
  readonly out: Float32Array;
}

export const selectiveKind: Kind<SelectiveJob> = {
  name: "selectiveLogSoftmax",
  run: (workspace, job, _, range) => runRows(selectiveSteps(workspace, job, range.origin), job.layout, range),
  arrays(job, read, write) {
    const { layout, count, listStride } = job;
    const lists = { rows: layout.rows, classes: count, inner: 1, stride: count };
    return {
      ...job,
      logits: read(job.logits, layout),
      classes: read(job.classes, listStride > 0 ? lists : null),
      out: write(job.out, lists),
    };
  },
  nanoseconds: (job) => timeOfElements(job, 0.8) + job.layout.rows * job.count * 4,
  reduction: NO_REDUCTION,
};

/** The job whose rows are the given classes alone: their logits are copied, and all of them selected. */
export function amongClasses(job: SelectiveJob): SelectiveJob {
  const { layout, logits, classes, count, listStride } = job;
  const selected = new Float32Array(layout.rows * count);
  for (let row = 0, to = 0; row < layout.rows; row++) {
    const start = rowStart(layout, row);
    const list = row * listStride;
    for (let i = 0; i < count; i++) selected[to++] = elementAt(logits, start + classes[list + i] * layout.inner);
  }
  return {
    ...job,
    layout: { rows: layout.rows, classes: count, inner: 1, stride: count },
    logits: selected,
    classes: Int32Array.from({ length: count }, (_, i) => i),
    listStride: 0,
  };
}

function selectiveSteps(workspace: Workspace, job: SelectiveJob, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const { layout, temperature } = job;
  const source = new TileSource(workspace, job.logits, layout, "tileA", job.softcap, firstRow);
  return {
    applies: false,
    begin: () => true,
    measure: (row, rows, first, classes) => rowStatistics(workspace, source, row, rows, first, classes, temperature),
    join: (rows) => joinStatistics(workspace, rows, temperature),
    finish(row, rows) {
      kernels.log1pRows(at.rest, rows, at.loss);
      const { max, loss } = workspace.views();
      for (let r = 0; r < rows; r++) writeRow(workspace, job, row + r, firstRow, max[r], loss[r]);
    },
  };
}

/** Writes log p_c = -(L + (m - x_c) / T), with L = log(1 + R), for the row's classes. */
function writeRow(workspace: Workspace, job: SelectiveJob, row: number, firstRow: number, m: number, L: number): void {
  const { kernels, layout: at } = workspace;
  const { layout, logits, classes, count, listStride, softcap, temperature, out } = job;
  const { tileB: selected } = workspace.views();
  const start = rowStart(layout, row) - elementsBefore(layout, firstRow);
  const list = (row - firstRow) * listStride;
  const to = (row - firstRow) * count;
  // multiplies by the inverse, as the loss does, for the same bits
  const inverse = 1 / temperature;
  // m - m is NaN where m is infinite
  const l = L + (m - m);
  for (let first = 0; first < count; first += TILE_ELEMENTS) {
    const n = Math.min(TILE_ELEMENTS, count - first);
    for (let i = 0; i < n; i++) selected[i] = elementAt(logits, start + classes[list + first + i] * layout.inner);
    if (softcap > 0) kernels.softcap(at.tileB, n, softcap, at.tileB);
    for (let i = 0; i < n; i++) out[to + first + i] = 0 - (l + (m - selected[i]) * inverse);
  }
}
