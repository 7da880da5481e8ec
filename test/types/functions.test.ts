/**
 * The types of every public function, of the plain ones and of the engines' methods. Checked by tsc (npm run check); nothing here is
 * called. `returns` stands for what a call gives, `// @ts-expect-error` for a call that must not compile.
 */
import { expectTypeOf, it } from "vitest";
import type {
  AsyncFunctions,
  Choice,
  Engine,
  EngineInfo,
  EngineOptions,
  Float16Data,
  FloatTensor,
  Functions,
  HalfTensor,
  IndexTargets,
  InformationOptions,
  IntegerTensor,
  LocalEngine,
  LocalEngineOptions,
  LogitsComparison,
  LogProbScores,
  LogProbSequences,
  LogSumExpPartial,
  NewFloat32Array,
  NewFloat64Array,
  Reduction,
  Targets,
  TokenScores,
} from "../../src/index.js";
import * as plain from "../../src/index.js";

interface Differentiated<Value, Grad = NewFloat32Array> {
  readonly value: Value;
  readonly grad: Grad;
}
interface WithTargetGrad<Value, Grad = NewFloat32Array> extends Differentiated<Value, Grad> {
  readonly targetGrad: NewFloat32Array;
}

type Name = keyof Functions;
type PlainFunctions = { [K in Name]: (typeof plain)[K] };

const x = new Float32Array(6);
const t = [0, 1];
const none = { reduction: "none" } as const;
declare const words: HalfTensor;
declare const half: Float16Data;
declare const anyReduction: Reduction;
declare const anyFlag: boolean;
/** As onnxruntime and transformers.js hand them out. */
declare const tensor: { readonly data: Float32Array; readonly dims: readonly number[]; readonly type: "float32" };
declare const ids: { readonly data: BigInt64Array; readonly dims: readonly number[]; readonly type: "int64" };

it("every engine has every function, with the plain function's type", () => {
  expectTypeOf<{ [K in Name]: LocalEngine[K] }>().toEqualTypeOf<PlainFunctions>();
  expectTypeOf(plain.attachEngine).returns.toEqualTypeOf<LocalEngine>();
  expectTypeOf(plain.createLocalEngine).returns.toEqualTypeOf<LocalEngine>();
  for (const engine of [] as (LocalEngine | Engine)[]) {
    expectTypeOf(engine.info()).toEqualTypeOf<EngineInfo>();
    expectTypeOf(engine.allocate("int32", 2)).toEqualTypeOf<Int32Array & Disposable>();
    expectTypeOf(engine.free(x)).toEqualTypeOf<void>();
    expectTypeOf(engine.close()).toEqualTypeOf<void | Promise<void>>();
  }
  expectTypeOf<keyof AsyncFunctions>().toEqualTypeOf<Name>();
  expectTypeOf<Engine>().toExtend<AsyncFunctions>();
});

