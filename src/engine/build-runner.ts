/**
 * A local runner on one of the package's builds of the kernels. Separate from local.ts, which workers load too: workers receive a
 * compiled module, so their file does not carry the bytes of both builds (88 KB).
 */
import { wrongType } from "../errors.js";
import { isMemory } from "../values.js";
import type { KernelSet } from "../wasm/kernel-sets.js";
import { chooseVariant, compiled, instantiateModule, isShared, type Variant } from "../wasm/module.js";
import { LocalRunner } from "./local.js";

export interface BuildRunnerOptions {
  readonly deterministic?: boolean;
  /** See LocalRunnerOptions. */
  readonly memory?: WebAssembly.Memory;
}

export class BuildRunner extends LocalRunner {
  readonly variant: Variant;
  #kernels: KernelSet;

  constructor(kernels: KernelSet, options: BuildRunnerOptions = {}) {
    const { deterministic = false, memory = new WebAssembly.Memory({ initial: 0 }) } = options;
    if (!isMemory(memory)) throw wrongType("options.memory", "a WebAssembly.Memory", memory);
    const variant = chooseVariant(deterministic);
    super({ module: compiled(kernels, variant, isShared(memory)), memory });
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
