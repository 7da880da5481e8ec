/**
 * Brings 16-bit floats into a tile as f32. Words in JavaScript's memory are copied (half the bytes of an f32) to the end of the
 * very place that they are widened to, words in the engine's memory are widened straight from where they live.
 */
import type { HalfArray } from "../../half.js";
import type { TileName, Workspace } from "./workspace.js";

const KERNELS = { float16: "float16ToFloat32", bfloat16: "bfloat16ToFloat32" } as const;

export class Widener {
  readonly #workspace: Workspace;
  readonly #words: Uint16Array;
  readonly #kernel: (words: number, count: number, out: number) => void;
  /** Where the words live in the memory, or -1. */
  readonly resident: number;
  readonly isFloat16: boolean;

  constructor(workspace: Workspace, half: HalfArray) {
    this.#workspace = workspace;
    this.#words = half.words;
    this.#kernel = workspace.kernels[KERNELS[half.type]];
    this.resident = workspace.addressOf(half);
    this.isFloat16 = half.type === "float16";
  }

  /** tile[0 ..] = elements start .. start + count - 1. */
  bring(tile: TileName, start: number, count: number): void {
    if (this.resident >= 0) {
      this.#kernel(this.resident + start * 2, count, this.#workspace.layout[tile]);
      return;
    }
    const scratch = this.#workspace.words(tile);
    const at = firstWord(count);
    if (count <= 64) {
      // below this a loop is faster than making a subarray
      for (let i = 0; i < count; i++) scratch[at + i] = this.#words[start + i] as number;
    } else {
      const isWhole = start === 0 && count === this.#words.length;
      this.#workspace.copy(scratch, at, isWhole ? this.#words : this.#words.subarray(start, start + count));
    }
    this.#widen(tile, count);
  }

  /** The same of `runs` runs of `length` elements each, which start `step` apart; one behind the other in the tile. */
  gather(tile: TileName, start: number, runs: number, length: number, step: number): void {
    if (this.resident >= 0) {
      const out = this.#workspace.layout[tile];
      // up to three elements behind a run are written too, before the next one is
      for (let r = 0; r < runs; r++) this.#kernel(this.resident + (start + r * step) * 2, length, out + r * length * 4);
      return;
    }
    const scratch = this.#workspace.words(tile);
    const at = firstWord(runs * length);
    for (let r = 0; r < runs; r++) {
      const from = start + r * step;
      this.#workspace.copy(scratch, at + r * length, this.#words.subarray(from, from + length));
    }
    this.#widen(tile, runs * length);
  }

  /** The same, transposed, word by word: run r becomes column r of the tile. */
  gatherColumns(tile: TileName, start: number, runs: number, length: number, step: number): void {
    const words = this.#words;
    const scratch = this.#workspace.words(tile);
    const at = firstWord(runs * length);
    for (let r = 0; r < runs; r++) {
      const from = start + r * step;
      for (let i = 0; i < length; i++) scratch[at + i * runs + r] = words[from + i] as number;
    }
    this.#widen(tile, runs * length);
  }

  #widen(tile: TileName, count: number): void {
    const out = this.#workspace.layout[tile];
    this.#kernel(out + firstWord(count) * 2, count, out);
  }
}

/** Where `count` words go in a tile, in words, so that widening them to its start overwrites none before it is read. */
function firstWord(count: number): number {
  return Math.ceil(count / 8) * 8;
}
