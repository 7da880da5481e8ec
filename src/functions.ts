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
  SigmoidFocalLossOptions,
  SoftmaxOptions,
  TargetGradientOptions,
  VectorOptions,
} from "./arguments/function-options.js";
import type {
  ElementReduction,
  FloatData,
  FloatTensor,
  FloatTensorObject,
  GradientArray,
  IndexTargets,
  LogSumExpPartial,
  LossValue,
  Reduction,
  Targets,
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
import { nllLossTask, nllLossValueAndGradTask } from "./losses/nll-loss.js";
import { logSumExpPartialTask } from "./losses/partials.js";
import { polyLossTask, polyLossValueAndGradTask } from "./losses/poly-loss.js";
import { sigmoidFocalLossTask, sigmoidFocalLossValueAndGradTask } from "./losses/sigmoid-focal-loss.js";
import { logSoftmaxTask, logSumExpTask, softmaxTask } from "./losses/softmax.js";
import { type CompareLogitsOptions, compareLogitsTask, type LogitsComparison } from "./scoring/compare-logits.js";
import { type ScoreTokensOptions, scoreTokensTask, type TokenScores } from "./scoring/score-tokens.js";

/** Whether functions return their results or promises of them. */
export type Mode = "sync" | "async";

/** Options that every call of an engine of workers adds to those of the plain function. */
export interface CallOptions {
  /** Aborts the call: its promise is rejected with the signal's reason, once no worker uses the call's arrays any more. */
  readonly signal?: AbortSignal;
}

/** What a call returns. */
export type ResultOf<M extends Mode, Result> = M extends "async" ? Promise<Result> : Result;

/** The options of a call. */
export type OptionsOf<M extends Mode, Options> = M extends "async" ? Options & CallOptions : Options;

/** The functions of the package. The build copies the documentation of each plain function to its method. */
export interface FunctionsOf<M extends Mode> {
  crossEntropy<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, CrossEntropyOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  crossEntropyValueAndGrad<R extends Reduction = "mean", T extends boolean = false, G extends GradientArray = Float32Array>(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, CrossEntropyOptions<R> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G>>;
  nllLoss<R extends Reduction = "mean">(
    logProbs: FloatTensor,
    targets: IndexTargets,
    options?: OptionsOf<M, NllLossOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  nllLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logProbs: FloatTensor,
    targets: IndexTargets,
    options?: OptionsOf<M, NllLossOptions<R> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G>>;
  polyLoss<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, PolyLossOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  polyLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logits: FloatTensor,
    targets: Targets,
    options?: OptionsOf<M, PolyLossOptions<R> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G>>;
  binaryCrossEntropy<R extends Reduction = "mean">(
    probs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  binaryCrossEntropyValueAndGrad<R extends Reduction = "mean", T extends boolean = false, G extends GradientArray = Float32Array>(
    probs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyOptions<R> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G>>;
  binaryCrossEntropyWithLogits<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyWithLogitsOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  binaryCrossEntropyWithLogitsValueAndGrad<
    R extends Reduction = "mean",
    T extends boolean = false,
    G extends GradientArray = Float32Array,
  >(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, BinaryCrossEntropyWithLogitsOptions<R> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G>>;
  klDivLoss<R extends ElementReduction = "mean">(
    logProbs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, KlDivLossOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  klDivLossValueAndGrad<R extends ElementReduction = "mean", T extends boolean = false, G extends GradientArray = Float32Array>(
    logProbs: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, KlDivLossOptions<R> & TargetGradientOptions<T, G>>,
  ): ResultOf<M, ValueAndGrad<R, T, G>>;
  sigmoidFocalLoss<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, SigmoidFocalLossOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  sigmoidFocalLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: OptionsOf<M, SigmoidFocalLossOptions<R> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G>>;
  jsDivLoss<R extends Reduction = "mean">(
    logProbs: FloatTensor,
    logTargets: FloatTensor,
    options?: OptionsOf<M, JsDivLossOptions<R>>,
  ): ResultOf<M, LossValue<R>>;
  jsDivLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logProbs: FloatTensor,
    logTargets: FloatTensor,
    options?: OptionsOf<M, JsDivLossOptions<R> & GradientOptions<G>>,
  ): ResultOf<M, ValueAndGrad<R, false, G>>;
  logSumExpPartial(
    logits: FloatTensor,
    targets?: IndexTargets,
    options?: OptionsOf<M, LogSumExpPartialOptions>,
  ): ResultOf<M, LogSumExpPartial>;
  scoreTokens(logits: FloatTensor, targets: IndexTargets, options?: OptionsOf<M, ScoreTokensOptions>): ResultOf<M, TokenScores>;
  compareLogits(
    base: FloatTensor,
    other: FloatTensor,
    targets: IndexTargets,
    options?: OptionsOf<M, CompareLogitsOptions>,
  ): ResultOf<M, LogitsComparison>;
  softmax(logits: FloatTensor, options?: OptionsOf<M, SoftmaxOptions>): ResultOf<M, Float32Array>;
  logSoftmax(logits: FloatTensor, options?: OptionsOf<M, SoftmaxOptions>): ResultOf<M, Float32Array>;
  logSumExp(logits: FloatData, options?: OptionsOf<M, VectorOptions<SoftmaxOptions>>): ResultOf<M, number>;
  logSumExp(logits: FloatTensorObject, options?: OptionsOf<M, SoftmaxOptions>): ResultOf<M, Float32Array>;
  logSumExp(logits: FloatTensor, options: OptionsOf<M, BatchOptions<SoftmaxOptions>>): ResultOf<M, Float32Array>;
  logSumExp(logits: FloatTensor, options?: OptionsOf<M, SoftmaxOptions>): ResultOf<M, number | Float32Array>;
  entropy(p: FloatData, options?: OptionsOf<M, VectorOptions<InformationOptions>>): ResultOf<M, number>;
  entropy(p: FloatTensorObject, options?: OptionsOf<M, InformationOptions>): ResultOf<M, Float32Array>;
  entropy(p: FloatTensor, options: OptionsOf<M, BatchOptions<InformationOptions>>): ResultOf<M, Float32Array>;
  entropy(p: FloatTensor, options?: OptionsOf<M, InformationOptions>): ResultOf<M, number | Float32Array>;
  crossEntropyBetween(p: FloatData, q: FloatData, options?: OptionsOf<M, VectorOptions<InformationOptions>>): ResultOf<M, number>;
  crossEntropyBetween(
    p: FloatTensorObject,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions>,
  ): ResultOf<M, Float32Array>;
  crossEntropyBetween(
    p: FloatTensor,
    q: FloatTensor,
    options: OptionsOf<M, BatchOptions<InformationOptions>>,
  ): ResultOf<M, Float32Array>;
  crossEntropyBetween(
    p: FloatTensor,
    q: FloatTensor,
    options?: OptionsOf<M, InformationOptions>,
  ): ResultOf<M, number | Float32Array>;
  klDivergence(p: FloatData, q: FloatData, options?: OptionsOf<M, VectorOptions<InformationOptions>>): ResultOf<M, number>;
  klDivergence(p: FloatTensorObject, q: FloatTensor, options?: OptionsOf<M, InformationOptions>): ResultOf<M, Float32Array>;
  klDivergence(
    p: FloatTensor,
    q: FloatTensor,
    options: OptionsOf<M, BatchOptions<InformationOptions>>,
  ): ResultOf<M, Float32Array>;
  klDivergence(p: FloatTensor, q: FloatTensor, options?: OptionsOf<M, InformationOptions>): ResultOf<M, number | Float32Array>;
  jsDivergence(p: FloatData, q: FloatData, options?: OptionsOf<M, VectorOptions<InformationOptions>>): ResultOf<M, number>;
  jsDivergence(p: FloatTensorObject, q: FloatTensor, options?: OptionsOf<M, InformationOptions>): ResultOf<M, Float32Array>;
  jsDivergence(
    p: FloatTensor,
    q: FloatTensor,
    options: OptionsOf<M, BatchOptions<InformationOptions>>,
  ): ResultOf<M, Float32Array>;
  jsDivergence(p: FloatTensor, q: FloatTensor, options?: OptionsOf<M, InformationOptions>): ResultOf<M, number | Float32Array>;
}

/** The functions of a synchronous engine, with the same types as the package's own. */
export type Functions = FunctionsOf<"sync">;

export type FunctionName = keyof Functions;

/** The number of a function's arguments before its options, which come last. */
type OptionsAt<Args extends readonly unknown[]> =
  Required<Args> extends readonly [unknown, ...infer Others] ? Others["length"] : never;

/** The index of a function's options among its arguments, and the maker of its task. */
type TaskOf<Args extends readonly unknown[], Result> = readonly [
  optionsAt: OptionsAt<Args>,
  make: (...args: Args) => Task<Result>,
];

export const TASKS: { readonly [Name in FunctionName]: TaskOf<Parameters<Functions[Name]>, ReturnType<Functions[Name]>> } = {
  crossEntropy: [2, crossEntropyTask],
  crossEntropyValueAndGrad: [2, crossEntropyValueAndGradTask],
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
  compareLogits: [3, compareLogitsTask],
  softmax: [1, softmaxTask],
  logSoftmax: [1, logSoftmaxTask],
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
