/**
 * Takes f32 results out of a tile as 16-bit floats, rounded to nearest, ties to even. Words in the engine's memory are written
 * straight to where they live, others are made in the tile, over the results, and copied from there (half the bytes of an f32).
 */
import type { HalfArray } from "../../half.js";
import type { TileName, Workspace } from "./workspace.js";

const KERNELS = { float16: "float32ToFloat16", bfloat16: "float32ToBfloat16" } as const;

export class Narrower {
  readonly #workspace: Workspace;
  readonly #words: Uint16Array;
  readonly #kernel: (values: number, count: number, out: number) => void;
  readonly #resident: number;

  constructor(workspace: Workspace, half: HalfArray) {
    this.#workspace = workspace;
    this.#words = half.words;
    this.#kernel = workspace.kernels[KERNELS[half.type]];
    this.#resident = workspace.addressOf(half);
  }

  /**
   * Elements start, start + 1, ... = tile[offset ...]: `runs` runs of `length` elements each, one behind the other in the tile,
   * `step` apart in the words.
   */
  scatter(tile: TileName, offset: number, start: number, runs: number, length: number, step: number): void {
    const values = this.#workspace.layout[tile] + offset * 4;
    if (this.#resident >= 0) {
      for (let r = 0; r < runs; r++) this.#kernel(values + r * length * 4, length, this.#resident + (start + r * step) * 2);
      return;
    }
    this.#kernel(values, runs * length, values);
    const made = this.#workspace.words(tile);
    for (let r = 0; r < runs; r++) {
      const from = 2 * offset + r * length;
      this.#workspace.copy(this.#words, start + r * step, made.subarray(from, from + length));
    }
  }
}
