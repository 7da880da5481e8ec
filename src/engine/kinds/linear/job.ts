/** The job of linear cross-entropy. */
import type { LinearWeight } from "../../../linear-weight.js";
import type { FloatArray, GradientScale, RowsJob } from "../../job.js";
import type { VisitArray } from "../../kind.js";
import type { RowLossJob } from "../cross-entropy/job.js";

/** Rows of logits that are computed: hidden x linearWeight^T + bias. All of the job's rows are kept. */
export interface LinearRowsJob extends RowsJob {
  readonly hidden: FloatArray;
  readonly linearWeight: LinearWeight;
  readonly bias: Float32Array | null;
  /** The row of `hidden` that each of the job's rows is, in ascending order; null where they are all of them. */
  readonly rowIndex: Int32Array | null;
}

export interface LinearCrossEntropyJob extends LinearRowsJob, RowLossJob {
  readonly gradient: LinearGradientPlan | null;
}

/** The gradients, each null unless it is wanted. The rows of `hidden` that are not the job's are left as they are. */
export interface LinearGradientPlan extends GradientScale {
  readonly hidden: Float32Array | null;
  readonly linearWeight: Float32Array | null;
  readonly bias: Float32Array | null;
  /** Whether they are added to what is there. */
  readonly accumulate: boolean;
  /** Bytes of logits that may be kept until the gradients are computed. */
  readonly maxBytes: number;
}

/** The arrays of a layer, each replaced by the result of `read`. */
export function layerArrays(
  { hidden, bias, rowIndex }: LinearRowsJob,
  read: VisitArray,
): Pick<LinearRowsJob, "hidden" | "bias" | "rowIndex"> {
  return { hidden: read(hidden), bias: read(bias), rowIndex: read(rowIndex) };
}

/** `arrays` of the kind. All arrays are needed as a whole: the job's rows may be any of theirs. */
export function linearArrays(job: LinearCrossEntropyJob, read: VisitArray, write: VisitArray): LinearCrossEntropyJob {
  const { gradient } = job;
  return {
    ...job,
    ...layerArrays(job, read),
    targets: read(job.targets),
    probabilities: read(job.probabilities),
    weight: read(job.weight),
    sampleWeight: read(job.sampleWeight),
    out: write(job.out),
    gradient: gradient && {
      ...gradient,
      hidden: write(gradient.hidden),
      linearWeight: write(gradient.linearWeight),
      bias: write(gradient.bias),
      upstream: read(gradient.upstream),
    },
  };
}
