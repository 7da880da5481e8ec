/** The options of linear cross-entropy, and what its gradients are. */
import { wrongType, wrongValue } from "../errors.js";
import {
  BESIDE,
  type CrossEntropyOptions,
  emptyMean,
  ignoreIndex,
  type LossOptions,
  labelSmoothing,
  type Readers,
  reduction,
  softcap,
  temperature,
  zLoss,
} from "./function-options.js";
import { booleanOption, type NumberRange, numberOption } from "./options.js";
import { shiftOption as shift } from "./selection.js";
import type { FloatTensor, LossValue, NewFloat32Array, Out, Reduction } from "./types.js";

/** What linear cross-entropy can be differentiated by. */
export type LinearArgument = "hidden" | "linearWeight" | "bias";

const LINEAR_ARGUMENTS: readonly LinearArgument[] = ["hidden", "linearWeight", "bias"];

/** What `linearCrossEntropy` and `scoreHidden` add to the options of their counterparts. */
export interface BiasOption {
  /** One number per class, added to its logits. Default: none. */
  readonly bias?: FloatTensor | undefined;
}

/** Options of `linearCrossEntropy`: those of `crossEntropy`, of which `shape` is that of `hidden`. */
export interface LinearCrossEntropyOptions<R extends string = Reduction, O extends Out = Out>
  extends Omit<CrossEntropyOptions<R, O>, "axis" | "rowStride" | "shape">,
    Pick<LossOptions, "shape">,
    BiasOption {}

// each reader by its name: a table made from members of another table stays in every bundle
export const LINEAR_OPTIONS = {
  shape: BESIDE,
  bias: BESIDE,
  reduction,
  ignoreIndex,
  shift,
  mask: BESIDE,
  attentionMask: BESIDE,
  sampleWeight: BESIDE,
  weight: BESIDE,
  labelSmoothing,
  softcap,
  temperature,
  zLoss,
  emptyMean,
  out: BESIDE,
} satisfies Readers<LinearCrossEntropyOptions>;

/** The arrays that gradients are written to, each in its argument's layout. */
export type LinearGradOut = { readonly [Name in LinearArgument]?: Float32Array | undefined };

/** Options that `linearCrossEntropyValueAndGrad` adds to those of `linearCrossEntropy`. */
export interface LinearGradientOptions<
  W extends LinearArgument = LinearArgument,
  G extends LinearGradOut | undefined = LinearGradOut,
> {
  /**
   * The arguments whose gradients are wanted. Default: those that `gradOut` has arrays for; without `gradOut` all of them.
   * `["hidden"]` alone reads the weight once.
   */
  readonly wants?: readonly W[] | undefined;
  /** The arrays that gradients are written to; returned in `grad`. Each has the length of its argument. */
  readonly gradOut?: G | undefined;
  /** Whether gradients are added to what `gradOut` holds. Default false: they replace it. */
  readonly accumulate?: boolean | undefined;
  /**
   * The upstream gradient, d objective / d value, which scales every gradient: a number, or with `reduction: "none"` one number
   * per value. Default 1.
   */
  readonly upstream?: number | FloatTensor | undefined;
  /**
   * Bytes of logits that may be kept between the loss and its gradients. Where those of a block of rows fit, the product is not
   * computed a second time. Default 0.
   */
  readonly maxBytes?: number | undefined;
}

/** The arguments that a call is differentiated by: those of `wants`, or those of `gradOut`, or all. */
type Differentiated<W extends LinearArgument, G extends LinearGradOut | undefined> = [W] extends [never]
  ? G extends undefined
    ? LinearArgument
    : keyof G & LinearArgument
  : W;

/** The array of `gradOut` for an argument, or a new one. */
type GradientFor<G extends LinearGradOut | undefined, Name extends LinearArgument> = G extends {
  readonly [K in Name]?: infer Given;
}
  ? Given extends Float32Array
    ? Given
    : NewFloat32Array
  : NewFloat32Array;

/** One gradient for each argument that is wanted, in the argument's layout. */
export type LinearGradients<W extends LinearArgument, G extends LinearGradOut | undefined> = {
  readonly [Name in Differentiated<W, G>]: GradientFor<G, Name>;
};

/** What `linearCrossEntropyValueAndGrad` returns. */
export interface LinearValueAndGrad<
  R extends string,
  W extends LinearArgument = never,
  G extends LinearGradOut | undefined = undefined,
  O extends Out = undefined,
> {
  readonly value: LossValue<R, O>;
  readonly grad: LinearGradients<W, G>;
}

const byteCount: NumberRange = { expected: "an integer >= 0", allows: (value) => Number.isSafeInteger(value) && value >= 0 };

export const LINEAR_GRADIENT_OPTIONS = {
  wants: (value) => wantsOption(value) ?? [],
  gradOut: BESIDE,
  accumulate: (value) => booleanOption("accumulate", value),
  upstream: BESIDE,
  maxBytes: (value) => numberOption("maxBytes", value, byteCount, 0),
} satisfies Readers<LinearGradientOptions>;

/**
 * The names of the arguments, or undefined when the option is not given.
 *
 * @throws TypeError when it is not a list of strings, RangeError when it is empty or has another name.
 */
export function wantsOption(value: unknown): readonly LinearArgument[] | undefined {
  if (value === undefined) return undefined;
  const expected = `a list of ${LINEAR_ARGUMENTS.map((name) => `"${name}"`).join(", ")}`;
  if (!Array.isArray(value)) throw wrongType("options.wants", expected, value);
  if (value.length === 0) throw wrongValue("options.wants", `${expected}, one at least`, "an empty list");
  return value.map((name: unknown, index) => {
    const known = LINEAR_ARGUMENTS.find((candidate) => candidate === name);
    if (known !== undefined) return known;
    if (typeof name !== "string") throw wrongType(`options.wants[${index}]`, expected, name);
    throw wrongValue(`options.wants[${index}]`, expected, JSON.stringify(name));
  });
}
