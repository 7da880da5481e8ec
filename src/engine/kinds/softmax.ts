/** log-sum-exp (one value per row), softmax and log-softmax (one per element). They have no reduction. */
import { SEGMENT } from "../../memory/constants.js";
import type { FloatArray, Job } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import { rowStatistics } from "../tiles/row-pieces.js";
import { joinStatistics, segmentStatistics } from "../tiles/row-statistics.js";
import { runRows, type TileSteps } from "../tiles/run-rows.js";
import { TileSink } from "../tiles/tile-sink.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

/** `out` has one value per row for logSumExp; for softmax and logSoftmax one per element, in the logits' layout. */
export interface SoftmaxJob extends Job {
  readonly logits: FloatArray;
  readonly out: Float32Array;
}

export const logSumExpKind: Kind<SoftmaxJob> = {
  name: "logSumExp",
  run: (workspace, job, _, range) => runRows(logSumExpSteps(workspace, job, range.origin), job.layout, range),
  arrays: (job, read, write) => ({ ...job, logits: read(job.logits, job.layout), out: write(job.out) }),
  nanoseconds: (job) => timeOfElements(job, 0.8),
  reduction: NO_REDUCTION,
};

function softmaxKindOf(name: "softmax" | "logSoftmax", nanoseconds: number): Kind<SoftmaxJob> {
  const isLog = name === "logSoftmax";
  return {
    name,
    run: (workspace, job, _, range) => runRows(softmaxSteps(workspace, isLog, job, range.origin), job.layout, range),
    arrays: (job, read, write) => ({ ...job, logits: read(job.logits, job.layout), out: write(job.out, job.layout) }),
    nanoseconds: (job) => timeOfElements(job, nanoseconds),
    reduction: NO_REDUCTION,
  };
}

export const softmaxKind = /* @__PURE__ */ softmaxKindOf("softmax", 1.4);
export const logSoftmaxKind = /* @__PURE__ */ softmaxKindOf("logSoftmax", 1.1);

function logSumExpSteps(workspace: Workspace, job: SoftmaxJob, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const source = new TileSource(workspace, job.logits, job.layout, "tileA", 0, firstRow);
  return {
    applies: false,
    begin: () => true,
    measure: (row, rows, first, classes) => rowStatistics(workspace, source, row, rows, first, classes, 1),
    join: (rows) => joinStatistics(workspace, rows),
    finish(row, rows) {
      if (job.layout.classes === 0) {
        job.out.fill(Number.NEGATIVE_INFINITY, row, row + rows);
        return;
      }
      // the targetLogit column is unused here and has the right size for f32 results
      kernels.logSumExpFinish(rows, at.max, at.rest, at.targetLogit);
      const { targetLogit } = workspace.views();
      for (let r = 0; r < rows; r++) job.out[row + r] = targetLogit[r];
    },
  };
}

function softmaxSteps(workspace: Workspace, isLog: boolean, job: SoftmaxJob, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const { classes: allClasses } = job.layout;
  const source = new TileSource(workspace, job.logits, job.layout, "tileA", 0, firstRow);
  const sink = new TileSink(workspace, job.out, job.layout, "tileB", firstRow);
  return {
    applies: true,
    begin: () => true,
    measure: (row, rows, first, classes) => segmentStatistics(workspace, source, row, rows, first, classes, 1, 0, 0, null),
    join: (rows) => joinStatistics(workspace, rows),
    finish(_, rows) {
      if (isLog) kernels.log1pRows(at.rest, rows, at.rest);
    },
    apply(row, rows, first, classes) {
      // Rows of several segments are loaded again; a single segment is still in the tile.
      if (allClasses > SEGMENT) source.load(row, rows, first, classes);
      sink.open(row, first, classes);
      const { address, stride } = source;
      if (isLog) {
        kernels.logSoftmaxRows(address, rows, classes, stride, at.max, at.rest, sink.address, sink.stride);
      } else kernels.softmaxRows(address, rows, classes, stride, at.max, at.rest, sink.address, sink.stride, at.expScratch);
      sink.close(row, rows, first, classes);
    },
  };
}
