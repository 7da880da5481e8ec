/** What a case gives here where PyTorch gives something else. */
export interface Departure {
  readonly suite: string;
  readonly case: string;
  /** Our value, or the class of the error that we throw. */
  readonly gives: number | readonly number[] | "RangeError" | "TypeError";
  readonly reason: string;
}

const smoothingOneAtMinusInfinity =
  "PyTorch gives NaN: it multiplies the one-hot share 1 - labelSmoothing = 0 by the infinite loss of the target. " +
  "A share of 0 costs 0 here; the uniform share 1/3 of the -inf logit remains, so the loss is Infinity, " +
  "which is also what PyTorch gives for the same target written as probabilities.";

/** Every case where the package departs from PyTorch on purpose (DESIGN.md, what a loss means at the edges). */
export const departures: readonly Departure[] = [
  {
    suite: "torch_edge_cases",
    case: "ninf_at_target/mean/ls1.0",
    gives: Number.POSITIVE_INFINITY,
    reason: smoothingOneAtMinusInfinity,
  },
  {
    suite: "torch_edge_cases",
    case: "ninf_at_target/sum/ls1.0",
    gives: Number.POSITIVE_INFINITY,
    reason: smoothingOneAtMinusInfinity,
  },
  {
    suite: "torch_edge_cases",
    case: "ninf_at_target/none/ls1.0",
    gives: [Number.POSITIVE_INFINITY],
    reason: smoothingOneAtMinusInfinity,
  },
  {
    suite: "torch_edge_cases",
    case: "error/ls_negative_is_ignored",
    gives: "RangeError",
    reason: "PyTorch ignores a negative label_smoothing in silence. Outside [0, 1] it is an error here.",
  },
  {
    suite: "torch_edge_cases",
    case: "error/int32_target",
    gives: 0.4076059644443804,
    reason: "PyTorch takes int64 and uint8 class indices only. Integers of any width are indices here.",
  },
  {
    suite: "torch_edge_cases",
    case: "error/weight_dtype",
    gives: 0.4076059644443804,
    reason: "PyTorch wants weights in the logits' precision. Any of the float arrays will do here: a Float64Array is converted.",
  },
];
