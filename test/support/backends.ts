/**
 * Every way to run the package's functions, so that one suite serves them all: the plain functions on the fastest build of
 * this runtime, the deterministic ones on the plain build, and an engine with arrays in its own memory.
 */
import { holdsFloats, isFloat16, isTensorLike } from "../../src/arguments/tensors.js";
import * as deterministic from "../../src/deterministic.js";
import { isHalfType } from "../../src/half.js";
import * as fastest from "../../src/index.js";
import { bitsPerByte, type FloatData, type FloatTensor, type Functions } from "../../src/index.js";
import { float16View } from "./halves.js";
import type { Implementation } from "./implementation.js";

export interface Backend {
  readonly name: string;
  readonly functions: Functions;
}

/** Adds the functions that run on no engine. */
export function implementationOf({ functions }: Backend): Implementation {
  return { ...functions, bitsPerByte };
}

const engine = fastest.createLocalEngine();
const deterministicEngine = fastest.createLocalEngine({ deterministic: true });

/** An engine's functions with logits and probabilities of its own types, 16-bit words too, moved into its memory first. */
function resident(local: fastest.LocalEngine): Functions {
  /** Runs with both arguments moved; what is no array of floats (class indices) stays. */
  const moved = <Second, Result>(
    first: FloatTensor,
    second: Second,
    run: (first: FloatTensor, second: Second) => Result,
  ): Result => {
    const arrays: (Float32Array | Uint16Array)[] = [];
    const allocated = <Values extends Float32Array | Uint16Array>(array: Values, values: Values): Values => {
      array.set(values);
      arrays.push(array);
      return array;
    };
    const move = <Input>(input: Input): Input => (holdsFloats(input) ? (moveFloats(input) as Input) : input);
    const moveFloats = (input: FloatTensor): FloatTensor => {
      if (input instanceof Float32Array) return allocated(local.allocate("float32", input.length), input);
      if (isFloat16(input)) {
        const words = new Uint16Array(input.buffer, input.byteOffset, input.length);
        return float16View(allocated(local.allocate("float16", words.length), words));
      }
      if (!isTensorLike(input)) return input;
      const { data, type } = input;
      if (!(data instanceof Uint16Array) || isFloat16(data))
        return { ...input, data: moveFloats(data as FloatData) } as FloatTensor;
      return isHalfType(type) ? { ...input, type, data: allocated(local.allocate(type, data.length), data) } : input;
    };
    try {
      return run(move(first), move(second));
    } finally {
      for (const array of arrays) local.free(array);
    }
  };
  /** The gradient is written to the memory as well, where the caller named no place for it, and handed out as a copy. */
  const gradientInMemory = <Options extends { readonly gradOut?: unknown }, Result extends { readonly grad: unknown }>(
    options: Options | undefined,
    input: FloatTensor,
    run: (options: Options | undefined) => Result,
  ): Result => {
    if (!holdsFloats(input) || options?.gradOut !== undefined) return run(options);
    const { length } = (isTensorLike(input) ? input.data : input) as Float32Array;
    const gradOut = local.allocate("float32", length);
    try {
      return { ...run({ ...options, gradOut } as unknown as Options), grad: gradOut.slice() };
    } finally {
      local.free(gradOut);
    }
  };
  return {
    crossEntropy: (x, t, options) => moved(x, t, (a, b) => local.crossEntropy(a, b, options)),
    crossEntropyValueAndGrad: (x, t, options) =>
      moved(x, t, (a, b) => gradientInMemory(options, a, (given) => local.crossEntropyValueAndGrad(a, b, given))),
    polyLoss: (x, t, options) => moved(x, t, (a, b) => local.polyLoss(a, b, options)),
    polyLossValueAndGrad: (x, t, options) =>
      moved(x, t, (a, b) => gradientInMemory(options, a, (given) => local.polyLossValueAndGrad(a, b, given))),
    nllLoss: (x, t, options) => moved(x, t, (a, b) => local.nllLoss(a, b, options)),
    nllLossValueAndGrad: (x, t, options) =>
      moved(x, t, (a, b) => gradientInMemory(options, a, (given) => local.nllLossValueAndGrad(a, b, given))),
    perplexity: local.perplexity,
    scoreTokens: (x, t, options) => moved(x, t, (a, b) => local.scoreTokens(a, b, options)),
    compareLogits: (x, y, t, options) => moved(x, y, (a, b) => local.compareLogits(a, b, t, options)),
    logSumExpPartial: (x, t, options) => moved(x, t, (a, b) => local.logSumExpPartial(a, b, options)),
    binaryCrossEntropy: (x, y, options) => moved(x, y, (a, b) => local.binaryCrossEntropy(a, b, options)),
    binaryCrossEntropyValueAndGrad: (x, y, options) =>
      moved(x, y, (a, b) => gradientInMemory(options, a, (given) => local.binaryCrossEntropyValueAndGrad(a, b, given))),
    binaryCrossEntropyWithLogits: (x, y, options) => moved(x, y, (a, b) => local.binaryCrossEntropyWithLogits(a, b, options)),
    binaryCrossEntropyWithLogitsValueAndGrad: (x, y, options) =>
      moved(x, y, (a, b) => gradientInMemory(options, a, (given) => local.binaryCrossEntropyWithLogitsValueAndGrad(a, b, given))),
    klDivLoss: (x, y, options) => moved(x, y, (a, b) => local.klDivLoss(a, b, options)),
    klDivLossValueAndGrad: (x, y, options) =>
      moved(x, y, (a, b) => gradientInMemory(options, a, (given) => local.klDivLossValueAndGrad(a, b, given))),
    sigmoidFocalLoss: (x, y, options) => moved(x, y, (a, b) => local.sigmoidFocalLoss(a, b, options)),
    sigmoidFocalLossValueAndGrad: (x, y, options) =>
      moved(x, y, (a, b) => gradientInMemory(options, a, (given) => local.sigmoidFocalLossValueAndGrad(a, b, given))),
    jsDivLoss: (x, y, options) => moved(x, y, (a, b) => local.jsDivLoss(a, b, options)),
    jsDivLossValueAndGrad: (x, y, options) =>
      moved(x, y, (a, b) => gradientInMemory(options, a, (given) => local.jsDivLossValueAndGrad(a, b, given))),
    softmax: (x, options) => moved(x, undefined, (a) => local.softmax(a, options)),
    logSoftmax: (x, options) => moved(x, undefined, (a) => local.logSoftmax(a, options)),
    logSumExp: (x, options) => moved(x, undefined, (a) => local.logSumExp(a, options)),
    entropy: (p, options) => moved(p, undefined, (a) => local.entropy(a, options)),
    crossEntropyBetween: (p, q, options) => moved(p, q, (a, b) => local.crossEntropyBetween(a, b, options)),
    klDivergence: (p, q, options) => moved(p, q, (a, b) => local.klDivergence(a, b, options)),
    jsDivergence: (p, q, options) => moved(p, q, (a, b) => local.jsDivergence(a, b, options)),
  };
}

export const backends: readonly Backend[] = [
  { name: `plain functions (${fastest.info().variant} build)`, functions: fastest },
  { name: "deterministic functions (plain build)", functions: deterministic },
  { name: `arrays in an engine's memory (${engine.variant} build)`, functions: resident(engine) },
  { name: "arrays in a deterministic engine's memory (plain build)", functions: resident(deterministicEngine) },
];
