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
  const moved = <Result>(inputs: readonly FloatTensor[], run: (inputs: FloatTensor[]) => Result): Result => {
    const arrays: (Float32Array | Uint16Array)[] = [];
    const allocated = <Values extends Float32Array | Uint16Array>(array: Values, values: Values): Values => {
      array.set(values);
      arrays.push(array);
      return array;
    };
    const move = (input: FloatTensor): FloatTensor => {
      if (input instanceof Float32Array) return allocated(local.allocate("float32", input.length), input);
      if (isFloat16(input)) {
        const words = new Uint16Array(input.buffer, input.byteOffset, input.length);
        return float16View(allocated(local.allocate("float16", words.length), words));
      }
      if (!isTensorLike(input)) return input;
      const { data, type } = input;
      if (!(data instanceof Uint16Array) || isFloat16(data)) return { ...input, data: move(data as FloatData) } as FloatTensor;
      return isHalfType(type) ? { ...input, type, data: allocated(local.allocate(type, data.length), data) } : input;
    };
    try {
      return run(inputs.map(move));
    } finally {
      for (const array of arrays) local.free(array);
    }
  };
  /** The gradient is written to the memory as well, where the caller named no place for it, and handed out as a copy. */
  const gradientInMemory = <Result extends { readonly grad: unknown }>(
    options: { readonly gradOut?: unknown } | undefined,
    input: FloatTensor,
    run: (options: object | undefined) => Result,
  ): Result => {
    if (!holdsFloats(input) || options?.gradOut !== undefined) return run(options);
    const { length } = (isTensorLike(input) ? input.data : input) as Float32Array;
    const gradOut = local.allocate("float32", length);
    try {
      return { ...run({ ...options, gradOut }), grad: gradOut.slice() };
    } finally {
      local.free(gradOut);
    }
  };
  return {
    crossEntropy: (logits, targets, options) =>
      moved([logits, holdsFloats(targets) ? targets : []], ([a, b]) =>
        local.crossEntropy(a as FloatTensor, holdsFloats(targets) ? (b as FloatTensor) : targets, options),
      ),
    crossEntropyValueAndGrad: (logits, targets, options) =>
      moved([logits, holdsFloats(targets) ? targets : []], ([a, b]) =>
        gradientInMemory(options, a as FloatTensor, (given) =>
          local.crossEntropyValueAndGrad(
            a as FloatTensor,
            holdsFloats(targets) ? (b as FloatTensor) : targets,
            given as typeof options,
          ),
        ),
      ),
    polyLossValueAndGrad: (logits, targets, options) =>
      moved([logits, holdsFloats(targets) ? targets : []], ([a, b]) =>
        gradientInMemory(options, a as FloatTensor, (given) =>
          local.polyLossValueAndGrad(
            a as FloatTensor,
            holdsFloats(targets) ? (b as FloatTensor) : targets,
            given as typeof options,
          ),
        ),
      ),
    polyLoss: (logits, targets, options) =>
      moved([logits, holdsFloats(targets) ? targets : []], ([a, b]) =>
        local.polyLoss(a as FloatTensor, holdsFloats(targets) ? (b as FloatTensor) : targets, options),
      ),
    nllLossValueAndGrad: (logProbs, targets, options) =>
      moved([logProbs], ([a]) =>
        gradientInMemory(options, a as FloatTensor, (given) =>
          local.nllLossValueAndGrad(a as FloatTensor, targets, given as typeof options),
        ),
      ),
    perplexity: local.perplexity,
    crossEntropyDetails: (logits, targets, options) =>
      moved([logits], ([a]) => local.crossEntropyDetails(a as FloatTensor, targets, options)),
    logSumExpPartial: (logits, targets, options) =>
      moved([logits], ([a]) => local.logSumExpPartial(a as FloatTensor, targets, options)),
    nllLoss: (logProbs, targets, options) => moved([logProbs], ([a]) => local.nllLoss(a as FloatTensor, targets, options)),
    softmax: (logits, options) => moved([logits], ([a]) => local.softmax(a as FloatTensor, options)),
    logSoftmax: (logits, options) => moved([logits], ([a]) => local.logSoftmax(a as FloatTensor, options)),
    logSumExp: (logits, options) => moved([logits], ([a]) => local.logSumExp(a as FloatTensor, options)),
    entropy: (p, options) => moved([p], ([a]) => local.entropy(a as FloatTensor, options)),
    crossEntropyBetween: (p, q, options) =>
      moved([p, q], ([a, b]) => local.crossEntropyBetween(a as FloatTensor, b as FloatTensor, options)),
    klDivergence: (p, q, options) => moved([p, q], ([a, b]) => local.klDivergence(a as FloatTensor, b as FloatTensor, options)),
    jsDivergence: (p, q, options) => moved([p, q], ([a, b]) => local.jsDivergence(a as FloatTensor, b as FloatTensor, options)),
  };
}

export const backends: readonly Backend[] = [
  { name: `plain functions (${fastest.info().variant} build)`, functions: fastest },
  { name: "deterministic functions (plain build)", functions: deterministic },
  { name: `arrays in an engine's memory (${engine.variant} build)`, functions: resident(engine) },
  { name: "arrays in a deterministic engine's memory (plain build)", functions: resident(deterministicEngine) },
];
