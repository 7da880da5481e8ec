/** Measures of probability vectors: one number per pair. */
import type { FloatArray, Job } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import { runRows, type TileSteps } from "../tiles/run-rows.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

type Measure = "entropy" | "crossEntropyBetween" | "klDivergence" | "jsDivergence";

/** Pairs of probability vectors; for the entropy, `q` is `p`. */
export interface MeasureJob extends Job {
  readonly p: FloatArray;
  readonly q: FloatArray;
  /** Nats. */
  readonly out: Float64Array;
}

function measureKind(name: Measure, nanoseconds: number): Kind<MeasureJob> {
  return {
    name,
    run: (workspace, job, _, range) => runRows(measureSteps(workspace, name, job, range.origin), job.layout, range),
    arrays: (job, read, write) => ({
      ...job,
      p: read(job.p, job.layout),
      q: read(job.q, job.layout),
      out: write(job.out),
    }),
    nanoseconds: (job) => timeOfElements(job, nanoseconds),
    reduction: NO_REDUCTION,
  };
}

export const entropyKind = /* @__PURE__ */ measureKind("entropy", 2.5);
export const crossEntropyBetweenKind = /* @__PURE__ */ measureKind("crossEntropyBetween", 2.5);
export const klDivergenceKind = /* @__PURE__ */ measureKind("klDivergence", 4);
export const jsDivergenceKind = /* @__PURE__ */ measureKind("jsDivergence", 6);

function measureSteps(workspace: Workspace, measure: Measure, job: MeasureJob, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const p = new TileSource(workspace, job.p, job.layout, "tileA", 0, firstRow);
  const q = new TileSource(workspace, job.q, job.layout, "tileB", 0, firstRow);
  return {
    applies: false,
    begin(_, rows) {
      workspace.views().loss.fill(0, 0, rows);
      return true;
    },
    // adds each segment to the loss column
    measure(row, rows, first, classes) {
      p.load(row, rows, first, classes);
      if (measure === "entropy") {
        kernels.entropyRows(p.address, rows, classes, p.stride, at.loss);
        return;
      }
      q.load(row, rows, first, classes);
      const kernel = kernels[`${measure}Rows`];
      kernel(p.address, q.address, rows, classes, p.stride, q.stride, at.loss);
    },
    join: () => {},
    finish(row, rows) {
      const { loss } = workspace.views();
      for (let r = 0; r < rows; r++) job.out[row + r] = loss[r];
    },
  };
}
