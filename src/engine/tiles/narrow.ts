/**
 * Copies f32 results out of a tile as 16-bit floats, rounded to nearest, ties to even. Arrays in the engine's memory are written
 * directly. For other arrays the tile is converted in place first, so that only 16-bit words are copied.
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

  /** Copies `runs` runs of `length` elements, adjacent in the tile from `offset` on, to words `start`, `start + step`, ... */
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
