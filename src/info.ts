/** info: what the plain functions run on. */
import { defaultRunner } from "./engine/default.js";
import { version } from "./version.js";
import type { Variant } from "./wasm/module.js";
import { hasRelaxedSimd } from "./wasm/relaxed-probe.js";

export interface Info {
  /** Version of the package. */
  readonly version: string;
  /** The build of the kernels behind the plain functions. */
  readonly variant: Variant;
  /** Whether this runtime has relaxed SIMD. */
  readonly relaxedSimd: boolean;
  /** Size of the WASM memory behind the plain functions, in bytes: constant. */
  readonly memoryBytes: number;
}

/**
 * What the plain functions run on, here and now. Starts their engine when no call has done so yet.
 *
 * @throws Error where the runtime has no WebAssembly SIMD.
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
