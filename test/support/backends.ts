/**
 * Every way to run the package's functions, so that one suite covers them all: the plain functions on the fastest build of this
 * runtime, the deterministic functions on the plain build, and an engine with arrays in its own memory.
 */
import { holdsFloats, isTensorLike } from "../../src/arguments/tensors.js";
import * as deterministic from "../../src/deterministic.js";
import { methodsOf } from "../../src/functions.js";
import { isHalfType } from "../../src/half.js";
import * as fastest from "../../src/index.js";
import { type AllocatedArrays, bitsPerByte, type FloatTensor, type Functions, perplexity } from "../../src/index.js";
import { isFloat16 } from "../../src/values.js";
import { float16View } from "./halves.js";
import type { Implementation } from "./implementation.js";

export interface Backend {
  readonly name: string;
  readonly functions: Functions;
}

/** Adds the functions that do not run on an engine. */
export function implementationOf({ functions }: Backend): Implementation {
  return { ...functions, bitsPerByte, perplexity };
}

const engine = fastest.createLocalEngine();
const deterministicEngine = fastest.createLocalEngine({ deterministic: true });

/**
 * An engine's functions, with float arguments (16-bit words too) moved into its memory first. Other arguments, such as class
 * indices, stay. Gradients are also written to the memory, unless the caller passed `gradOut`.
 */
function resident(local: fastest.LocalEngine): Functions {
  const methods = methodsOf((_make, optionsAt, name) => (...args) => {
    using arrays = new ResidentArrays(local);
    const moved = args.slice(0, optionsAt).map((argument) => arrays.moved(argument));
    const options = args[optionsAt] as { readonly gradOut?: unknown } | undefined;
    const call = (given: unknown): unknown => (local[name] as (...all: unknown[]) => unknown)(...moved, given);
    // its gradOut is an object of arrays (test/losses/linear-cross-entropy.test.ts)
    if (name === "linearCrossEntropyValueAndGrad") return call(options);
    if (!name.endsWith("ValueAndGrad") || options?.gradOut !== undefined || !holdsFloats(moved[0])) return call(options);
    const gradOut = arrays.like(moved[0]);
    return { ...(call({ ...options, gradOut }) as object), grad: gradOut.slice() };
  });
  return methods as unknown as Functions;
}

/** Arrays in an engine's memory for the duration of a call. */
class ResidentArrays implements Disposable {
  readonly #local: fastest.LocalEngine;
  readonly #allocated: Disposable[] = [];

  constructor(local: fastest.LocalEngine) {
    this.#local = local;
  }

  moved(input: unknown): unknown {
    return holdsFloats(input) ? this.#movedFloats(input) : input;
  }

  /** An array with the length of an input. */
  like(input: FloatTensor): Float32Array {
    const { length } = (isTensorLike(input) ? input.data : input) as Float32Array;
    return this.#allocate("float32", length);
  }

  [Symbol.dispose](): void {
    for (const array of this.#allocated) array[Symbol.dispose]();
  }

  #movedFloats(input: FloatTensor): FloatTensor {
    if (input instanceof Float32Array) return this.#copy("float32", input);
    if (isFloat16(input)) {
      return float16View(this.#copy("float16", new Uint16Array(input.buffer, input.byteOffset, input.length)));
    }
    if (!isTensorLike(input)) return input;
    const { data, type } = input;
    if (!(data instanceof Uint16Array) || isFloat16(data)) return { ...input, data: this.moved(data) } as FloatTensor;
    return isHalfType(type) ? { ...input, type, data: this.#copy(type, data) } : input;
  }

  #copy<Type extends "float32" | "float16" | "bfloat16">(type: Type, values: AllocatedArrays[Type]): AllocatedArrays[Type] {
    const array = this.#allocate(type, values.length);
    array.set(values);
    return array;
  }

  #allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] {
    const array = this.#local.allocate(type, length);
    this.#allocated.push(array);
    return array;
  }
}

export const backends: readonly Backend[] = [
  { name: `plain functions (${fastest.info().variant} build)`, functions: fastest },
  { name: "deterministic functions (plain build)", functions: deterministic },
  { name: `arrays in an engine's memory (${engine.info().variant} build)`, functions: resident(engine) },
  { name: "arrays in a deterministic engine's memory (plain build)", functions: resident(deterministicEngine) },
];
