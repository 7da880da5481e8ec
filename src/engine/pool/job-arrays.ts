/**
 * The arrays of a job and what they are for: what a pool has to bring before its workers. Arrays that hold rows or elements may
 * come in windows, the others (classes of rows, weights, one value a row) are there as a whole.
 */
import { ELEMENT_CHUNK } from "../../memory/layout.js";
import type { Rows } from "../../memory/tiles.js";
import type { FloatArray, GradientPlan, GradientRequest, Job } from "../job.js";

export type JobArray = FloatArray | Int32Array | Uint8Array;

export interface Use {
  readonly role: "read" | "write";
  /** How the array's rows lie, or null for one that is needed as a whole. */
  readonly rows: Rows | null;
}

export type VisitArray = <A extends JobArray | null>(array: A, use: Use) => A;

/** The job with every array replaced by what `visit` makes of it. */
export function mapArrays(job: Job, visit: VisitArray): Job {
  const read = <A extends JobArray | null>(array: A, rows: Rows | null = null): A => visit(array, { role: "read", rows });
  const write = <A extends JobArray | null>(array: A, rows: Rows | null = null): A => visit(array, { role: "write", rows });
  const plan = (gradient: GradientPlan | null, layout: Rows, targetLayout: Rows): GradientPlan | null =>
    gradient && {
      ...gradient,
      out: write(gradient.out, layout),
      targetOut: write(gradient.targetOut, targetLayout),
      upstream: read(gradient.upstream),
    };
  const request = (gradient: GradientRequest | null, rows: Rows, upstreamRows: Rows | null): GradientRequest | null =>
    gradient && {
      ...gradient,
      upstream: read(gradient.upstream, upstreamRows),
      grad: write(gradient.grad, rows),
      targetGrad: write(gradient.targetGrad, rows),
    };
  switch (job.kind) {
    case "crossEntropy": {
      const { layout, probabilityLayout } = job;
      return {
        ...job,
        logits: read(job.logits, layout),
        targets: read(job.targets),
        probabilities: read(job.probabilities, probabilityLayout),
        weight: read(job.weight),
        out: write(job.out),
        gradient: plan(job.gradient, layout, probabilityLayout),
      };
    }
    case "scoreTokens": {
      const { layout, topK, out } = job;
      const lists = { rows: layout.rows, classes: topK, inner: 1, stride: topK };
      return {
        ...job,
        logits: read(job.logits, layout),
        targets: read(job.targets),
        out: {
          losses: write(out.losses),
          ranks: write(out.ranks),
          entropies: write(out.entropies),
          logSumExps: write(out.logSumExps),
          topIds: write(out.topIds, lists),
          topLogProbs: write(out.topLogProbs, lists),
        },
      };
    }
    case "compareLogits": {
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
    }
    case "logSumExpPartial": {
      const { out } = job;
      return {
        ...job,
        logits: read(job.logits, job.layout),
        targets: read(job.targets),
        out: { max: write(out.max), rest: write(out.rest), targetLogit: write(out.targetLogit) },
      };
    }
    case "nll": {
      const { layout } = job;
      return {
        ...job,
        logits: read(job.logits, layout),
        targets: read(job.targets),
        weight: read(job.weight),
        out: write(job.out),
        gradient: plan(job.gradient, layout, layout),
      };
    }
    case "logSumExp":
      return { ...job, logits: read(job.logits, job.layout), out: write(job.out) };
    case "softmax":
    case "logSoftmax":
      return { ...job, logits: read(job.logits, job.layout), out: write(job.out, job.layout) };
    case "jsDivLoss": {
      const { layout } = job;
      return {
        ...job,
        input: read(job.input, layout),
        targets: read(job.targets, layout),
        gradient: request(job.gradient, layout, null),
        out: write(job.out),
      };
    }
    case "entropy":
    case "crossEntropyBetween":
    case "klDivergence":
    case "jsDivergence":
      return { ...job, p: read(job.p, job.layout), q: read(job.q, job.layout), out: write(job.out) };
    default: {
      const rows = elementRows(job.length);
      return {
        ...job,
        input: read(job.input, rows),
        targets: read(job.targets, rows),
        weight: job.weight && { ...job.weight, data: read(job.weight.data) },
        posWeight: job.posWeight && { ...job.posWeight, data: read(job.posWeight.data) },
        gradient: request(job.gradient, rows, rows),
        out: write(job.out, rows),
      };
    }
  }
}

/** Elements as rows of one class each. */
function elementRows(length: number): Rows {
  return { rows: length, classes: 1, inner: 1, stride: 1 };
}

/** Rows as a job is cut by: those of its layout, or its elements, of which a chunk is a tile. */
export function jobRows(job: Job): { readonly layout: Rows; readonly tile: number | null } {
  return "layout" in job ? { layout: job.layout, tile: null } : { layout: elementRows(job.length), tile: ELEMENT_CHUNK };
}
