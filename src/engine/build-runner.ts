/**
 * A local runner on one of the package's builds of the kernels. Apart from local.ts, which workers run too: they are sent a module,
 * and their file need not carry the bytes of both builds (160 KB of its 207).
 */
import { wrongType } from "../errors.js";
import { chooseVariant, compiled, isShared, type Variant } from "../wasm/module.js";
import { LocalRunner } from "./local.js";

export interface BuildRunnerOptions {
  readonly deterministic?: boolean;
  /** As LocalRunner's. */
  readonly memory?: WebAssembly.Memory;
}

export class BuildRunner extends LocalRunner {
  readonly variant: Variant;

  constructor({ deterministic = false, memory = new WebAssembly.Memory({ initial: 0 }) }: BuildRunnerOptions = {}) {
    if (!(memory instanceof WebAssembly.Memory)) throw wrongType("options.memory", "a WebAssembly.Memory", memory);
    const variant = chooseVariant(deterministic);
    super({ module: compiled(variant, isShared(memory)), memory });
    this.variant = variant;
  }
}
