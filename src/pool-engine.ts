/** createEngine: the functions of the package run by workers, on one shared memory where there can be one. */
import { host as ownHost } from "#pool-host";
import { booleanOption, checkOptions } from "./arguments/options.js";
import { type AsyncFunctions, asyncFunctionsOn } from "./async-functions.js";
import {
  type Allocated,
  type AllocatedArrays,
  ArrayStore,
  disposable,
  isAllocated,
  notAllocated,
  viewFor,
} from "./engine/allocated-arrays.js";
import type { Host } from "./engine/hosts/host.js";
import { growableMemory, PAGE } from "./engine/local.js";
import { leastTime } from "./engine/pool/cost.js";
import { Pool } from "./engine/pool/pool.js";
import { UnsharedPool } from "./engine/pool/unshared-pool.js";
import { EngineClosedError, wrongType, wrongValue } from "./errors.js";
import { version } from "./version.js";
import { chooseVariant, compiled, compiledFrom, isShared, type Variant } from "./wasm/module.js";

export interface EngineOptions {
  /** Workers, an integer >= 1. Default: as many as the machine has threads for this process. */
  readonly threads?: number;
  /** Plain SIMD128: the same bits on every machine. Default false: the fastest build that the runtime takes. */
  readonly deterministic?: boolean;
  /** A shared memory to work in: the engine adds its regions (3.3 MiB a thread) to its end and reads arrays on it in place. */
  readonly memory?: WebAssembly.Memory;
  /** Most bytes of the engine's own memory, at least 3.4 MiB a thread and as much again. Default 4 GiB, which is an address range. */
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
   * @throws RangeError for a length that is no integer >= 0, an unknown type, or a memory that is full (it says how much was asked
   * for and how much is free); EngineClosedError.
   */
  allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] & Disposable;
  /**
   * Gives an array of `allocate` back. Its place will be used again: do not touch it any more. A call that is given it is rejected.
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

/**
 * An engine of worker threads.
 *
 * Every function of the package as a method that gives a promise: same arguments, and for any number of threads the plain
 * function's result to the bit (with the same build: `info().variant`). Rows are dealt to the workers as they come, rows longer
 * than 16384 classes are cut where there are fewer of them than threads. Calls smaller than some 0.4 ms run at once on the
 * caller: waking a worker takes longer. An engine that has nothing to do uses no processor and keeps no process alive.
 *
 * Arrays of `allocate` and arrays on any SharedArrayBuffer are read and written where they are, others are copied through the
 * shared memory while the workers compute.
 *
 * @param options - See {@link EngineOptions}.
 * @returns When all workers are ready.
 * @throws TypeError for an option of a wrong type or an unknown option; RangeError for threads that are no integer >= 1, an
 * unshared memory, a memory without room; Error where the runtime has no WebAssembly SIMD; what a worker throws as it starts.
 *
 * @example
 * ```ts
 * import { createEngine } from "wasm-cross-entropy";
 *
 * const engine = await createEngine({ threads: 2 });
 * const logits = engine.allocate("float32", 6);
 * logits.set([2, 1, 0.5, 0.5, 2.5, 1]);
 * const loss = await engine.crossEntropy(logits, [0, 1]);
 * await engine.close();
 * loss; // => 0.3853622
 * ```
 */
export async function createEngine(options?: EngineOptions): Promise<Engine> {
  return createEngineOn(ownHost, options);
}

const OPTIONS = ["threads", "deterministic", "memory", "maximumMemory", "module", "workerUrl", "signal"];

/** The same on a host of the tests' own, with workers woken for work of `least` nanoseconds. */
export async function createEngineOn(host: Host, options?: EngineOptions, least?: number): Promise<Engine> {
  const given: Partial<EngineOptions> = checkOptions(options, OPTIONS);
  const settings = checked(given, host);
  given.signal?.throwIfAborted();
  const reason = host.whyUnshared();
  const module = await moduleFor(given.module, settings.variant, reason === undefined);
  const variant = given.module === undefined ? settings.variant : ("given" as const);
  const engine =
    reason === undefined
      ? sharedEngine(await Pool.start({ ...settings, host, module, least: least ?? leastTime(settings.threads) }), {
          variant,
          module,
          threads: settings.threads,
        })
      : unsharedEngine(await UnsharedPool.start(host, module, settings.workerUrl, least ?? leastTime(1)), variant, reason);
  given.signal?.addEventListener("abort", () => void engine.close({ abort: true }), { once: true });
  if (given.signal?.aborted) await engine.close({ abort: true });
  return engine;
}

interface Settings {
  readonly threads: number;
  readonly variant: Variant;
  readonly memory: WebAssembly.Memory;
  readonly workerUrl: URL | string | undefined;
}

