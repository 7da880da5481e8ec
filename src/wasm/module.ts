/**
 * Modules of the kernels, and their instances on a memory of the caller.
 *
 * The bytes are inlined in the package (kernel-text.ts), so the first call can instantiate synchronously in Node, in a browser
 * and behind any bundler. A module is compiled once per set, build and kind of memory.
 */
import { instantiateSync } from "@assemblyscript/loader";
import { isSharedBuffer } from "../values.js";
import type { Kernels } from "./generated/kernels.js";
import type { KernelSet } from "./kernel-sets.js";
import { moduleBytes, type Variant } from "./kernel-text.js";
import { hasRelaxedSimd } from "./relaxed-probe.js";
import { importSharedMemory } from "./shared-memory.js";

export type { Kernels, Variant };

const modules = new Map<string, WebAssembly.Module>();

/** The fastest build that the runtime supports, or the plain one for bits that do not depend on the machine. */
export function chooseVariant(deterministic: boolean): Variant {
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
 * @throws Error if the runtime has no WebAssembly SIMD.
 */
export function compiled(kernels: KernelSet, variant: Variant, shared: boolean): WebAssembly.Module {
  const key = `${kernels.length} ${variant} ${shared}`;
  let module = modules.get(key);
  if (!module) {
    const bytes = moduleBytes(kernels, variant);
    try {
      module = new WebAssembly.Module(shared ? importSharedMemory(bytes) : bytes);
    } catch (cause) {
      const need = `WebAssembly SIMD (${variant}), which the kernels need`;
      throw new Error(`wasm-cross-entropy: this runtime does not take ${need}`, { cause });
    }
    modules.set(key, module);
  }
  return module;
}

/** Compiles the bytes of a build, which import an unshared memory, for shared or unshared memories. */
export function compiledFrom(bytes: BufferSource, shared: boolean): Promise<WebAssembly.Module> {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return WebAssembly.compile(shared ? importSharedMemory(view) : view.slice());
}
