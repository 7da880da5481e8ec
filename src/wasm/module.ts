/**
 * Modules of the kernels, and their instances on a memory of the caller.
 *
 * The bytes are inlined in the package (kernel-text.ts), so the first call can instantiate synchronously in Node, in a browser
 * and behind any bundler. A module is compiled once per set, build and kind of memory.
 */
import { instantiateSync } from "@assemblyscript/loader";
import { wrongType, wrongValue } from "../errors.js";
import { isSharedBuffer } from "../values.js";
import type { Kernels } from "./generated/kernels.js";
import type { KernelSet } from "./kernel-sets.js";
import { moduleBytes, type Variant } from "./kernel-text.js";
import { marked, variantOf } from "./mark.js";
import { checkWebAssembly, noMemory, notCompiled } from "./refusals.js";
import { hasRelaxedSimd } from "./relaxed-probe.js";
import { importSharedMemory } from "./shared-memory.js";

export type { Kernels, Variant };

const modules = new Map<string, WebAssembly.Module>();

/** The fastest build that the runtime supports, or the plain one for bits that do not depend on the machine. */
export function chooseVariant(deterministic: boolean): Variant {
  checkWebAssembly();
  return !deterministic && hasRelaxedSimd() ? "relaxed" : "plain";
}

/** Whether a memory is shared between threads; false if the runtime has no shared memory. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return isSharedBuffer(memory.buffer);
}

/** The loader compiles what is not an instance of this realm's class, so it gets a copy of another realm's module. */
function ownModule(module: WebAssembly.Module): WebAssembly.Module {
  return module instanceof WebAssembly.Module ? module : structuredClone(module);
}

/** Instantiates a compiled module on a memory of its kind. */
export function instantiateModule(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  // Record: the loader's type requires an index signature, which an interface does not have.
  // instance.exports: the loader wraps each function in one that takes any number of arguments, 10 to 20 ns per call.
  return instantiateSync<Record<string, unknown>>(ownModule(module), { env: { memory } }).instance.exports as unknown as Kernels;
}

/**
 * The module of a build, for shared or unshared memories; compiled once.
 *
 * @throws Error that says why, if the runtime does not compile it.
 */
export function compiled(kernels: KernelSet, variant: Variant, shared: boolean): WebAssembly.Module {
  const key = `${kernels.length} ${variant} ${shared}`;
  let module = modules.get(key);
  if (!module) {
    const bytes = marked(moduleBytes(kernels, variant), variant, kernels);
    try {
      module = new WebAssembly.Module(shared ? importSharedMemory(bytes) : bytes);
    } catch (cause) {
      throw notCompiled(variant, cause);
    }
    modules.set(key, module);
  }
  return module;
}

/** A module of all kernels that was compiled elsewhere. */
export interface GivenModule {
  readonly module: WebAssembly.Module;
  readonly variant: Variant;
  /** Whether it imports a shared memory. */
  readonly shared: boolean;
}

/** @throws TypeError for anything but a module, RangeError for one that does not have the kernels of this version. */
export function givenModule(name: string, module: unknown): GivenModule {
  checkWebAssembly();
  const variant = variantOf(name, module);
  return { module: module as WebAssembly.Module, variant, shared: !links(module as WebAssembly.Module) };
}

/** @throws RangeError for any but the plain build. */
export function checkPlain(name: string, variant: Variant): void {
  if (variant !== "plain") throw wrongValue(name, "kernels-plain.wasm, with deterministic: true", `the ${variant} build`);
}

/** Whether a module imports an unshared memory. There is no API to ask, so it is linked with one. */
function links(module: WebAssembly.Module): boolean {
  const memory = newMemory(0, 1);
  try {
    instantiateModule(module, memory);
    return true;
  } catch {
    return false;
  }
}

/**
 * The module of a build's bytes, which import an unshared memory, for shared or unshared memories.
 *
 * @throws TypeError for bytes of no module, RangeError for those of another module.
 */
export async function givenBytes(name: string, bytes: BufferSource, shared: boolean): Promise<GivenModule> {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  checkWebAssembly();
  if (!WebAssembly.validate(view.slice())) throw wrongType(name, "a module that this runtime supports, or its bytes", bytes);
  const unshared = await WebAssembly.compile(view.slice()).catch((cause: unknown) => {
    throw notCompiled("plain", cause);
  });
  const given = givenModule(name, unshared);
  if (!shared || given.shared) return given;
  return { ...given, module: await WebAssembly.compile(importSharedMemory(view)), shared };
}

/** An unshared memory. @throws RangeError when there is no address space for it. */
export function newMemory(initial: number, ...maxima: number[]): WebAssembly.Memory {
  checkWebAssembly();
  let cause: unknown;
  for (const maximum of maxima) {
    try {
      return new WebAssembly.Memory({ __proto__: null, initial, maximum } as WebAssembly.MemoryDescriptor);
    } catch (error) {
      cause = error;
    }
  }
  throw noMemory(cause);
}
