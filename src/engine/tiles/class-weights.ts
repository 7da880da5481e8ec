/** Class weights in their tile, one segment at a time; loaded once where a segment holds all of them. */
import type { Workspace } from "./workspace.js";

export class ClassWeights {
  /** Address of the open segment's weights, 0 without any. */
  readonly address: number;
  readonly #workspace: Workspace;
  readonly #weight: Float32Array | null;
  #loaded = -1;

  constructor(workspace: Workspace, weight: Float32Array | null) {
    this.#workspace = workspace;
    this.#weight = weight;
    this.address = weight ? workspace.layout.weight : 0;
  }

  load(firstClass: number, classes: number): void {
    if (!this.#weight || this.#loaded === firstClass) return;
    this.#workspace.views().weight.set(this.#weight.subarray(firstClass, firstClass + classes));
    this.#loaded = firstClass;
  }
}
