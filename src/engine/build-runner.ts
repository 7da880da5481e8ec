/**
 * A local runner on one of the package's builds of the kernels. Separate from local.ts, which workers load too: workers receive a
 * compiled module, so their file does not carry the bytes of both builds (88 KB).
 */
import type { KernelSet } from "../wasm/kernel-sets.js";
import { compiled, instantiateModule, isShared, type Variant } from "../wasm/module.js";
import { LocalRunner, unsharedMemory } from "./local.js";

export class BuildRunner extends LocalRunner {
  readonly variant: Variant;
  #kernels: KernelSet;

  /** @throws Error if the runtime does not compile the kernels. */
  constructor(
    kernels: KernelSet,
    variant: Variant,
    memory = unsharedMemory(),
    module = compiled(kernels, variant, isShared(memory)),
  ) {
    super({ module, memory, base: -1 });
    this.variant = variant;
    this.#kernels = kernels;
  }

  /** Instantiates the larger set when these kernels are missing. Sets are nested and kernels stateless, so nothing is lost. */
  bring(kernels: KernelSet): void {
    if (kernels.length <= this.#kernels.length) return;
    this.workspace.kernels = instantiateModule(compiled(kernels, this.variant, isShared(this.memory)), this.memory);
    this.#kernels = kernels;
  }
}