function checked(given: Partial<EngineOptions>, host: Host): Settings {
  const { threads = host.threads(), memory, maximumMemory, workerUrl, signal } = given;
  if (typeof threads !== "number") throw wrongType("options.threads", "an integer >= 1", threads);
  if (!Number.isSafeInteger(threads) || threads < 1) throw wrongValue("options.threads", "an integer >= 1", threads);
  if (memory !== undefined) checkMemory(memory);
  if (maximumMemory !== undefined) {
    if (typeof maximumMemory !== "number") throw wrongType("options.maximumMemory", "a number of bytes", maximumMemory);
    if (!(maximumMemory >= PAGE && maximumMemory <= 65536 * PAGE)) {
      throw wrongValue("options.maximumMemory", `${PAGE}..${65536 * PAGE} bytes`, maximumMemory);
    }
    if (memory) throw new TypeError("options.maximumMemory: expected no memory beside it, got both");
  }
  if (workerUrl !== undefined && typeof workerUrl !== "string" && !(workerUrl instanceof URL)) {
    throw wrongType("options.workerUrl", "a URL", workerUrl);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType("options.signal", "an AbortSignal", signal);
  const variant = chooseVariant(booleanOption("deterministic", given.deterministic));
  const most = maximumMemory === undefined ? undefined : Math.floor(maximumMemory / PAGE);
  return { threads, variant, memory: memory ?? growableMemory(most), workerUrl };
}

function checkMemory(memory: unknown): void {
  if (!(memory instanceof WebAssembly.Memory)) throw wrongType("options.memory", "a WebAssembly.Memory", memory);
  if (!isShared(memory)) throw wrongValue("options.memory", "a shared memory", "an unshared one");
}

async function moduleFor(given: EngineOptions["module"], variant: Variant, shared: boolean): Promise<WebAssembly.Module> {
  if (given === undefined) return compiled(variant, shared);
  if (given instanceof WebAssembly.Module) return given;
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return compiledFrom(given, shared);
  throw wrongType("options.module", "a WebAssembly.Module or the bytes of one", given);
}

function sharedEngine(pool: Pool, kernels: Pick<EngineHandle, "variant" | "module" | "threads">): Engine {
  const { memory } = pool.memory;
  const { arena } = pool.runner;
  const { variant, threads } = kernels;
  const arrays = new ArrayStore({ arena, buffer: () => pool.memory.buffer() });
  let isClosed = false;
  const checkOpen = (): void => {
    if (isClosed) throw new EngineClosedError();
  };
  const close = (options?: { readonly abort?: boolean }): Promise<void> => {
    isClosed = true;
    return pool.close(options?.abort ?? false);
  };
  return {
    ...asyncFunctionsOn((task, signal) => pool.run(task, signal)),
    allocate(type, length) {
      checkOpen();
      return arrays.allocate(type, length);
    },
    free(array) {
      checkOpen();
      arrays.free(array);
    },
    handle() {
      checkOpen();
      return { kind: "wasm-cross-entropy engine", version, memory, control: pool.controlAddress, ...kernels };
    },
    info: () => ({
      version,
      variant,
      threads,
      shared: true,
      reason: undefined,
      memoryBytes: memory.buffer.byteLength,
      takenBytes: arena.takenBytes,
      pending: pool.pending,
    }),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

function unsharedEngine(pool: UnsharedPool, variant: EngineInfo["variant"], reason: string): Engine {
  const live = new Map<Allocated, number>();
  let isClosed = false;
  const checkOpen = (): void => {
    if (isClosed) throw new EngineClosedError();
  };
  const close = (options?: { readonly abort?: boolean }): Promise<void> => {
    isClosed = true;
    return pool.close(options?.abort ?? false);
  };
  return {
    ...asyncFunctionsOn((task, signal) => pool.run(task, signal)),
    allocate<Type extends keyof AllocatedArrays>(type: Type, length: number): AllocatedArrays[Type] & Disposable {
      checkOpen();
      const View = viewFor(type, length);
      const array = new View(new ArrayBuffer(length * View.BYTES_PER_ELEMENT), 0, length) as AllocatedArrays[Type];
      live.set(array, array.byteLength);
      return disposable(array, () => live.delete(array));
    },
    free(array) {
      checkOpen();
      if (!isAllocated(array) || !live.delete(array)) throw notAllocated(array);
    },
    handle() {
      checkOpen();
      throw new Error(`wasm-cross-entropy: there is no shared memory to hand out: ${reason}`);
    },
    info: () => ({
      version,
      variant,
      threads: 1,
      shared: false,
      reason,
      memoryBytes: pool.runner.memory.buffer.byteLength,
      takenBytes: Array.from(live.values()).reduce((total, bytes) => total + bytes, 0),
      pending: pool.pending,
    }),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