it("losses: the reduction's literal decides between a number and an array", () => {
  expectTypeOf(() => plain.crossEntropy(x, t)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.crossEntropy(x, t, { ignoreIndex: 0 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.crossEntropy(x, t, { reduction: "sum" })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.crossEntropy(x, t, none)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.crossEntropy(x, t, { reduction: anyReduction })).returns.toEqualTypeOf<number | NewFloat32Array>();
  expectTypeOf(() => plain.nllLoss(x, t)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.nllLoss(x, t, none)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.polyLoss(x, t, { epsilon: 2 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.polyLoss(x, t, none)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.binaryCrossEntropy(x, x)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.binaryCrossEntropy(x, x, { weight: [1], ...none })).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.binaryCrossEntropyWithLogits(x, x, { posWeight: [1] })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.binaryCrossEntropyWithLogits(x, x, none)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.sigmoidFocalLoss(x, x, { alpha: 0.5, gamma: 1 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.sigmoidFocalLoss(x, x, none)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.klDivLoss(x, x, { reduction: "batchmean", logTarget: true })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.klDivLoss(x, x, none)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.jsDivLoss(x, x, { beta: 0.1 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.jsDivLoss(x, x, none)).returns.toEqualTypeOf<NewFloat32Array>();
});

it("gradients: of the type of gradOut, and targetGrad where it is asked for", () => {
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, t)).returns.toEqualTypeOf<Differentiated<number>>();
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, t, none)).returns.toEqualTypeOf<Differentiated<NewFloat32Array>>();
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, t, { gradOut: words })).returns.toEqualTypeOf<
    Differentiated<number, HalfTensor>
  >();
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, t, { gradOut: half })).returns.toEqualTypeOf<
    Differentiated<number, Float16Data>
  >();
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, x, { targetGrad: true })).returns.toExtend<WithTargetGrad<number>>();
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, x, { targetGrad: false })).returns.not.toHaveProperty("targetGrad");
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, x, { targetGrad: anyFlag }).value).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.nllLossValueAndGrad(x, t, none)).returns.toEqualTypeOf<Differentiated<NewFloat32Array>>();
  expectTypeOf(() => plain.polyLossValueAndGrad(x, t)).returns.toEqualTypeOf<Differentiated<number>>();
  expectTypeOf(() => plain.binaryCrossEntropyValueAndGrad(x, x, { targetGrad: true })).returns.toExtend<WithTargetGrad<number>>();
  expectTypeOf(() => plain.binaryCrossEntropyWithLogitsValueAndGrad(x, x, { ...none, gradOut: words })).returns.toEqualTypeOf<
    Differentiated<NewFloat32Array, HalfTensor>
  >();
  expectTypeOf(() => plain.klDivLossValueAndGrad(x, x, { reduction: "batchmean", targetGrad: true })).returns.toExtend<
    WithTargetGrad<number>
  >();
  expectTypeOf(() => plain.sigmoidFocalLossValueAndGrad(x, x)).returns.toEqualTypeOf<Differentiated<number>>();
  expectTypeOf(() => plain.jsDivLossValueAndGrad(x, x, none)).returns.toEqualTypeOf<Differentiated<NewFloat32Array>>();
});

