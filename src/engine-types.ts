/// <reference lib="esnext.disposable" preserve="true" />
/** What engines are made with, what they have and what they report: the types behind createEngine, createLocalEngine and attachEngine. */
import type { AsyncFunctions } from "./async-functions.js";
import type { Allocated, AllocatedArrays } from "./engine/allocated-arrays.js";
import type { Functions } from "./functions.js";
import type { Variant } from "./wasm/module.js";

export type { AllocatedArrays };

export interface EngineOptions {
  /** Workers, an integer >= 1. Default: as many as the machine has threads for this process. */
  readonly threads?: number;
  /** Plain SIMD128: the same bits on every machine. Default false: the fastest build that the runtime takes. */
  readonly deterministic?: boolean;
  /** A shared memory to work in: the engine adds its regions (4.3 MiB a thread) to its end and reads arrays on it in place. */
  readonly memory?: WebAssembly.Memory;
  /**
   * Most bytes of the engine's own memory, at least 4.4 MiB a thread and as much again. Default 4 GiB, which is an address
   * range.
   */
  readonly maximumMemory?: number;
  /**
   * The kernels: the bytes of one of the package's .wasm files, or a module compiled of them for shared memory. Default: the
   * build that the package carries.
   */
  readonly module?: WebAssembly.Module | BufferSource;
  /** Where the worker's file is, for servers that have it elsewhere. Default: beside the package's own files. */
  readonly workerUrl?: URL | string;
  /** Closes the engine: calls under way are rejected with EngineClosedError. */
  readonly signal?: AbortSignal;
}

/** What an engine runs on. */
export interface EngineInfo {
  /** Version of the package. */
  readonly version: string;
  /** The build of the kernels; "given" where the engine was made with a `module`. */
  readonly variant: Variant | "given";
  /** Workers; 0 where calls run on the caller's thread. */
  readonly threads: number;
  /** Whether the engine's memory is shared. Workers that cannot share it have one of their own, and arrays are copied. */
  readonly shared: boolean;
  /** Why not, where it is not. */
  readonly reason: string | undefined;
  /** Size of the engine's memory in bytes; it grows with what is allocated, and never shrinks. */
  readonly memoryBytes: number;
  /** Bytes of it that arrays and calls under way take. */
  readonly takenBytes: number;
  /** Calls that are not over. */
  readonly pending: number;
}

/** What every engine has beside the functions. All of it but `info` and `close` throws EngineClosedError after `close`. */
export interface EngineBase {
  /**
   * A typed array in the engine's memory, zeroed, valid until freed: the engine's functions read and write it in place, without a
   * copy. `using` frees it. Where the memory is shared, the array posted to another thread is the same memory there.
   *
   * 16-bit floats are words in a `Uint16Array`, whatever the runtime: give them to a function as `{ data, dims, type }`. Where
   * there is a `Float16Array`, one over the same memory reads and writes the words of `"float16"` as numbers, and is itself
   * read in place: `new Float16Array(words.buffer, words.byteOffset, words.length)`.
   *
   * Where an engine of workers has `info().shared` false, the array is in JavaScript's memory, and copied like any other.
   *
   * @param type - `"float32"`, `"float16"`, `"bfloat16"` or `"int32"`.
   * @param length - Number of elements.
   * @throws RangeError for a length that is no integer >= 0, an unknown type, or a memory that is full (it names how much was
   * asked for and how much is free); EngineClosedError.
   */
  allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] & Disposable;
  /**
   * Gives an array of `allocate` back. Its place will be used again: do not touch it any more.
   *
   * @throws TypeError when it is not one of this engine's, or is freed already; EngineClosedError.
   */
  free(array: Allocated): void;
  info(): EngineInfo;
}

/** An engine that runs its functions on the caller's thread: of createLocalEngine, or of attachEngine. */
export interface LocalEngine extends Functions, EngineBase, Disposable {
  /** The memory that it works in. */
  readonly memory: WebAssembly.Memory;
  /** Ends the engine: calls made later throw EngineClosedError. */
  close(): void;
}

/** What another thread needs to attach itself to an engine; structured-cloneable. */
export interface EngineHandle {
  readonly kind: "wasm-cross-entropy engine";
  readonly version: string;
  readonly variant: Variant | "given";
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** Where the words are by which threads agree. */
  readonly control: number;
  readonly threads: number;
}

/** The package's functions as asynchronous methods, run by workers. */
export interface Engine extends AsyncFunctions, EngineBase, AsyncDisposable {
  /**
   * What `attachEngine` takes in another thread: post it there.
   *
   * @throws Error where the workers do not share the engine's memory; EngineClosedError.
   */
  handle(): EngineHandle;
  /**
   * Ends the workers: when the calls made so far are over or, with `abort`, at once, which rejects them with EngineClosedError.
   * Calls made later are rejected so too. Arrays of `allocate` stay readable.
   */
  close(options?: { readonly abort?: boolean }): Promise<void>;
}
