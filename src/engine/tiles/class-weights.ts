/** Loads class weights into their tile, one segment at a time; only once when a single segment holds all of them. */
import type { Workspace } from "./workspace.js";

export class ClassWeights {
  /** Address of the loaded segment's weights, 0 without weights. */
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