it("scores, partials and what runs on no engine", () => {
  expectTypeOf(() => plain.scoreTokens(x, t, { topK: 1, tokenBytes: [1, 2] })).returns.toEqualTypeOf<TokenScores>();
  expectTypeOf(() => plain.scoreTokens(x, t, { documents: ids }).totals.documents).returns.toEqualTypeOf<number | undefined>();
  expectTypeOf(() => plain.scoreLogProbs([null, -1])).returns.toEqualTypeOf<LogProbScores>();
  expectTypeOf(
    () => plain.scoreLogProbs(x, { documents: t, tokenBytes: t, isGreedy: [true, false] }).totals,
  ).returns.toEqualTypeOf<TokenScores["totals"]>();
  expectTypeOf(() => plain.scoreLogProbs(x, { sequences: [[0, 6]] }).sequences).returns.toEqualTypeOf<LogProbSequences>();
  expectTypeOf(() =>
    plain.multipleChoice(plain.scoreLogProbs(x, { sequences: [2, 4] }).sequences),
  ).returns.toEqualTypeOf<Choice>();
  expectTypeOf(() => plain.scoreLogProbs(tensor, undefined).sequences).returns.toEqualTypeOf<LogProbSequences | undefined>();
  expectTypeOf(() => plain.compareLogits(x, x, t, { shift: 1 })).returns.toEqualTypeOf<LogitsComparison>();
  expectTypeOf(() => plain.logSumExpPartial(x)).returns.toEqualTypeOf<LogSumExpPartial>();
  expectTypeOf(() => plain.logSumExpPartial(x, t, { firstClass: 3 })).returns.toEqualTypeOf<LogSumExpPartial>();
  expectTypeOf(() => plain.mergePartials([])).returns.toEqualTypeOf<LogSumExpPartial>();
  expectTypeOf((part: LogSumExpPartial) => plain.crossEntropyFromPartial(part)).returns.toEqualTypeOf<number>();
  expectTypeOf((part: LogSumExpPartial) => plain.crossEntropyFromPartial(part, none)).returns.toEqualTypeOf<NewFloat64Array>();
  expectTypeOf(() => plain.bitsPerByte({ nats: 1, bytes: 2 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.perplexity(1)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.perplexity({ nats: 1, tokens: 2 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.softmax(x, { axis: 0 })).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.logSoftmax(x)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.selectiveLogSoftmax(x, t, { among: anyFlag })).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.selectiveLogSoftmax(tensor, ids, { out: x })).returns.toEqualTypeOf<typeof x>();
});

it("measures: a number of a flat vector, an array where there is a shape or an output", () => {
  expectTypeOf(() => plain.logSumExp(x)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.logSumExp([1, 2], { axis: 0 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.logSumExp(x, { shape: [6] })).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.logSumExp(x, { out: new Float32Array(1) })).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.logSumExp(tensor)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.logSumExp(words)).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf(() => plain.logSumExp(half)).returns.toEqualTypeOf<number>();
  expectTypeOf((input: FloatTensor) => plain.logSumExp(input)).returns.toEqualTypeOf<number | NewFloat32Array>();
  expectTypeOf(() => plain.entropy(x, { base: 2 })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.entropy(tensor, { base: 2 })).returns.toEqualTypeOf<NewFloat32Array>();
  expectTypeOf((options: InformationOptions) => plain.entropy(x, options)).returns.toEqualTypeOf<
    number | NewFloat32Array | Float32Array
  >();
  const { crossEntropyBetween, klDivergence, jsDivergence } = plain;
  for (const measure of [crossEntropyBetween, klDivergence, jsDivergence]) {
    expectTypeOf(() => measure(x, [1, 2])).returns.toEqualTypeOf<number>();
    expectTypeOf(() => measure(x, x, { base: 10 })).returns.toEqualTypeOf<number>();
    expectTypeOf(() => measure(x, x, { shape: [6] })).returns.toEqualTypeOf<NewFloat32Array>();
    expectTypeOf(() => measure(tensor, x)).returns.toEqualTypeOf<NewFloat32Array>();
  }
});

it("inputs: arrays, numbers and tensors of every element type", () => {
  expectTypeOf<Float32Array | Float64Array | number[] | typeof half | typeof words | typeof tensor>().toExtend<FloatTensor>();
  expectTypeOf(() => plain.crossEntropy(tensor, ids, { weight: tensor })).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.crossEntropy(tensor, tensor)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.crossEntropy(x, 0)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.crossEntropy(x, 0n)).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.nllLoss(tensor, new BigUint64Array(2))).returns.toEqualTypeOf<number>();
  expectTypeOf(() => plain.scoreTokens(tensor, ids)).returns.toEqualTypeOf<TokenScores>();
});

/** The members of the general tensor types that matter here, as their packages declare them. */
interface OnnxTensor {
  readonly dims: readonly number[];
  readonly type: "float32" | "uint8" | "int64" | "string" | "bool" | "float16" | "float64";
  readonly data: Float32Array | Uint8Array | BigInt64Array | string[] | Uint16Array | Float64Array;
  readonly location: "none" | "cpu" | "gpu-buffer";
  dispose(): void;
}
interface TransformersTensor {
  set dims(value: number[]);
  get dims(): number[];
  get type(): OnnxTensor["type"];
  // biome-ignore lint/suspicious/noExplicitAny: that package's own type
  get data(): Int8Array | Int32Array | Float32Array | BigInt64Array | Float16Data | any[];
}
/** What tfjs's `dataSync()` returns. */
type TfjsData = Float32Array | Int32Array | Uint8Array;

type General = OnnxTensor | TransformersTensor | TfjsData;

