/** log-sum-exp, softmax and log-softmax tile by tile: something per row or per element, and nothing to reduce. */
import { SEGMENT } from "../../memory/layout.js";
import type { LogSumExpJob, SoftmaxJob } from "../job.js";
import type { RowRoutine } from "../routine.js";
import { comesInPieces, pieceStatistics } from "../tiles/row-pieces.js";
import type { RowProgram } from "../tiles/row-program.js";
import { joinStatistics, plainStatistics } from "../tiles/row-statistics.js";
import { TileSink } from "../tiles/tile-sink.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

export const logSumExpKind: RowRoutine<LogSumExpJob> = {
  programOf: (workspace, job, _columns, firstRow) => logSumExpRows(workspace, job, firstRow),
};

export const softmaxKind: RowRoutine<SoftmaxJob> = {
  programOf: (workspace, job, _columns, firstRow) => softmaxRows(workspace, job, firstRow),
};

function logSumExpRows(workspace: Workspace, job: LogSumExpJob, firstRow: number): RowProgram {
  const { kernels, layout: at } = workspace;
  const source = new TileSource(workspace, job.logits, job.layout, "tileA", 0, firstRow);
  return {
    applies: false,
    begin: () => true,
    measure(row, rows, first, classes) {
      const isCut = comesInPieces(workspace, source, rows, classes);
      if (isCut && pieceStatistics(workspace, source, row, first, classes, 1, null)) return;
      plainStatistics(workspace, source, row, rows, first, classes);
    },
    join: (rows) => joinStatistics(workspace, rows),
    finish(row, rows) {
      if (job.layout.classes === 0) {
        job.out.fill(Number.NEGATIVE_INFINITY, row, row + rows);
        return;
      }
      // the target column is free here, and of the right size for f32 results
      kernels.logSumExpFinish(rows, at.max, at.rest, at.targetLogit);
      const { targetLogit } = workspace.views();
      for (let r = 0; r < rows; r++) job.out[row + r] = targetLogit[r] as number;
    },
  };
}

function softmaxRows(workspace: Workspace, job: SoftmaxJob, firstRow: number): RowProgram {
  const { kernels, layout: at } = workspace;
  const { classes: allClasses } = job.layout;
  const source = new TileSource(workspace, job.logits, job.layout, "tileA", 0, firstRow);
  const sink = new TileSink(workspace, job.out, job.layout, "tileB", firstRow);
  return {
    applies: true,
    begin: () => true,
    measure: (row, rows, first, classes) => plainStatistics(workspace, source, row, rows, first, classes),
    join: (rows) => joinStatistics(workspace, rows),
    finish(_, rows) {
      if (job.kind === "logSoftmax") kernels.log1pRows(at.rest, rows, at.rest);
    },
    apply(row, rows, first, classes) {
      // a row of several segments comes by a second time; of a single one the tile is still there
      if (allClasses > SEGMENT) source.load(row, rows, first, classes);
      sink.open(row, first, classes);
      const { address, stride } = source;
      if (job.kind === "logSoftmax") {
        kernels.logSoftmaxRows(address, rows, classes, stride, at.max, at.rest, sink.address, sink.stride);
      } else kernels.softmaxRows(address, rows, classes, stride, at.max, at.rest, sink.address, sink.stride, at.expScratch);
      sink.close(row, rows, first, classes);
    },
  };
}
