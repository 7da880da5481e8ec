/** The job of linear cross-entropy. */
import { halfArray, isHalf } from "../../../half.js";
import type { Int8Weight, LinearWeight, Uint4Weight } from "../../../linear-weight.js";
import { isSharedBuffer } from "../../../values.js";
import type { FloatArray, GradientScale, RowsJob } from "../../job.js";
import type { VisitArray } from "../../kind.js";
import type { RowLossJob } from "../cross-entropy/job.js";

/** A weight of floats, or of integers with scales. */
export type JobWeight = FloatWeight | Int8Weight | Uint4Weight;

interface FloatWeight {
  readonly classes: number;
  readonly width: number;
  readonly data: FloatArray;
}

/** Rows of logits that are computed: hidden x linearWeight^T + bias. All of the job's rows are kept. */
export interface LinearRowsJob extends RowsJob {
  readonly hidden: FloatArray;
  readonly linearWeight: JobWeight;
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

/** The weight as the engine takes it. */
export function jobWeight(weight: LinearWeight): JobWeight {
  const { classes, width } = weight;
  switch (weight.format) {
    case "f32":
      return { classes, width, data: weight.data };
    case "f16":
      return { classes, width, data: halfArray(weight.data, "float16") };
    case "bf16":
      return { classes, width, data: halfArray(weight.data, "bfloat16") };
    default:
      return weight;
  }
}

export function isIntegers(weight: JobWeight): weight is Int8Weight | Uint4Weight {
  return "scales" in weight;
}

/** The arrays of a layer, each replaced by the result of `read`, but for those of integers (workerTime). */
export function layerArrays(
  { hidden, linearWeight, bias, rowIndex }: LinearRowsJob,
  read: VisitArray,
): Pick<LinearRowsJob, "hidden" | "linearWeight" | "bias" | "rowIndex"> {
  return {
    hidden: read(hidden),
    linearWeight: isIntegers(linearWeight) ? linearWeight : { ...linearWeight, data: read(linearWeight.data) },
    bias: read(bias),
    rowIndex: read(rowIndex),
  };
}

/**
 * Estimated time of `products` products of the hidden states and the weight, in nanoseconds (docs/performance.md; Zen 4). 0 where
 * the caller has to run them: a weight outside shared memory would have to be copied as a whole.
 */
export function workerTime({ layout, linearWeight }: LinearRowsJob, products: number): number {
  if (isIntegers(linearWeight)) return 0;
  const { data, width } = linearWeight;
  const { buffer } = isHalf(data) ? data.words : data;
  return isSharedBuffer(buffer) ? layout.rows * layout.classes * width * products * 0.045 : 0;
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
