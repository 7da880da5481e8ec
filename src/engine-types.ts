/// <reference lib="esnext.disposable" preserve="true" />
/** What an engine is made with, has and tells: the types behind createEngine and attachEngine. */
import type { AsyncFunctions } from "./async-functions.js";
import type { Allocated, AllocatedArrays } from "./engine/allocated-arrays.js";
import type { Variant } from "./wasm/module.js";

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
  readonly variant: Variant | "given";
  /** Workers. */
  readonly threads: number;
  /** Whether the workers share the engine's memory; where they do not, there is one, and arrays are copied to it and back. */
  readonly shared: boolean;
  /** Why not, where they do not. */
  readonly reason: string | undefined;
  /** Size of the engine's memory in bytes; it grows with what is allocated, and never shrinks. */
  readonly memoryBytes: number;
  /** Bytes of it that arrays and calls under way take. */
  readonly takenBytes: number;
  /** Calls that are not over. */
  readonly pending: number;
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
export interface Engine extends AsyncFunctions, AsyncDisposable {
  /**
   * A typed array in the engine's memory, zeroed, valid until freed: workers read and write it where it is. `using` frees it, and
   * posted to another thread it is the same memory there. 16-bit floats are words, as for `createLocalEngine`.
   *
   * Where `info().shared` is false the array is in JavaScript's memory, and copied like any other.
   *
   * @param type - `"float32"`, `"float16"`, `"bfloat16"` or `"int32"`.
   * @param length - Number of elements.
   * @throws RangeError for a length that is no integer >= 0, an unknown type, or a memory that is full (it says how much was
   * asked
   * for and how much is free); EngineClosedError.
   */
  allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] & Disposable;
  /**
   * Gives an array of `allocate` back. Its place will be used again: do not touch it any more. A call that is given it is
   * rejected.
   *
   * @throws TypeError when it is not one of this engine's, or is freed already; EngineClosedError.
   */
  free(array: Allocated): void;
  /**
   * What `attachEngine` takes in another thread: post it there.
   *
   * @throws Error where the workers do not share the engine's memory; EngineClosedError.
   */
  handle(): EngineHandle;
  info(): EngineInfo;
  /**
   * Ends the workers: when the calls made so far are over or, with `abort`, at once, which rejects them with EngineClosedError.
   * Calls made later are rejected so too. Arrays of `allocate` stay readable.
   */
  close(options?: { readonly abort?: boolean }): Promise<void>;
}
