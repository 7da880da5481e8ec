/// <reference lib="esnext.disposable" preserve="true" />
/** createLocalEngine: the plain functions on a memory of one's own, with arrays that live in it. */
import { checkOptions } from "./arguments/options.js";
import { type Allocated, type AllocatedArrays, ArrayStore } from "./engine/allocated-arrays.js";
import { BuildRunner } from "./engine/build-runner.js";
import { growableMemory } from "./engine/local.js";
import { wrongType } from "./errors.js";
import { type Functions, functionsOn } from "./functions.js";
import { ALL_KERNELS } from "./wasm/kernel-sets.js";
import type { Variant } from "./wasm/module.js";

export type { AllocatedArrays };

export interface LocalEngineOptions {
  /** Plain SIMD128: the same bits on every machine. Default false: the fastest build that the runtime takes. */
  readonly deterministic?: boolean;
  /**
   * The memory to work in; the engine adds about 4.3 MiB to its end, and reads arrays on it in place. Default: one of its own.
   */
  readonly memory?: WebAssembly.Memory;
}

/** A synchronous engine: the package's functions as methods, and arrays in its memory. */
export interface LocalEngine extends Functions {
  /** Which build of the kernels runs. */
  readonly variant: Variant;
  readonly memory: WebAssembly.Memory;
  /**
   * A typed array in the engine's memory, zeroed, valid until freed: what is given to the engine's functions from here is
   * read and written in place, never copied.
   *
   * 16-bit floats are words in a `Uint16Array`, whatever the runtime: give them to a function as `{ data, dims, type }`. Where
   * there is a `Float16Array`, one over the same memory reads and writes the words of `"float16"` as numbers, and is itself
   * read in place: `new Float16Array(words.buffer, words.byteOffset, words.length)`.
   *
   * @param type - `"float32"`, `"float16"`, `"bfloat16"` or `"int32"`.
   * @param length - Number of elements.
   * @throws RangeError for a length that is no integer >= 0, an unknown type, or a memory that is full.
   */
  allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] & Disposable;
  /**
   * Gives an array of `allocate` back. Its place will be used again: do not touch it any more.
   *
   * @throws TypeError when it is not one of this engine's, or is freed already.
   */
  free(array: Allocated): void;
}

/**
 * A synchronous engine with its own memory.
 *
 * The plain functions copy arrays tile by tile through their engine's memory, at .1 to .3 ns an element; logits written to
 * an array of `allocate` are read where they are. The default memory is a shared one, which can grow without making the
 * arrays handed out before invalid; it starts at about 4.3 MiB. Where the runtime has no shared memory, or in an unshared
 * memory of the caller's, `allocate` cannot grow it while arrays are in use, and says so.
 *
 * @throws TypeError for an unknown option or a memory that is none.
 *
 * @example
 * ```ts
 * import { createLocalEngine } from "wasm-cross-entropy";
 *
 * const engine = createLocalEngine();
 * const logits = engine.allocate("float32", 6);
 * logits.set([2, 1, 0.5, 0.5, 2.5, 1]);
 * engine.crossEntropy(logits, [0, 1]); // => 0.3853622
 * engine.free(logits);
 * ```
 */
export function createLocalEngine(options?: LocalEngineOptions): LocalEngine {
  const given: Partial<LocalEngineOptions> = checkOptions(options, ["deterministic", "memory"]);
  if (given.deterministic !== undefined && typeof given.deterministic !== "boolean") {
    throw wrongType("options.deterministic", "a boolean", given.deterministic);
  }
  const memory = given.memory === undefined ? growableMemory() : given.memory;
  const runner = new BuildRunner(ALL_KERNELS, { ...given, memory });
  const arrays = new ArrayStore(runner);
  return {
    ...functionsOn(() => runner),
    variant: runner.variant,
    memory: runner.memory,
    allocate: (type, length) => arrays.allocate(type, length),
    free: (array) => arrays.free(array),
  };
}
