/** What a case gives here where PyTorch gives something else. */
export interface Departure {
  readonly suite: string;
  readonly case: string;
  /** Our value, or the class of the error that we throw. */
  readonly gives: number | readonly number[] | "RangeError" | "TypeError";
  readonly reason: string;
}

/** A gradient that departs: what stands here for PyTorch's NaNs. Its other elements are compared as they are. */
export interface GradientDeparture {
  readonly suite: string;
  readonly case: string;
  /** Which of the case's inputs the gradient is with respect to. */
  readonly input: number;
  readonly nanBecomes: number;
  readonly reason: string;
}

const edgeCases = "torch_edge_cases";

const smoothingOneAtMinusInfinity =
  "PyTorch gives NaN: it multiplies the one-hot share 1 - labelSmoothing = 0 by the infinite loss of the target. " +
  "A share of 0 costs 0 here; the uniform share 1/3 of the -inf logit remains, so the loss is Infinity, " +
  "which is also what PyTorch gives for the same target written as probabilities.";

const zeroTargetAtMinusInfinity =
  "PyTorch gives NaN: it multiplies the target 0 by the log-probability -inf. A probability of 0 costs 0 here (0 log 0 = 0), " +
  "so that masked classes cost nothing and klDivLoss is what klDivergence is.";

const kDimensionalWeight =
  "PyTorch also takes a weight of more axes, [C, d1, .., D], for a K-dimensional loss: each row of hidden is then scored against " +
  "d1 .. targets at once, each with classes of its own. Here a weight has one row per class.";

/** The cases with such a weight, the same in each precision. */
const kDimensional =
  "002 005 006 009 012 013 016 019 020 023 026 027 030 033 034 037 040 041 044 047 048 051 054 055 058 061 062 065 068 069 072 075 " +
  "076 079 082 083 086 089 090 093 096 097 100 103 104 107 110 111 114 117 118";

/** Every value that departs from PyTorch on purpose. */
export const departures: readonly Departure[] = [
  {
    suite: edgeCases,
    case: "ninf_at_target/mean/ls1.0",
    gives: Number.POSITIVE_INFINITY,
    reason: smoothingOneAtMinusInfinity,
  },
  {
    suite: edgeCases,
    case: "ninf_at_target/sum/ls1.0",
    gives: Number.POSITIVE_INFINITY,
    reason: smoothingOneAtMinusInfinity,
  },
  {
    suite: edgeCases,
    case: "ninf_at_target/none/ls1.0",
    gives: [Number.POSITIVE_INFINITY],
    reason: smoothingOneAtMinusInfinity,
  },
  { suite: edgeCases, case: "kl_target0_input_ninf/mean", gives: 0.5, reason: zeroTargetAtMinusInfinity },
  { suite: edgeCases, case: "kl_target0_input_ninf/sum", gives: 1, reason: zeroTargetAtMinusInfinity },
  { suite: edgeCases, case: "kl_target0_input_ninf/none", gives: [0, 1], reason: zeroTargetAtMinusInfinity },
  {
    suite: edgeCases,
    case: "error/ls_negative_is_ignored",
    gives: "RangeError",
    reason: "PyTorch ignores a negative label_smoothing in silence. Outside [0, 1] it is an error here.",
  },
  {
    suite: edgeCases,
    case: "error/int32_target",
    gives: 0.4076059644443804,
    reason: "PyTorch takes int64 and uint8 class indices only. Integers of any width are indices here.",
  },
  {
    suite: edgeCases,
    case: "error/weight_dtype",
    gives: 0.4076059644443804,
    reason: "PyTorch wants weights in the logits' precision. Any of the float arrays will do here: a Float64Array is converted.",
  },
  {
    suite: edgeCases,
    case: "error/f16_input_f32_weight",
    gives: 0.4076059644443804,
    reason: "PyTorch wants weights in the logits' precision. Any of the float arrays will do here, beside 16-bit logits too.",
  },
  {
    suite: edgeCases,
    case: "error/lce_3d",
    gives: 0.4076059644443804,
    reason: "PyTorch takes one axis of rows at most. Here hidden may have as many as logits may.",
  },
  ...["float32", "float16", "bfloat16"].flatMap((dtype) =>
    kDimensional.split(" ").map((number) => ({
      suite: "torch_linear_cross_entropy",
      case: `nn.functional.linear_cross_entropy/${dtype}/${number}`,
      gives: "RangeError" as const,
      reason: kDimensionalWeight,
    })),
  ),
];

const ignoredRowIsNotRead =
  "PyTorch reads an ignored row, so that a NaN or +inf in it makes the row's gradient NaN. Here it is not read and its " +
  "gradient is exactly 0.";

const targetOfZero =
  "PyTorch gives NaN for the derivative with respect to a target probability of 0, which is 0 / 0 in its chain rule. " +
  "Here it is the limit from the right, log 0 + 1 - x = -inf times the upstream gradient.";

/** Every gradient that departs from PyTorch on purpose. */
export const gradientDepartures: readonly GradientDeparture[] = [
  ...["nan_in_ignored_row/{}/ls0.0", "nan_in_ignored_row/{}/ls1.0", "inf_in_ignored_row/{}/ls0.1"].flatMap((name) =>
    ["mean", "sum", "none"].map((reduction) => ({
      suite: edgeCases,
      case: name.replace("{}", reduction),
      input: 0,
      nanBecomes: 0,
      reason: ignoredRowIsNotRead,
    })),
  ),
  { suite: edgeCases, case: "kl_target0/mean", input: 1, nanBecomes: Number.NEGATIVE_INFINITY, reason: targetOfZero },
  { suite: edgeCases, case: "kl_target0/sum", input: 1, nanBecomes: Number.NEGATIVE_INFINITY, reason: targetOfZero },
  // The upstream gradient is negative there.
  { suite: edgeCases, case: "kl_target0/none", input: 1, nanBecomes: Number.POSITIVE_INFINITY, reason: targetOfZero },
];
