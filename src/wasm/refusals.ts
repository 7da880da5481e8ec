/** Why a runtime does not run the kernels, and what its user can do. */
import { hasSimd } from "./relaxed-probe.js";

const PREFIX = "wasm-cross-entropy:";

/** @throws Error where WebAssembly is missing. */
export function checkWebAssembly(): void {
  if (typeof WebAssembly === "undefined") {
    throw new Error(`${PREFIX} this runtime has no WebAssembly, which the kernels need (node --jitless turns it off)`);
  }
}

/** The error for a module that the runtime did not compile. */
export function notCompiled(variant: string, cause: unknown): Error {
  const isMemory = cause instanceof RangeError || /memory/i.test(String(cause));
  const reason = !hasSimd(variant === "relaxed")
    ? `this runtime has no WebAssembly SIMD, which the kernels need (${variant} build)`
    : isMemory
      ? addressSpace("code")
      : "this runtime refuses to compile WebAssembly. A page's content security policy needs 'wasm-unsafe-eval'; " +
        "where there is none (Cloudflare Workers), pass a compiled module to setModule()";
  return new Error(`${PREFIX} ${reason}`, { cause });
}

/** The error for a memory that the runtime did not create, whatever its size. */
export function noMemory(cause: unknown): RangeError {
  return new RangeError(`${PREFIX} ${addressSpace("memory")}`, { cause });
}

function addressSpace(what: string): string {
  const remedy = "Node reserves 10 GiB for each memory: raise `ulimit -v`, or run node --disable-wasm-trap-handler";
  return `too little address space for WebAssembly ${what}. ${remedy}`;
}
