/** createLocalEngine: the plain functions on a memory of one's own, with arrays that live in it. */
import { checkOptions } from "./arguments/options.js";
import { LocalRunner, type LocalRunnerOptions } from "./engine/local.js";
import { describe, wrongType, wrongValue } from "./errors.js";
import { type Functions, functionsOn } from "./functions.js";
import type { Variant } from "./wasm/module.js";

/** Element types of `allocate`. */
export interface AllocatedArrays {
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int32: Int32Array;
}

type Allocated = AllocatedArrays[keyof AllocatedArrays];

interface View {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, start: number, length: number): Allocated;
}

const VIEWS: Readonly<Record<keyof AllocatedArrays, View>> = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
};

export interface LocalEngineOptions {
  /** Plain SIMD128: the same bits on every machine. Default false: the fastest build that the runtime takes. */
  readonly deterministic?: boolean;
  /**
   * The memory to work in; the engine adds about 2.3 MiB to its end, and reads arrays on it in place. Default: one of its own.
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
  allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type];
  /**
   * Gives an array of `allocate` back. Its place will be used again: do not touch it any more.
   *
   * @throws TypeError when it is not one of this engine's, or is freed already.
   */
  free(array: Float32Array | Uint16Array | Int32Array): void;
}

/**
 * A synchronous engine with its own memory.
 *
 * The plain functions copy arrays tile by tile through their engine's memory, at .1 to .3 ns an element; logits written to
 * an array of `allocate` are read where they are. The default memory is a shared one, which can grow without making the
 * arrays handed out before invalid; it starts at about 2.3 MiB. Where the runtime has no shared memory, or in an unshared
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
  const given: LocalRunnerOptions = checkOptions(options, ["deterministic", "memory"]);
  if (given.deterministic !== undefined && typeof given.deterministic !== "boolean") {
    throw wrongType("options.deterministic", "a boolean", given.deterministic);
  }
  const memory = given.memory === undefined ? growableMemory() : given.memory;
  const runner = new LocalRunner({ ...given, memory });
  // the pages that memory grows by are zero already, and filling them would make them resident
  let touched = 0;
  const live = new WeakMap<Allocated, number>();
  return {
    ...functionsOn(() => runner),
    variant: runner.variant,
    memory: runner.memory,
    allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] {
      if (typeof type !== "string" || !Object.hasOwn(VIEWS, type)) {
        throw wrongValue("type", `one of "float32", "float16", "bfloat16", "int32"`, describe(type));
      }
      const { [type]: View } = VIEWS;
      if (typeof length !== "number") throw wrongType("length", "an integer >= 0", length);
      if (!Number.isSafeInteger(length) || length < 0) throw wrongValue("length", "an integer >= 0", length);
      const elementBytes = View.BYTES_PER_ELEMENT;
      const start = runner.arena.allocate(length * elementBytes);
      const array = new View(runner.buffer(), start, length);
      const end = start + array.byteLength;
      if (start < touched) array.fill(0, 0, Math.ceil((Math.min(touched, end) - start) / elementBytes));
      touched = Math.max(touched, end);
      live.set(array, start);
      return array as AllocatedArrays[Type];
    },
    free(array: Allocated): void {
      const isArray = array instanceof Float32Array || array instanceof Uint16Array || array instanceof Int32Array;
      const start = isArray ? live.get(array) : undefined;
      if (start === undefined) throw wrongType("array", "an array that this engine allocated and that is not freed yet", array);
      live.delete(array);
      runner.arena.free(start);
    },
  };
}

/** A shared memory keeps its arrays when it grows; its maximum is only an address range. */
function growableMemory(): WebAssembly.Memory {
  for (const maximum of [65536, 16384, 4096]) {
    try {
      return new WebAssembly.Memory({ initial: 0, maximum, shared: true });
    } catch {
      // no shared memory here, or no address range of that size
    }
  }
  return new WebAssembly.Memory({ initial: 0 });
}
