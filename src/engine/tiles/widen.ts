/**
 * Loads 16-bit floats into a tile as f32. Words in the engine's memory are widened from where they are. Other words are copied
 * first, to the end of the range that they are then widened into.
 */
import type { HalfArray } from "../../half.js";
import type { TileName, Workspace } from "./workspace.js";

const KERNELS = { float16: "float16ToFloat32", bfloat16: "bfloat16ToFloat32" } as const;

export class Widener {
  readonly #workspace: Workspace;
  readonly #words: Uint16Array;
  readonly #kernel: (words: number, count: number, out: number) => void;
  /** Address of the words if they are in the engine's memory and may be read there, else -1. */
  readonly resident: number;
  readonly isFloat16: boolean;

  constructor(workspace: Workspace, half: HalfArray, inPlace = true) {
    this.#workspace = workspace;
    this.#words = half.words;
    this.#kernel = workspace.kernels[KERNELS[half.type]];
    this.resident = inPlace ? workspace.addressOf(half) : -1;
    this.isFloat16 = half.type === "float16";
  }

  /** Loads elements start .. start + count - 1 to the start of the tile. */
  bring(tile: TileName, start: number, count: number): void {
    if (this.resident >= 0) {
      this.#kernel(this.resident + start * 2, count, this.#workspace.layout[tile]);
      return;
    }
    const scratch = this.#workspace.words(tile);
    const at = firstWord(count);
    if (count <= 64) {
      // for so few elements a loop is faster than creating a subarray
      for (let i = 0; i < count; i++) scratch[at + i] = this.#words[start + i];
    } else {
      const isWhole = start === 0 && count === this.#words.length;
      this.#workspace.copy(scratch, at, isWhole ? this.#words : this.#words.subarray(start, start + count));
    }
    this.#widen(tile, count);
  }

  /** Loads `runs` runs of `length` elements, which start `step` apart, to the tile, one after the other. */
  gather(tile: TileName, start: number, runs: number, length: number, step: number): void {
    if (this.resident >= 0) {
      const out = this.#workspace.layout[tile];
      // The kernel may write up to three elements past a run; the next run overwrites them.
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

  /** As `gather`, transposed word by word: run r becomes column r of the tile. */
  gatherColumns(tile: TileName, start: number, runs: number, length: number, step: number): void {
    const words = this.#words;
    const scratch = this.#workspace.words(tile);
    const at = firstWord(runs * length);
    for (let r = 0; r < runs; r++) {
      const from = start + r * step;
      for (let i = 0; i < length; i++) scratch[at + i * runs + r] = words[from + i];
    }
    this.#widen(tile, runs * length);
  }

  #widen(tile: TileName, count: number): void {
    const out = this.#workspace.layout[tile];
    this.#kernel(out + firstWord(count) * 2, count, out);
  }
}

/** Offset, in words, to copy `count` words to, so that widening them to the tile's start overwrites no word before it is read. */
function firstWord(count: number): number {
  return Math.ceil(count / 8) * 8;
}
