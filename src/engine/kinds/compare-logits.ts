/** Compares the logits of two models: per row the divergence, and the target's log-probability under each model. */
import { SCORE_PARTS } from "../../memory/gradient-parts.js";
import type { Rows } from "../../memory/tiles.js";
import type { FloatArray, LogitsJob } from "../job.js";
import { type Kind, NO_REDUCTION, timeOfElements } from "../kind.js";
import { loadTargets } from "../tiles/row-columns.js";
import { runRows, type TileSteps } from "../tiles/run-rows.js";
import { TileSource } from "../tiles/tile-source.js";
import type { Workspace } from "../tiles/workspace.js";

/** Ignored rows get NaN, and 0 in `sameTop`. */
export interface ComparisonJob extends LogitsJob {
  readonly other: FloatArray;
  readonly otherLayout: Rows;
  readonly targets: Int32Array;
  readonly out: {
    readonly divergences: Float64Array;
    readonly logProbs: Float64Array;
    readonly otherLogProbs: Float64Array;
    /** 1 where both models have the same top class, else 0; also 0 where the divergence is NaN. */
    readonly sameTop: Uint8Array;
  };
}

export const comparisonKind: Kind<ComparisonJob> = {
  name: "compareLogits",
  run: (workspace, job, _, range) => runRows(comparisonSteps(workspace, job, range.origin), job.layout, range),
  arrays(job, read, write) {
    const { out } = job;
    return {
      ...job,
      logits: read(job.logits, job.layout),
      other: read(job.other, job.otherLayout),
      targets: read(job.targets),
      out: {
        divergences: write(out.divergences),
        logProbs: write(out.logProbs),
        otherLogProbs: write(out.otherLogProbs),
        sameTop: write(out.sameTop),
      },
    };
  },
  nanoseconds: (job) => timeOfElements(job, 8),
  reduction: NO_REDUCTION,
};

function comparisonSteps(workspace: Workspace, job: ComparisonJob, firstRow: number): TileSteps {
  const { kernels, layout: at } = workspace;
  const { targets, temperature, ignoreIndex, out } = job;
  const base = new TileSource(workspace, job.logits, job.layout, "tileA", job.softcap, firstRow);
  const other = new TileSource(workspace, job.other, job.otherLayout, "tileB", job.softcap, firstRow);
  const lists = [
    [base, SCORE_PARTS.values, SCORE_PARTS.ids, at.targetLogit],
    [other, SCORE_PARTS.otherValues, SCORE_PARTS.otherIds, at.share],
  ] as const;
  return {
    applies: false,
    begin(row, rows) {
      if (loadTargets(workspace.views(), targets, row, rows, ignoreIndex)) return true;
      for (let r = row; r < row + rows; r++) writeIgnored(out, r);
      return false;
    },
    measure(row, rows, first, classes) {
      for (const [source, values, ids, targetLogit] of lists) {
        source.loadRaw(row, rows, first, classes);
        const raw = [source.address, rows, classes, source.stride, at.target, ignoreIndex, first] as const;
        kernels.rowTop(...raw, 1, at.gradient + values * 4, at.gradient + ids * 4);
        source.cap(rows, classes);
        kernels.rowTarget(source.address, rows, classes, source.stride, at.target, ignoreIndex, first, targetLogit);
      }
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.softmaxDivergenceRows(
        base.address, other.address, rows, classes, base.stride, other.stride, at.target, ignoreIndex, temperature,
        first === 0 ? 0 : 1, at.max, at.rest, at.nextMax, at.nextRest, at.dot,
      );
    },
    join: () => {},
    finish(row, rows) {
      kernels.softmaxDivergenceFinish(rows, temperature, at.rest, at.nextRest, at.dot, at.loss);
      const { target, loss, max, nextMax, targetLogit, share, gradient } = workspace.views();
      const ids = new Int32Array(gradient.buffer, gradient.byteOffset + SCORE_PARTS.ids * 4, rows);
      const otherIds = new Int32Array(gradient.buffer, gradient.byteOffset + SCORE_PARTS.otherIds * 4, rows);
      for (let r = 0; r < rows; r++) {
        out.divergences[row + r] = loss[r];
        // a row with NaN has no top class
        out.sameTop[row + r] = !Number.isNaN(loss[r]) && ids[r] === otherIds[r] ? 1 : 0;
      }
      // the divergences are copied, so the loss column is free
      kernels.log1pRows(at.rest, rows, at.loss);
      writeLogProbs(loss, max, targetLogit, temperature, out.logProbs.subarray(row, row + rows));
      kernels.log1pRows(at.nextRest, rows, at.loss);
      writeLogProbs(loss, nextMax, share, temperature, out.otherLogProbs.subarray(row, row + rows));
      for (let r = 0; r < rows; r++) if (target[r] === ignoreIndex) writeIgnored(out, row + r);
    },
  };
}

/** Writes log p_t = -(L + (m - x_t) / T) with L = log(1 + R). Adding m - m makes it NaN where m is infinite. */
function writeLogProbs(
  logs: Float64Array,
  max: Float32Array,
  targetLogit: Float32Array,
  temperature: number,
  out: Float64Array,
): void {
  for (let r = 0; r < out.length; r++) {
    const m = max[r];
    out[r] = 0 - (logs[r] + (m - targetLogit[r]) / temperature + (m - m));
  }
}

function writeIgnored(out: ComparisonJob["out"], row: number): void {
  out.divergences[row] = Number.NaN;
  out.logProbs[row] = Number.NaN;
  out.otherLogProbs[row] = Number.NaN;
  out.sameTop[row] = 0;
}
