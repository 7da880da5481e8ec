/**
 * wasm-cross-entropy/kernels: the raw kernels. They take pointers into a memory that the caller provides and lays out.
 *
 * Nothing is checked. A pointer is a byte offset. f32 arrays need 12 readable bytes past their end, and kernels that take rows in
 * groups of four write up to three entries past a column (see the head of each file in assembly/).
 *
 * @example
 * ```ts
 * import { instantiateKernels } from "wasm-cross-entropy/kernels";
 *
 * const memory = new WebAssembly.Memory({ initial: 1 });
 * const kernels = instantiateKernels(memory);
 * new Float32Array(memory.buffer, 64, 3).set([2, 1, 0.5]);
 * kernels.rowMax(64, 1, 3, 3, 1024);
 * new Float32Array(memory.buffer, 1024, 1)[0]; // => 2
 * ```
 */
import type { Bytes } from "./wasm/bytes.js";
import { ALL_KERNELS } from "./wasm/kernel-sets.js";
import { moduleBytes as bytesOf } from "./wasm/kernel-text.js";
import { marked } from "./wasm/mark.js";
import { chooseVariant, compiled, instantiateModule, isShared, type Kernels, type Variant } from "./wasm/module.js";
import { hasRelaxedSimd } from "./wasm/relaxed-probe.js";

export type { Kernels, Variant };
export { hasRelaxedSimd };

/** Returns a copy of `wasm-cross-entropy/kernels-<variant>.wasm`, as bytes. The module imports `env.memory`, unshared. */
export function moduleBytes(variant: Variant): Bytes {
  return marked(bytesOf(ALL_KERNELS, variant), variant, ALL_KERNELS);
}

/**
 * Instantiates the kernels on `memory`, which may be unshared, or shared with a maximum of at most 65536 pages.
 *
 * @param variant - `"plain"`, `"relaxed"`, or undefined for the fastest that the runtime supports.
 * @throws Error if the runtime has no WebAssembly SIMD, or if `"relaxed"` is requested and it has no relaxed SIMD.
 */
export function instantiateKernels(memory: WebAssembly.Memory, variant?: Variant): Kernels {
  return instantiateModule(compiled(ALL_KERNELS, variant ?? chooseVariant(false), isShared(memory)), memory);
}