it("inputs: general tensors and arrays of any element type, in every argument and option that takes values", () => {
  // one by one: tsc takes ten seconds to multiply the unions out
  expectTypeOf<General>().toExtend<FloatTensor>();
  expectTypeOf<General>().toExtend<IntegerTensor>();
  expectTypeOf<General>().toExtend<IndexTargets>();
  expectTypeOf<General>().toExtend<Targets>();
  const calls = (any: General) => {
    const row = { weight: any, upstream: any };
    plain.crossEntropy(any, any, { weight: any });
    plain.crossEntropyValueAndGrad(any, any, row);
    plain.nllLossValueAndGrad(any, any, row);
    plain.binaryCrossEntropyWithLogitsValueAndGrad(any, any, { ...row, posWeight: any });
    plain.scoreTokens(any, any, { tokenBytes: any, documents: any });
    plain.scoreLogProbs(any, { tokenBytes: any, documents: any, isGreedy: any, sequences: any });
    plain.compareLogits(any, any, any, { documents: any });
    plain.multipleChoice({ logProbs: new Float64Array(2), bytes: any });
    plain.logSumExpPartial(any, any);
  };
  expectTypeOf(calls).toBeFunction();
  expectTypeOf((any: TfjsData) => plain.entropy(any)).returns.toEqualTypeOf<number>();
  expectTypeOf((any: OnnxTensor | TransformersTensor) => plain.entropy(any)).returns.toEqualTypeOf<NewFloat32Array>();
});

/** The optional members of `Options` that may be left out but may not be undefined. */
type NeverUndefined<Options> = {
  [K in keyof Options]-?: { [_ in K]?: never } extends Pick<Options, K>
    ? { [_ in K]: undefined } extends Pick<Options, K>
      ? never
      : K
    : never;
}[keyof Options];
type Last<Args extends readonly unknown[]> = Required<Args> extends readonly [...unknown[], infer Options] ? Options : never;

it("every option may be undefined", () => {
  expectTypeOf<NeverUndefined<{ a?: number; b?: number | undefined; c: number }>>().toEqualTypeOf<"a">();
  type OfFunctions = { [K in Name]: NeverUndefined<Last<Parameters<Functions[K]>>> }[Name];
  type OfMethods = { [K in Name]: NeverUndefined<Last<Parameters<AsyncFunctions[K]>>> }[Name];
  expectTypeOf<OfFunctions | OfMethods>().toEqualTypeOf<never>();
  expectTypeOf<NeverUndefined<EngineOptions> | NeverUndefined<LocalEngineOptions>>().toEqualTypeOf<never>();
  expectTypeOf<NeverUndefined<Last<Parameters<Engine["close"]>>>>().toEqualTypeOf<never>();
  expectTypeOf<NeverUndefined<Last<Parameters<typeof plain.crossEntropyFromPartial>>>>().toEqualTypeOf<never>();
  expectTypeOf<NeverUndefined<Last<Parameters<typeof plain.multipleChoice>>>>().toEqualTypeOf<never>();
  const unset = { reduction: undefined, out: undefined, gradOut: undefined, targetGrad: undefined };
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, t, unset)).returns.toEqualTypeOf<Differentiated<number>>();
  expectTypeOf(() => plain.logSumExp(x, { shape: undefined, out: undefined })).returns.toEqualTypeOf<number>();
});

it("results: new arrays are on an ArrayBuffer, and an output is returned with its own type", () => {
  const shared = new Float32Array(new SharedArrayBuffer(8));
  const out = shared as Float32Array;
  expectTypeOf(
    () => new Blob([plain.softmax(x), plain.crossEntropy(x, t, none), plain.scoreTokens(x, t).logProbs]),
  ).toBeFunction();
  expectTypeOf(() => plain.softmax(x, { out: shared })).returns.toEqualTypeOf<typeof shared>();
  expectTypeOf(() => plain.logSumExp(x, { out })).returns.toEqualTypeOf<Float32Array>();
  expectTypeOf(() => plain.crossEntropy(x, t, { ...none, out })).returns.toEqualTypeOf<Float32Array>();
  expectTypeOf(() => plain.crossEntropyValueAndGrad(x, t, { ...none, out, gradOut: out })).returns.toEqualTypeOf<
    Differentiated<Float32Array, Float32Array>
  >();
  // where a result goes decides nothing
  const wide: { value: number; grad: Float32Array | Float64Array } = plain.crossEntropyValueAndGrad(x, t);
  const narrow: NewFloat32Array = plain.crossEntropy(x, t, none);
  expectTypeOf([wide, narrow]).toBeArray();
});

