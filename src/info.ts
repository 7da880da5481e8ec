/** info: what the plain functions run on in this runtime. */
import { defaultRunner } from "./engine/default.js";
import { version } from "./version.js";
import type { Variant } from "./wasm/module.js";
import { hasRelaxedSimd } from "./wasm/relaxed-probe.js";

export interface Info {
  /** Version of the package. */
  readonly version: string;
  /** The build of the kernels that the plain functions use. */
  readonly variant: Variant;
  /** Whether this runtime has relaxed SIMD. */
  readonly relaxedSimd: boolean;
  /** Size of the plain functions' WASM memory, in bytes. Constant: it does not grow with the input. */
  readonly memoryBytes: number;
}

/**
 * Reports what the plain functions run on in this runtime. Starts their engine if no call has started it yet.
 *
 * @throws Error if the runtime has no WebAssembly SIMD.
 *
 * @example
 * ```ts
 * import { info } from "wasm-cross-entropy";
 *
 * info().memoryBytes <= 8 * 1024 * 1024; // => true
 * ```
 */
export function info(): Info {
  const { variant, memory } = defaultRunner();
  return { version, variant, relaxedSimd: hasRelaxedSimd(), memoryBytes: memory.buffer.byteLength };
}
