/**
 * A local runner on one of the package's builds of the kernels. Apart from local.ts, which workers run too: they are sent a module,
 * and their file need not carry the bytes of both builds (88 KB beside its 51).
 */
import { wrongType } from "../errors.js";
import type { KernelSet } from "../wasm/kernel-sets.js";
import { chooseVariant, compiled, instantiateModule, isShared, type Variant } from "../wasm/module.js";
import { LocalRunner } from "./local.js";

export interface BuildRunnerOptions {
  readonly deterministic?: boolean;
  /** As LocalRunner's. */
  readonly memory?: WebAssembly.Memory;
}

export class BuildRunner extends LocalRunner {
  readonly variant: Variant;
  #kernels: KernelSet;

  constructor(kernels: KernelSet, options: BuildRunnerOptions = {}) {
    const { deterministic = false, memory = new WebAssembly.Memory({ initial: 0 }) } = options;
    if (!(memory instanceof WebAssembly.Memory)) throw wrongType("options.memory", "a WebAssembly.Memory", memory);
    const variant = chooseVariant(deterministic);
    super({ module: compiled(kernels, variant, isShared(memory)), memory });
    this.variant = variant;
    this.#kernels = kernels;
  }

  /** Sees to it that these kernels are there: sets are nested, and kernels hold no state that a new instance would lack. */
  bring(kernels: KernelSet): void {
    if (kernels.length <= this.#kernels.length) return;
    this.workspace.kernels = instantiateModule(compiled(kernels, this.variant, isShared(this.memory)), this.memory);
    this.#kernels = kernels;
  }
}
