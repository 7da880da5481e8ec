/**
 * The list of all functions that run on an engine: each one's type for synchronous and for asynchronous engines (FunctionsOf),
 * and the maker of its task (TASKS). All engines build their methods from TASKS.
 */
import type {
  BatchOptions,
  BinaryCrossEntropyOptions,
  BinaryCrossEntropyWithLogitsOptions,
  CrossEntropyOptions,
  GradientOptions,
  InformationOptions,
  JsDivLossOptions,
  KlDivLossOptions,
  LogSumExpPartialOptions,
  NllLossOptions,
  PolyLossOptions,
  SelectiveLogSoftmaxOptions,
  SigmoidFocalLossOptions,
  SoftmaxOptions,
  TargetGradientOptions,
  VectorOptions,
} from "./arguments/function-options.js";
import type {
  LinearArgument,
  LinearCrossEntropyOptions,
  LinearGradientOptions,
  LinearGradOut,
  LinearValueAndGrad,
} from "./arguments/linear-options.js";
import type { LinearWeightTensor } from "./arguments/linear-weight.js";
import type {
  AnyValueAndGrad,
  ByDefault,
  ElementReduction,
  FloatTensor,
  GradientArray,
  GradOut,
  IndexTargets,
  LogSumExpPartial,
  LossValue,
  NumberData,
  Out,
  OutputOf,
  Reduction,
  Targets,
  TensorLike,
  ValueAndGrad,
} from "./arguments/types.js";
import type { Runner, Task } from "./engine/task.js";
import {
  binaryCrossEntropyTask,
  binaryCrossEntropyValueAndGradTask,
  binaryCrossEntropyWithLogitsTask,
  binaryCrossEntropyWithLogitsValueAndGradTask,
} from "./losses/binary-cross-entropy.js";
import { crossEntropyTask, crossEntropyValueAndGradTask } from "./losses/cross-entropy.js";
import { crossEntropyBetweenTask, entropyTask, jsDivergenceTask, klDivergenceTask } from "./losses/information.js";
import { jsDivLossTask, jsDivLossValueAndGradTask } from "./losses/js-div-loss.js";
import { klDivLossTask, klDivLossValueAndGradTask } from "./losses/kl-div-loss.js";
import {
  type AnyLinearValueAndGrad,
  linearCrossEntropyTask,
  linearCrossEntropyValueAndGradTask,
} from "./losses/linear-cross-entropy.js";
import { nllLossTask, nllLossValueAndGradTask } from "./losses/nll-loss.js";
import { logSumExpPartialTask } from "./losses/partials.js";
import { polyLossTask, polyLossValueAndGradTask } from "./losses/poly-loss.js";
import { selectiveLogSoftmaxTask } from "./losses/selective-log-softmax.js";
import { sigmoidFocalLossTask, sigmoidFocalLossValueAndGradTask } from "./losses/sigmoid-focal-loss.js";
import { logSoftmaxTask, logSumExpTask, softmaxTask } from "./losses/softmax.js";
import { type CompareLogitsOptions, compareLogitsTask, type LogitsComparison } from "./scoring/compare-logits.js";
import type { ScoreHiddenOptions } from "./scoring/hidden-rows.js";
import { scoreHiddenTask } from "./scoring/score-hidden.js";
import { type ScoreTokensOptions, scoreTokensTask, type TokenScores } from "./scoring/score-tokens.js";

/** Whether functions return their results or promises of them. */
export type Mode = "sync" | "async";

/** Options that every call of an engine of workers adds to those of the plain function. */
export interface CallOptions {
  /** Aborts the call: its promise is rejected with the signal's reason, once no worker uses the call's arrays any more. */
  readonly signal?: AbortSignal | undefined;
}

/** What a call returns. */
export type ResultOf<M extends Mode, Result> = M extends "async" ? Promise<Result> : Result;

/** The options of a call. */
export type OptionsOf<M extends Mode, Options> = M extends "async" ? Options & CallOptions : Options;

