/**
 * Modules of the kernels, and instances of them on a memory that the caller gives.
 *
 * The bytes come from the package's own code (kernel-text.ts), so that the first call can start the module synchronously in Node,
 * in a browser and behind any bundler. A module is compiled once per set, build and kind of memory and kept.
 */
import { instantiateSync } from "@assemblyscript/loader";
import type { Kernels } from "./generated/kernels.js";
import type { KernelSet } from "./kernel-sets.js";
import { moduleBytes, type Variant } from "./kernel-text.js";
import { hasRelaxedSimd } from "./relaxed-probe.js";
import { importSharedMemory } from "./shared-memory.js";

export type { Kernels, Variant };

const modules = new Map<string, WebAssembly.Module>();

/** The fastest build that the runtime takes, or the plain one where bits must not depend on the machine. */
export function chooseVariant(deterministic: boolean): Variant {
  return !deterministic && hasRelaxedSimd() ? "relaxed" : "plain";
}

/** Whether a memory is shared between threads; false where the runtime has no shared memory. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
}

/** Kernels of a module that is compiled already, for a memory of its kind. */
export function instantiateModule(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  // the loader's type asks for an index signature that an interface has not
  // the functions themselves: the loader wraps each in one that takes any number of arguments, 10 to 20 ns a call
  return instantiateSync<Record<string, unknown>>(module, { env: { memory } }).instance.exports as unknown as Kernels;
}

/**
 * The module of a build, for memories that are shared or not.
 *
 * @throws Error where the runtime has no WebAssembly SIMD.
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

/** A module of the bytes of a build, which import an unshared memory. */
export function compiledFrom(bytes: BufferSource, shared: boolean): Promise<WebAssembly.Module> {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return WebAssembly.compile(shared ? importSharedMemory(view) : view.slice());
}
