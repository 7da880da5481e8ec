/**
 * Takes a tile's results (rows x classes f32) back to the caller's array: written there by the kernel itself where an f32 array
 * lives in the memory, else through a tile, transposed back when the class axis is not the last. An array of 16-bit floats gets
 * them rounded.
 */
import { isHalf } from "../../half.js";
import { elementsBefore, outersPerTile, type Rows } from "../../memory/tiles.js";
import type { FloatOutput } from "../job.js";
import { Narrower } from "./narrow.js";
import type { TileName, Workspace } from "./workspace.js";

export class TileSink {
  /** Where the kernel writes, and elements from row to row. */
  address = 0;
  stride = 0;
  readonly #workspace: Workspace;
  /** The elements, or the words of 16-bit floats, of which a 0 is a word of 0. */
  readonly #out: Float32Array | Uint16Array;
  readonly #narrower: Narrower | null;
  readonly #layout: Rows;
  readonly #resident: number;
  readonly #tile: TileName;
  /** Elements before the array's first one. */
  readonly #origin: number;
  #offset = 0;
  #stays = false;
  /** What has not been copied yet: `count` elements from `offset` in the tile on, for the array's `start`. */
  readonly #waiting = { start: 0, offset: 0, count: 0 };

  /** `firstRow` is the row that `out` begins with, as a TileSource's. */
  constructor(workspace: Workspace, out: FloatOutput, layout: Rows, tile: TileName = "tileB", firstRow = 0) {
    this.#workspace = workspace;
    const half = isHalf(out);
    this.#out = half ? out.words : out;
    this.#narrower = half ? new Narrower(workspace, out) : null;
    this.#layout = layout;
    this.#tile = tile;
    this.#origin = elementsBefore(layout, firstRow);
    this.#resident = layout.inner === 1 && !half ? workspace.addressOf(out) : -1;
  }

  /**
   * Says where to write classes firstClass .. of rows from `row` on; `offset` is where in the tile, in elements. `stays`: nothing
   * else is written there before `flush`, until which it waits to be copied together with what follows it. In copies of a MiB
   * and more memmove writes lines without reading them first (glibc on x86: .24 ns an element, .39 in smaller ones; of 2 MiB
   * .05 to .14 less than of one; Zen 4).
   */
  open(row: number, firstClass: number, classes: number, offset = 0, stays = false): void {
    this.#stays = stays;
    if (this.#resident >= 0) {
      this.stride = this.#layout.stride;
      this.address = this.#resident + (row * this.stride + firstClass - this.#origin) * 4;
    } else {
      this.stride = classes;
      this.#offset = offset;
      this.address = this.#workspace.layout[this.#tile] + offset * 4;
      // a turn may have come back to where something waits
      if (!this.#follows(row * this.#layout.stride + firstClass - this.#origin)) this.flush();
    }
  }

  /** Copies what was written there to the caller's array, now or with what follows it. */
  close(row: number, rows: number, firstClass: number, classes: number): void {
    if (this.#resident >= 0) return;
    const { inner, stride } = this.#layout;
    if (inner > 1) {
      this.#closeTransposed(row, rows, firstClass, classes);
      return;
    }
    const start = row * stride + firstClass - this.#origin;
    const isOneRun = classes === stride || rows === 1;
    if (isOneRun && this.#stays && !this.#narrower) this.#wait(start, rows * classes);
    else if (isOneRun) this.#scatter(this.#tile, this.#offset, start, 1, rows * classes, 0);
    else this.#scatter(this.#tile, this.#offset, start, rows, classes, stride);
  }

  /** Copies what waits; before its places are used again, and at the end. */
  flush(): void {
    const { start, offset, count } = this.#waiting;
    if (count > 0) this.#scatter(this.#tile, offset, start, 1, count, 0);
    this.#waiting.count = 0;
  }

  #wait(start: number, count: number): void {
    const waiting = this.#waiting;
    if (waiting.count === 0) {
      waiting.start = start;
      waiting.offset = this.#offset;
    }
    waiting.count += count;
  }

  /** Whether what goes from the open place to the array's `start` is behind what waits, on both sides. */
  #follows(start: number): boolean {
    const { start: first, offset, count } = this.#waiting;
    return start === first + count && this.#offset === offset + count;
  }

  /** Zeros in whole rows, their padding included. */
  clear(row: number, rows: number): void {
    const { inner, stride, classes } = this.#layout;
    const origin = this.#origin;
    if (inner === 1) this.#out.fill(0, row * stride - origin, (row + rows) * stride - origin);
    else {
      for (let r = row; r < row + rows; r++) {
        const start = Math.floor(r / inner) * stride + (r % inner) - origin;
        for (let c = 0; c < classes; c++) this.#out[start + c * inner] = 0;
      }
    }
  }

  /** Zeros between the rows' ends and the next ones' starts. */
  clearPadding(row: number, rows: number): void {
    const { inner, stride, classes } = this.#layout;
    if (inner > 1 || stride === classes) return;
    for (let r = row; r < row + rows; r++) {
      const start = r * stride - this.#origin;
      this.#out.fill(0, start + classes, start + stride);
    }
  }

  #closeTransposed(row: number, rows: number, firstClass: number, classes: number): void {
    const { inner, stride } = this.#layout;
    const { kernels, layout } = this.#workspace;
    const tile = layout[this.#tile] + this.#offset * 4;
    if (outersPerTile(this.#layout) > 0) {
      const outers = rows / inner;
      for (let o = 0; o < outers; o++) {
        const offset = o * stride * 4;
        kernels.transpose(tile + offset, inner, classes, classes, layout.panel + offset, inner);
      }
      this.#scatter("panel", 0, (row / inner) * stride - this.#origin, 1, rows * classes, 0);
      return;
    }
    kernels.transpose(tile, rows, classes, classes, layout.panel, rows);
    const start = Math.floor(row / inner) * stride + firstClass * inner + (row % inner) - this.#origin;
    this.#scatter("panel", 0, start, classes, rows, inner);
  }

  /**
   * Elements start, start + 1, ... = tile[offset ...]: `runs` runs of `length` elements each, one behind the other in the tile,
   * `step` apart in the array.
   */
  #scatter(tile: TileName, offset: number, start: number, runs: number, length: number, step: number): void {
    if (this.#narrower) {
      this.#narrower.scatter(tile, offset, start, runs, length, step);
      return;
    }
    const source = this.#workspace.views()[tile];
    const out = this.#out as Float32Array;
    for (let r = 0; r < runs; r++) {
      const from = offset + r * length;
      this.#workspace.copy(out, start + r * step, source.subarray(from, from + length));
    }
  }
}
