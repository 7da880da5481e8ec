/// <reference lib="esnext.disposable" preserve="true" />
/** The types of createEngine, createLocalEngine and attachEngine: options, engines, and what engines report. */
import type { AsyncFunctions } from "./async-functions.js";
import type { Allocated, AllocatedArrays } from "./engine/allocated-arrays.js";
import type { Functions } from "./functions.js";
import type { Variant } from "./wasm/module.js";

export type { AllocatedArrays };

export interface EngineOptions {
  /** Number of workers, an integer >= 1. Default: the number of threads that the machine has for this process. */
  readonly threads?: number | undefined;
  /** Plain SIMD128, with the same bits on every machine. Default false: the fastest build that the runtime supports. */
  readonly deterministic?: boolean | undefined;
  /**
   * A shared memory to work in. The engine appends its scratch regions, 4.2 MiB for each worker and for the caller, and reads
   * arrays on this memory in place. Default: its own memory.
   */
  readonly memory?: WebAssembly.Memory | undefined;
  /**
   * Maximum size in bytes of the engine's own memory, which needs 4.2 MiB for each worker and for the caller, and 64 KiB. Default
   * 4 GiB: an address range, not memory in use.
   */
  readonly maximumMemory?: number | undefined;
  /**
   * The kernels: the bytes of `wasm-cross-entropy/kernels-plain.wasm` or `kernels-relaxed.wasm`, or a module compiled from one of
   * these files. The module is for unshared memory: the engine then has one worker, and copies arrays. Default: a build that the
   * package contains.
   */
  readonly module?: WebAssembly.Module | BufferSource | undefined;
  /**
   * URL (in Node also a path) of the worker's file, a copy of `wasm-cross-entropy/web-worker.js` or, in Node, of
   * `wasm-cross-entropy/node-worker.js`. Default: beside the package's own files.
   */
  readonly workerUrl?: URL | string | undefined;
  /** Closes the engine when it aborts: pending calls are rejected with EngineClosedError. */
  readonly signal?: AbortSignal | undefined;
}

/** What an engine runs on, and how much it has to do. */
export interface EngineInfo {
  /** Version of the package. */
  readonly version: string;
  /** The build of the kernels. */
  readonly variant: Variant;
  /** Number of workers; 0 if calls run on the caller's thread. */
  readonly threads: number;
  /** Whether the engine's memory is shared. A worker that cannot share it has its own, and arrays are copied. */
  readonly shared: boolean;
  /** Why the memory is not shared; undefined if it is. */
  readonly reason: string | undefined;
  /** Size of the engine's memory in bytes. It grows as arrays are allocated, and never shrinks. */
  readonly memoryBytes: number;
  /** Bytes of that memory in use by arrays and pending calls. */
  readonly takenBytes: number;
  /** Number of calls that have not settled. */
  readonly pending: number;
}

/** What every engine has besides the functions. After `close`, everything but `info` and `close` throws EngineClosedError. */
export interface EngineBase {
  /**
   * A typed array of zeros in the engine's memory, valid until it is freed. The engine's functions read and write it in
   * place, without a copy. `using` frees it. If the memory is shared, the array can be posted to another thread and is the
   * same memory there.
   *
   * 16-bit floats are words in a `Uint16Array` in every runtime: pass them to a function as `{ data, dims, type }`. If the
   * runtime has `Float16Array`, `new Float16Array(words.buffer, words.byteOffset, words.length)` reads and writes the words of
   * `"float16"` as numbers; functions read it in place too.
   *
   * In an engine of workers with `info().shared` false, the array is in JavaScript's memory and is copied like any other.
   *
   * @param type - `"float32"`, `"float16"`, `"bfloat16"` or `"int32"`.
   * @param length - Number of elements.
   * @throws RangeError for an unknown type, a length that is not an integer >= 0, or a full memory (the message has the bytes
   * requested and the bytes free); TypeError for a length that is not a number; EngineClosedError.
   */
  allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] & Disposable;
  /**
   * Frees an array of `allocate`. Its memory will be reused, so do not touch the array afterwards.
   *
   * @throws TypeError when this engine did not allocate it, or it is already freed; EngineClosedError.
   */
  free(array: Allocated): void;
  info(): EngineInfo;
}

/** An engine that runs its functions on the caller's thread, from createLocalEngine or attachEngine. */
export interface LocalEngine extends Functions, EngineBase, Disposable {
  /** The memory that the engine works in. */
  readonly memory: WebAssembly.Memory;
  /** Ends the engine. Later calls throw EngineClosedError. */
  close(): void;
}

/** What another thread needs to attach to an engine. It can be posted. */
export interface EngineHandle {
  readonly kind: "wasm-cross-entropy engine";
  readonly version: string;
  readonly variant: Variant;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** Address of the control words that the threads share. */
  readonly control: number;
  readonly threads: number;
}

/** The package's functions as asynchronous methods, run by workers. */
export interface Engine extends AsyncFunctions, EngineBase, AsyncDisposable {
  /**
   * The argument of `attachEngine` in another thread: post it there.
   *
   * @throws Error when the workers do not share the engine's memory; EngineClosedError.
   */
  handle(): EngineHandle;
  /**
   * Ends the workers when all calls made so far have settled or, with `abort`, at once, rejecting those calls with
   * EngineClosedError. Later calls are rejected with it too. Arrays of `allocate` stay readable.
   */
  close(options?: { readonly abort?: boolean | undefined }): Promise<void>;
}
