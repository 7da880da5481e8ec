/** The package's functions as an engine has them: asynchronous, with an AbortSignal among the options of each call. */
import type {
  BinaryCrossEntropyOptions,
  BinaryCrossEntropyWithLogitsOptions,
  CrossEntropyOptions,
  ElementReduction,
  FloatTensor,
  GradientArray,
  GradientOptions,
  IndexTargets,
  InformationOptions,
  JsDivLossOptions,
  KlDivLossOptions,
  LogSumExpPartial,
  LogSumExpPartialOptions,
  LossValue,
  NllLossOptions,
  PolyLossOptions,
  Reduction,
  SigmoidFocalLossOptions,
  SoftmaxOptions,
  TargetGradientOptions,
  Targets,
  ValueAndGrad,
} from "./arguments/types.js";
import type { Task } from "./engine/task.js";
import { wrongType } from "./errors.js";
import type { Functions } from "./functions.js";
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
import { type NatsPerTokens, perplexityBy } from "./scoring/perplexity.js";
import { type ScoreTokensOptions, scoreTokensTask, type TokenScores } from "./scoring/score-tokens.js";

/** What every call of an engine takes beside the options of the plain function. */
export interface CallOptions {
  /** Gives the call up: its promise is rejected with the signal's reason when no worker is at the arrays any more. */
  readonly signal?: AbortSignal;
}

/**
 * Every function of the package: same arguments, same result to the bit, as a promise. Each is documented where the plain
 * function
 * of that name is defined. Arguments must stay as they are until the promise is settled.
 */
export interface AsyncFunctions {
  crossEntropy<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: Targets,
    options?: CrossEntropyOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  crossEntropyValueAndGrad<R extends Reduction = "mean", T extends boolean = false, G extends GradientArray = Float32Array>(
    logits: FloatTensor,
    targets: Targets,
    options?: CrossEntropyOptions<R> & TargetGradientOptions<T, G> & CallOptions,
  ): Promise<ValueAndGrad<R, T, G>>;
  logSumExpPartial(
    logits: FloatTensor,
    targets?: IndexTargets,
    options?: LogSumExpPartialOptions & CallOptions,
  ): Promise<LogSumExpPartial>;
  nllLoss<R extends Reduction = "mean">(
    logProbs: FloatTensor,
    targets: IndexTargets,
    options?: NllLossOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  nllLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logProbs: FloatTensor,
    targets: IndexTargets,
    options?: NllLossOptions<R> & GradientOptions<G> & CallOptions,
  ): Promise<ValueAndGrad<R, false, G>>;
  polyLoss<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: Targets,
    options?: PolyLossOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  polyLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logits: FloatTensor,
    targets: Targets,
    options?: PolyLossOptions<R> & GradientOptions<G> & CallOptions,
  ): Promise<ValueAndGrad<R, false, G>>;
  binaryCrossEntropy<R extends Reduction = "mean">(
    probs: FloatTensor,
    targets: FloatTensor,
    options?: BinaryCrossEntropyOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  binaryCrossEntropyValueAndGrad<R extends Reduction = "mean", T extends boolean = false, G extends GradientArray = Float32Array>(
    probs: FloatTensor,
    targets: FloatTensor,
    options?: BinaryCrossEntropyOptions<R> & TargetGradientOptions<T, G> & CallOptions,
  ): Promise<ValueAndGrad<R, T, G>>;
  binaryCrossEntropyWithLogits<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: BinaryCrossEntropyWithLogitsOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  binaryCrossEntropyWithLogitsValueAndGrad<
    R extends Reduction = "mean",
    T extends boolean = false,
    G extends GradientArray = Float32Array,
  >(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: BinaryCrossEntropyWithLogitsOptions<R> & TargetGradientOptions<T, G> & CallOptions,
  ): Promise<ValueAndGrad<R, T, G>>;
  klDivLoss<R extends ElementReduction = "mean">(
    logProbs: FloatTensor,
    targets: FloatTensor,
    options?: KlDivLossOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  klDivLossValueAndGrad<R extends ElementReduction = "mean", T extends boolean = false, G extends GradientArray = Float32Array>(
    logProbs: FloatTensor,
    targets: FloatTensor,
    options?: KlDivLossOptions<R> & TargetGradientOptions<T, G> & CallOptions,
  ): Promise<ValueAndGrad<R, T, G>>;
  sigmoidFocalLoss<R extends Reduction = "mean">(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: SigmoidFocalLossOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  sigmoidFocalLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logits: FloatTensor,
    targets: FloatTensor,
    options?: SigmoidFocalLossOptions<R> & GradientOptions<G> & CallOptions,
  ): Promise<ValueAndGrad<R, false, G>>;
  jsDivLoss<R extends Reduction = "mean">(
    logProbs: FloatTensor,
    logTargets: FloatTensor,
    options?: JsDivLossOptions<R> & CallOptions,
  ): Promise<LossValue<R>>;
  jsDivLossValueAndGrad<R extends Reduction = "mean", G extends GradientArray = Float32Array>(
    logProbs: FloatTensor,
    logTargets: FloatTensor,
    options?: JsDivLossOptions<R> & GradientOptions<G> & CallOptions,
  ): Promise<ValueAndGrad<R, false, G>>;
  perplexity(meanNats: number): Promise<number>;
  perplexity(totals: NatsPerTokens): Promise<number>;
  perplexity(logits: FloatTensor, targets: Targets, options?: CrossEntropyOptions<"mean"> & CallOptions): Promise<number>;
  scoreTokens(logits: FloatTensor, targets: IndexTargets, options?: ScoreTokensOptions & CallOptions): Promise<TokenScores>;
  compareLogits(
    base: FloatTensor,
    other: FloatTensor,
    targets: IndexTargets,
    options?: CompareLogitsOptions & CallOptions,
  ): Promise<LogitsComparison>;
  softmax(logits: FloatTensor, options?: SoftmaxOptions & CallOptions): Promise<Float32Array>;
  logSoftmax(logits: FloatTensor, options?: SoftmaxOptions & CallOptions): Promise<Float32Array>;
  logSumExp(logits: FloatTensor, options?: SoftmaxOptions & CallOptions): Promise<number | Float32Array>;
  entropy(p: FloatTensor, options?: InformationOptions & CallOptions): Promise<number | Float32Array>;
  crossEntropyBetween(p: FloatTensor, q: FloatTensor, options?: InformationOptions & CallOptions): Promise<number | Float32Array>;
  klDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions & CallOptions): Promise<number | Float32Array>;
  jsDivergence(p: FloatTensor, q: FloatTensor, options?: InformationOptions & CallOptions): Promise<number | Float32Array>;
}