/** The functions of the package. The build copies the documentation of each plain function to its method. */
export interface FunctionsOf<M extends Mode> {
  crossEntropy<R extends Reduction | ByDefault, O extends Out = undefined>(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, CrossEntropyOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  crossEntropyValueAndGrad<
    R extends Reduction | ByDefault,
    T extends boolean = false,
    G extends GradOut = undefined,
    O extends Out = undefined,
  >(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, CrossEntropyOptions<R, O> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G, O>>;
  linearCrossEntropy<R extends Reduction | ByDefault, O extends Out = undefined>(
    hidden: FloatTensor,
    linearWeight: LinearWeightTensor,
    targets: Targets,
    options?: OptionsOf<M, LinearCrossEntropyOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  linearCrossEntropyValueAndGrad<
    R extends Reduction | ByDefault,
    W extends LinearArgument = never,
    G extends LinearGradOut | undefined = undefined,
    O extends Out = undefined,
  >(
    hidden: FloatTensor,
    linearWeight: LinearWeightTensor,
    targets: Targets,
    options?: OptionsOf<M, LinearCrossEntropyOptions<R, O> & LinearGradientOptions<W, G>>,
  ): ResultOf<M, LinearValueAndGrad<R, W, G, O>>;
  nllLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
    logProbs: FloatTensor,
    targets: IndexTargets,
    options?: OptionsOf<M, NllLossOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  nllLossValueAndGrad<R extends Reduction | ByDefault, G extends GradOut = undefined, O extends Out = undefined>(
    logProbs: FloatTensor,
    targets: IndexTargets,
    options?: OptionsOf<M, NllLossOptions<R, O> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G, O>>;
  polyLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, PolyLossOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  polyLossValueAndGrad<R extends Reduction | ByDefault, G extends GradOut = undefined, O extends Out = undefined>(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, PolyLossOptions<R, O> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G, O>>;
  binaryCrossEntropy<R extends Reduction | ByDefault, O extends Out = undefined>(
    probs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  binaryCrossEntropyValueAndGrad<
    R extends Reduction | ByDefault,
    T extends boolean = false,
    G extends GradOut = undefined,
    O extends Out = undefined,
  >(
    probs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyOptions<R, O> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G, O>>;
  binaryCrossEntropyWithLogits<R extends Reduction | ByDefault, O extends Out = undefined>(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyWithLogitsOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  binaryCrossEntropyWithLogitsValueAndGrad<
    R extends Reduction | ByDefault,
    T extends boolean = false,
    G extends GradOut = undefined,
    O extends Out = undefined,
  >(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyWithLogitsOptions<R, O> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G, O>>;
  klDivLoss<R extends ElementReduction | ByDefault, O extends Out = undefined>(
    logProbs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, KlDivLossOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  klDivLossValueAndGrad<
    R extends ElementReduction | ByDefault,
    T extends boolean = false,
    G extends GradOut = undefined,
    O extends Out = undefined,
  >(
    logProbs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, KlDivLossOptions<R, O> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G, O>>;
  sigmoidFocalLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, SigmoidFocalLossOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  sigmoidFocalLossValueAndGrad<R extends Reduction | ByDefault, G extends GradOut = undefined, O extends Out = undefined>(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, SigmoidFocalLossOptions<R, O> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G, O>>;
  jsDivLoss<R extends Reduction | ByDefault, O extends Out = undefined>(
    logProbs: FloatTensor,
    logTargets: FloatTensor,
    options?: OptionsOf<M, JsDivLossOptions<R, O>>,
  ): ResultOf<M, LossValue<R, O>>;
  jsDivLossValueAndGrad<R extends Reduction | ByDefault, G extends GradOut = undefined, O extends Out = undefined>(
    logProbs: FloatTensor,
    logTargets: FloatTensor,
    options?: OptionsOf<M, JsDivLossOptions<R, O> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G, O>>;
  logSumExpPartial(
    logits: FloatTensor,
    targets?: IndexTargets,
    options?: OptionsOf<M, LogSumExpPartialOptions>,
  ): ResultOf<M, LogSumExpPartial>;
  scoreTokens(logits: FloatTensor, targets: IndexTargets, options?: OptionsOf<M, ScoreTokensOptions>): ResultOf<M, TokenScores>;
  scoreHidden(
    hidden: FloatTensor,
    linearWeight: LinearWeightTensor,
    targets: IndexTargets,
    options?: OptionsOf<M, ScoreHiddenOptions>,
  ): ResultOf<M, TokenScores>;
  compareLogits(
    base: FloatTensor,
    other: FloatTensor,
    targets: IndexTargets,
    options?: OptionsOf<M, CompareLogitsOptions>,
  ): ResultOf<M, LogitsComparison>;
  softmax<O extends Out = undefined>(logits: FloatTensor, options?: OptionsOf<M, SoftmaxOptions<O>>): ResultOf<M, OutputOf<O>>;
  logSoftmax<O extends Out = undefined>(logits: FloatTensor, options?: OptionsOf<M, SoftmaxOptions<O>>): ResultOf<M, OutputOf<O>>;
  selectiveLogSoftmax<O extends Out = undefined>(
    logits: FloatTensor,
    classes: IndexTargets,
    options?: OptionsOf<M, SelectiveLogSoftmaxOptions<O>>,
  ): ResultOf<M, OutputOf<O>>;
  logSumExp(logits: NumberData, options?: OptionsOf<M, VectorOptions<SoftmaxOptions>>): ResultOf<M, number>;
  logSumExp<O extends Out = undefined>(logits: TensorLike, options?: OptionsOf<M, SoftmaxOptions<O>>): ResultOf<M, OutputOf<O>>;
  logSumExp<O extends Out = undefined>(
    logits: FloatTensor,
    options: OptionsOf<M, BatchOptions<SoftmaxOptions<O>>>,
  ): ResultOf<M, OutputOf<O>>;
  logSumExp<O extends Out = undefined>(
    logits: FloatTensor,
    options?: OptionsOf<M, SoftmaxOptions<O>>,
  ): ResultOf<M, number | OutputOf<O>>;
  entropy(p: NumberData, options?: OptionsOf<M, VectorOptions<InformationOptions>>): ResultOf<M, number>;
  entropy<O extends Out = undefined>(p: TensorLike, options?: OptionsOf<M, InformationOptions<O>>): ResultOf<M, OutputOf<O>>;
  entropy<O extends Out = undefined>(
    p: FloatTensor,
    options: OptionsOf<M, BatchOptions<InformationOptions<O>>>,
  ): ResultOf<M, OutputOf<O>>;
  entropy<O extends Out = undefined>(
    p: FloatTensor,
    options?: OptionsOf<M, InformationOptions<O>>,
  ): ResultOf<M, number | OutputOf<O>>;
  crossEntropyBetween(
    p: NumberData,
    q: NumberData,
    options?: OptionsOf<M, VectorOptions<InformationOptions>>,
  ): ResultOf<M, number>;
  crossEntropyBetween<O extends Out = undefined>(
    p: TensorLike,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions<O>>,
  ): ResultOf<M, OutputOf<O>>;
  crossEntropyBetween<O extends Out = undefined>(
    p: FloatTensor,
    q: FloatTensor,
    options: OptionsOf<M, BatchOptions<InformationOptions<O>>>,
  ): ResultOf<M, OutputOf<O>>;
  crossEntropyBetween<O extends Out = undefined>(
    p: FloatTensor,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions<O>>,
  ): ResultOf<M, number | OutputOf<O>>;
  klDivergence(p: NumberData, q: NumberData, options?: OptionsOf<M, VectorOptions<InformationOptions>>): ResultOf<M, number>;
  klDivergence<O extends Out = undefined>(
    p: TensorLike,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions<O>>,
  ): ResultOf<M, OutputOf<O>>;
  klDivergence<O extends Out = undefined>(
    p: FloatTensor,
    q: FloatTensor,
    options: OptionsOf<M, BatchOptions<InformationOptions<O>>>,
  ): ResultOf<M, OutputOf<O>>;
  klDivergence<O extends Out = undefined>(
    p: FloatTensor,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions<O>>,
  ): ResultOf<M, number | OutputOf<O>>;
  jsDivergence(p: NumberData, q: NumberData, options?: OptionsOf<M, VectorOptions<InformationOptions>>): ResultOf<M, number>;
  jsDivergence<O extends Out = undefined>(
    p: TensorLike,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions<O>>,
  ): ResultOf<M, OutputOf<O>>;
  jsDivergence<O extends Out = undefined>(
    p: FloatTensor,
    q: FloatTensor,
    options: OptionsOf<M, BatchOptions<InformationOptions<O>>>,
  ): ResultOf<M, OutputOf<O>>;
  jsDivergence<O extends Out = undefined>(
    p: FloatTensor,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions<O>>,
  ): ResultOf<M, number | OutputOf<O>>;
}

/** The functions of a synchronous engine, with the same types as the package's own. */
export type Functions = FunctionsOf<"sync">;

export type FunctionName = keyof Functions;

/** The number of a function's arguments before its options, which come last. */
type OptionsAt<Args extends readonly unknown[]> =
  Required<Args> extends readonly [unknown, ...infer Others] ? Others["length"] : never;

/** The result of a function for any reduction: its plain type is the result without that option. */
type AnyReduction<Result> = number extends Result
  ? number | Float32Array
  : Result extends { readonly value: number; readonly grad: infer Grad }
    ? Grad extends GradientArray
      ? AnyValueAndGrad
      : AnyLinearValueAndGrad
    : Result;

/** The index of a function's options among its arguments, and the maker of its task. */
type TaskOf<Args extends readonly unknown[], Result> = readonly [
  optionsAt: OptionsAt<Args>,
  make: (...args: Args) => Task<AnyReduction<Result>>,
];

export const TASKS: { readonly [Name in FunctionName]: TaskOf<Parameters<Functions[Name]>, ReturnType<Functions[Name]>> } = {
  crossEntropy: [2, crossEntropyTask],
  crossEntropyValueAndGrad: [2, crossEntropyValueAndGradTask],
  linearCrossEntropy: [3, linearCrossEntropyTask],
  linearCrossEntropyValueAndGrad: [3, linearCrossEntropyValueAndGradTask],
  nllLoss: [2, nllLossTask],
  nllLossValueAndGrad: [2, nllLossValueAndGradTask],
  polyLoss: [2, polyLossTask],
  polyLossValueAndGrad: [2, polyLossValueAndGradTask],
  binaryCrossEntropy: [2, binaryCrossEntropyTask],
  binaryCrossEntropyValueAndGrad: [2, binaryCrossEntropyValueAndGradTask],
  binaryCrossEntropyWithLogits: [2, binaryCrossEntropyWithLogitsTask],
  binaryCrossEntropyWithLogitsValueAndGrad: [2, binaryCrossEntropyWithLogitsValueAndGradTask],
  klDivLoss: [2, klDivLossTask],
  klDivLossValueAndGrad: [2, klDivLossValueAndGradTask],
  sigmoidFocalLoss: [2, sigmoidFocalLossTask],
  sigmoidFocalLossValueAndGrad: [2, sigmoidFocalLossValueAndGradTask],
  jsDivLoss: [2, jsDivLossTask],
  jsDivLossValueAndGrad: [2, jsDivLossValueAndGradTask],
  logSumExpPartial: [2, logSumExpPartialTask],
  scoreTokens: [2, scoreTokensTask],
  scoreHidden: [3, scoreHiddenTask],
  compareLogits: [3, compareLogitsTask],
  softmax: [1, softmaxTask],
  logSoftmax: [1, logSoftmaxTask],
  selectiveLogSoftmax: [2, selectiveLogSoftmaxTask],
  logSumExp: [1, logSumExpTask],
  entropy: [1, entropyTask],
  crossEntropyBetween: [2, crossEntropyBetweenTask],
  klDivergence: [2, klDivergenceTask],
  jsDivergence: [2, jsDivergenceTask],
};

/** A method of an engine, with as many parameters as any function has. Rest parameters would slow down small calls. */
export type Method = (a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown;

export type MakeTask = (a?: unknown, b?: unknown, c?: unknown, d?: unknown) => Task<unknown>;

/** The methods of all functions, each made by `methodOf` from the function's task maker. */
export function methodsOf(
  methodOf: (make: MakeTask, optionsAt: number, name: FunctionName) => Method,
): Record<FunctionName, Method> {
  const entries = Object.entries(TASKS) as unknown as [FunctionName, readonly [optionsAt: number, make: MakeTask]][];
  const methods = entries.map(([name, [optionsAt, make]]) => [name, methodOf(make, optionsAt, name)] as const);
  return Object.fromEntries(methods) as Record<FunctionName, Method>;
}

/** The functions. Each call runs on the runner that `runner()` returns. */
export function functionsOn(runner: () => Runner): Functions {
  const methods = methodsOf((make) => (a, b, c, d) => runner().run(make(a, b, c, d)));
  // TASKS checks each task maker against the method's type in the interface
  return methods as unknown as Functions;
}
