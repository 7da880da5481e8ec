/** The engine behind createEngine: checks the options and starts the workers, on one shared memory if the runtime allows it. */
import { host as ownHost } from "#pool-host";
import { booleanOption, checkOptions } from "./arguments/options.js";
import { asyncFunctionsOn } from "./async-functions.js";
import {
  type Allocated,
  type AllocatedArrays,
  ArrayStore,
  disposable,
  isAllocated,
  notAllocated,
  viewFor,
} from "./engine/allocated-arrays.js";
import { defaultRunner, deterministicRunner } from "./engine/default.js";
import { growBy, onGrowableMemory, PAGE } from "./engine/local.js";
import { leastTime } from "./engine/pool/cost.js";
import type { Host } from "./engine/pool/host.js";
import { Pool, startPages } from "./engine/pool/pool.js";
import { UnsharedPool } from "./engine/pool/unshared.js";
import type { Engine, EngineHandle, EngineInfo, EngineOptions } from "./engine-types.js";
import { EngineClosedError, wrongType, wrongUse, wrongValue } from "./errors.js";
import { isArrayBuffer, isMemory, isModule, isSignal, isUrl } from "./values.js";
import { version } from "./version.js";
import { ALL_KERNELS } from "./wasm/kernel-sets.js";
import { checkPlain, chooseVariant, compiled, givenBytes, givenModule, isShared, type Variant } from "./wasm/module.js";

const OPTIONS = {
  threads: true,
  deterministic: true,
  memory: true,
  maximumMemory: true,
  module: true,
  workerUrl: true,
  signal: true,
} satisfies Record<keyof EngineOptions, true>;

/** An engine on this runtime's host. */
export function startEngine(options?: EngineOptions): Promise<Engine> {
  return createEngineOn(ownHost, options);
}

/** The same on any host, for tests. Workers are woken for work of `least` nanoseconds or more. */
export async function createEngineOn(host: Host, options?: EngineOptions, least?: number): Promise<Engine> {
  const given = checkOptions(options, OPTIONS);
  const settings = checked(given, host);
  given.signal?.throwIfAborted();
  const { reason, module, variant } = await kernelsFor(given, settings, host.whyUnshared());
  const runnerOfBuild = given.deterministic ? deterministicRunner : () => defaultRunner(ALL_KERNELS);
  const plainRunner = given.module === undefined ? runnerOfBuild : undefined;
  const { threads } = settings;
  const time = least ?? leastTime(reason === undefined ? threads : 1, host.mayCompute);
  const engine =
    reason === undefined
      ? sharedEngine(await Pool.start({ ...settings, host, module, plainRunner, least: time }), { variant, module, threads })
      : unsharedEngine(await UnsharedPool.start(host, module, settings.workerUrl, time), variant, reason);
  given.signal?.addEventListener("abort", () => void engine.close({ abort: true }));
  if (given.signal?.aborted) await engine.close({ abort: true });
  return engine;
}

interface Settings {
  readonly threads: number;
  readonly variant: Variant;
  readonly memory: WebAssembly.Memory;
  /** First page of the pool's part of a shared memory. */
  readonly page: number;
  readonly workerUrl: URL | string | undefined;
}

function checked(given: Partial<EngineOptions>, host: Host): Settings {
  const { threads = host.threads(), memory, maximumMemory, workerUrl, signal } = given;
  if (typeof threads !== "number") throw wrongType("options.threads", "an integer >= 1", threads);
  if (!Number.isSafeInteger(threads) || threads < 1) throw wrongValue("options.threads", "an integer >= 1", threads);
  if (memory !== undefined) checkMemory(memory);
  if (maximumMemory !== undefined) {
    if (typeof maximumMemory !== "number") throw wrongType("options.maximumMemory", "a number of bytes", maximumMemory);
    const least = startPages(threads) * PAGE;
    if (!(maximumMemory >= least && maximumMemory <= 65536 * PAGE)) {
      throw wrongValue("options.maximumMemory", `${least}..${65536 * PAGE} bytes for ${threads} threads`, maximumMemory);
    }
    if (memory) throw wrongUse("options.maximumMemory", "no options.memory with it", "both");
  }
  if (workerUrl !== undefined && typeof workerUrl !== "string" && !isUrl(workerUrl)) {
    throw wrongType("options.workerUrl", "a URL", workerUrl);
  }
  if (signal !== undefined && !isSignal(signal)) throw wrongType("options.signal", "an AbortSignal", signal);
  const variant = chooseVariant(booleanOption("deterministic", given.deterministic));
  const pages = startPages(threads);
  const most = maximumMemory === undefined ? undefined : Math.floor(maximumMemory / PAGE);
  if (pages > 65536) throw wrongValue("options.threads", "as many as have room in 4 GiB, at 4.2 MiB each", threads);
  const start = (on: WebAssembly.Memory): Settings => {
    return { threads, variant, memory: on, page: isShared(on) ? growBy(on, pages) : 0, workerUrl };
  };
  return memory ? start(memory) : onGrowableMemory(start, most);
}

function checkMemory(memory: unknown): void {
  if (!isMemory(memory)) throw wrongType("options.memory", "a WebAssembly.Memory", memory);
  if (!isShared(memory)) throw wrongValue("options.memory", "a shared memory", "an unshared one");
}

interface KernelsToUse {
  readonly module: WebAssembly.Module;
  readonly variant: Variant;
  /** Why workers cannot share memory; undefined if they can. */
  readonly reason: string | undefined;
}

async function kernelsFor(
  { module: given, deterministic }: Partial<EngineOptions>,
  { variant, memory }: Settings,
  unshared: string | undefined,
): Promise<KernelsToUse> {
  const noMemory = isShared(memory) ? undefined : "this runtime has no shared memory, or too little address space for one";
  const reason = unshared ?? noMemory;
  if (given === undefined) return { module: compiled(ALL_KERNELS, variant, reason === undefined), variant, reason };
  const name = "options.module";
  if (!isModule(given) && !isArrayBuffer(given) && !ArrayBuffer.isView(given)) {
    throw wrongType(name, "a WebAssembly.Module or the bytes of one", given);
  }
  const checked = isModule(given) ? givenModule(name, given) : await givenBytes(name, given, reason === undefined);
  if (deterministic) checkPlain(name, checked.variant);
  if (checked.shared && reason !== undefined) throw wrongValue(name, "a module for unshared memory", "one for shared memory");
  return { ...checked, reason: checked.shared ? undefined : (reason ?? "the module given is for unshared memory") };
}

function sharedEngine(pool: Pool, kernels: Pick<EngineHandle, "variant" | "module" | "threads">): Engine {
  const { memory } = pool.memory;
  const { arena } = pool.runner;
  const { variant, threads } = kernels;
  const arrays = new ArrayStore({
    arena: { allocate: (bytes) => arena.allocate(bytes), free: (start) => pool.memory.freeArray(start) },
    buffer: () => pool.memory.buffer(),
  });
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
      throw new Error(`wasm-cross-entropy: handle() needs shared memory: ${reason}`);
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
