/** Measures of probability vectors tile by tile: one number a pair. */
import type { MeasureJob } from "../job.js";
import type { RowRoutine } from "../routine.js";
import type { RowProgram } from "../tiles/row-program.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

export const measureKind: RowRoutine<MeasureJob> = {
  programOf: (workspace, job, _columns, firstRow) => measureRows(workspace, job, firstRow),
};

function measureRows(workspace: Workspace, job: MeasureJob, firstRow: number): RowProgram {
  const { kernels, layout: at } = workspace;
  const p = new TileSource(workspace, job.p, job.layout, "tileA", 0, firstRow);
  const q = new TileSource(workspace, job.q, job.layout, "tileB", 0, firstRow);
  return {
    applies: false,
    begin(_, rows) {
      workspace.views().loss.fill(0, 0, rows);
      return true;
    },
    // adds to the losses, segment by segment
    measure(row, rows, first, classes) {
      p.load(row, rows, first, classes);
      if (job.kind === "entropy") {
        kernels.entropyRows(p.address, rows, classes, p.stride, at.loss);
        return;
      }
      q.load(row, rows, first, classes);
      const kernel = kernels[`${job.kind}Rows`];
      kernel(p.address, q.address, rows, classes, p.stride, q.stride, at.loss);
    },
    join: () => {},
    finish(row, rows) {
      const { loss } = workspace.views();
      for (let r = 0; r < rows; r++) job.out[row + r] = loss[r] as number;
    },
  };
}