/** Runs a task some time; rejects with the signal's reason when that comes first. */
export type AsyncRun = <Result>(task: Task<Result>, signal: AbortSignal | undefined) => Promise<Result>;

/** Where a function has its options, and how its task is made of its arguments. */
type TaskMaker = readonly [optionsAt: number, make: (...args: never[]) => Task<unknown>];
type AnyTaskMaker = readonly [optionsAt: number, make: (...args: unknown[]) => Task<unknown>];

const TASKS: Readonly<Record<Exclude<keyof Functions, "perplexity">, TaskMaker>> = {
  crossEntropy: [2, crossEntropyTask],
  crossEntropyValueAndGrad: [2, crossEntropyValueAndGradTask],
  logSumExpPartial: [2, logSumExpPartialTask],
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

/** The functions, each call's arguments checked at once and its task given to `run`. */
export function asyncFunctionsOn(run: AsyncRun): AsyncFunctions {
  const methods = Object.entries(TASKS as unknown as Record<string, AnyTaskMaker>).map(([name, [optionsAt, make]]) => {
    // not async, no rest of arguments: beside a call of a few numbers each promise more is felt, and each list
    const method = (a?: unknown, b?: unknown, c?: unknown, d?: unknown): Promise<unknown> => {
      try {
        const given = optionsAt === 1 ? b : optionsAt === 2 ? c : d;
        if (given === undefined) return run(make(a, b, c, d), undefined);
        const { signal, options } = withoutSignal(given);
        if (optionsAt === 1) return run(make(a, options), signal);
        return run(optionsAt === 2 ? make(a, b, options) : make(a, b, c, options), signal);
      } catch (error) {
        return Promise.reject(error);
      }
    };
    return [name, method] as const;
  });
  // each method's types are those of its entry in AsyncFunctions, whose names the table has
  const functions = Object.fromEntries(methods) as unknown as Omit<AsyncFunctions, "perplexity">;
  const perplexity = async (
    input: number | NatsPerTokens | FloatTensor,
    targets?: Targets,
    options?: CrossEntropyOptions<"mean"> & CallOptions,
  ): Promise<number> => {
    if (targets === undefined) return perplexityBy(() => Number.NaN, input);
    return Math.exp(await functions.crossEntropy(input as FloatTensor, targets, options));
  };
  return { ...functions, perplexity };
}

/** A call's options apart from the signal, which the functions' own checks know nothing of. */
function withoutSignal(options: unknown): { readonly signal: AbortSignal | undefined; readonly options: unknown } {
  if (typeof options !== "object" || options === null || !("signal" in options)) return { signal: undefined, options };
  const { signal, ...others } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType("options.signal", "an AbortSignal", signal);
  return { signal, options: others };
}