it("a method can stand in for the plain function", () => {
  expectTypeOf<LocalEngine["crossEntropyValueAndGrad"]>().toExtend<typeof plain.crossEntropyValueAndGrad>();
  expectTypeOf<typeof plain>().toExtend<Functions>();
});

it("refuses what is wrong", () => {
  expectTypeOf(() => [
    // @ts-expect-error: an option that there is not
    plain.crossEntropy(x, t, { labelSmooting: 0.1 }),
    // @ts-expect-error: a reduction of another loss
    plain.crossEntropy(x, t, { reduction: "batchmean" }),
    // @ts-expect-error: an option of the gradient alone
    plain.crossEntropy(x, t, { gradOut: x }),
    // @ts-expect-error: a wrong type
    plain.crossEntropy(x, t, { labelSmoothing: "0.1" }),
    // @ts-expect-error: no array of numbers
    plain.crossEntropy(["1"], t),
    // @ts-expect-error: losses are written in f32
    plain.crossEntropy(x, t, { reduction: "none", out: new Float64Array(2) }),
    // @ts-expect-error: gradients too
    plain.crossEntropyValueAndGrad(x, t, { gradOut: new Float64Array(6) }),
    // @ts-expect-error: a tensor has data
    plain.nllLoss(x, { dims: [2] }),
    // @ts-expect-error: numbers, not a function (tfjs's and jax-js's own tensors)
    plain.nllLoss({ data: () => Promise.resolve(x), shape: [6] }, t),
    // @ts-expect-error: weights are no option of it
    plain.polyLoss(x, t, { weight: [1] }),
    // @ts-expect-error: no gradient of classes
    plain.nllLossValueAndGrad(x, t, { targetGrad: true }),
    // @ts-expect-error: posWeight is of logits
    plain.binaryCrossEntropy(x, x, { posWeight: [1] }),
    // @ts-expect-error: scores have no reduction
    plain.scoreTokens(x, t, { reduction: "none" }),
    // @ts-expect-error: a signal is for engines of workers
    plain.crossEntropy(x, t, { signal: AbortSignal.timeout(1) }),
  ]).toBeFunction();
});

it("an engine of workers: promises of the same, and a signal among the options", () => {
  const calls = (engine: Engine, signal: AbortSignal) =>
    [
      engine.crossEntropy(x, t),
      engine.crossEntropy(x, t, { ...none, signal }),
      engine.crossEntropyValueAndGrad(x, t, { gradOut: words, signal }),
      engine.nllLossValueAndGrad(x, t, none),
      engine.polyLoss(x, t, { signal, epsilon: 1 }),
      engine.klDivLoss(x, x, { reduction: "batchmean" }),
      engine.jsDivLoss(tensor, tensor, none),
      engine.scoreTokens(tensor, ids, { topK: 2, signal }),
      engine.compareLogits(x, x, t, { signal }),
      engine.logSumExpPartial(x),
      engine.softmax(x, { out: x, signal }),
      engine.entropy(x, { signal }),
      engine.klDivergence(x, x, { shape: [6], signal }),
      engine.logSumExp(tensor),
    ] as const;
  expectTypeOf(calls).returns.toEqualTypeOf<
    readonly [
      Promise<number>,
      Promise<NewFloat32Array>,
      Promise<Differentiated<number, HalfTensor>>,
      Promise<Differentiated<NewFloat32Array>>,
      Promise<number>,
      Promise<number>,
      Promise<NewFloat32Array>,
      Promise<TokenScores>,
      Promise<LogitsComparison>,
      Promise<LogSumExpPartial>,
      Promise<NewFloat32Array>,
      Promise<number>,
      Promise<NewFloat32Array>,
      Promise<NewFloat32Array>,
    ]
  >();
  expectTypeOf((engine: Engine) => engine.crossEntropyValueAndGrad(x, x, { targetGrad: true })).returns.toExtend<
    Promise<WithTargetGrad<number>>
  >();
  expectTypeOf((engine: Engine) => [
    // @ts-expect-error: an option that there is not
    engine.crossEntropy(x, t, { labelSmooting: 0.1 }),
    // @ts-expect-error: no signal
    engine.crossEntropy(x, t, { signal: true }),
  ]).toBeFunction();
});
