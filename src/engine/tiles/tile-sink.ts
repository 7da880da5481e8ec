/**
 * Writes a tile's results (rows x classes f32) to the caller's array. The kernel writes directly to an f32 array in the engine's
 * memory. Other results go through a tile and are copied; they are transposed when the class axis is not the last, and rounded
 * when the array holds 16-bit floats.
 */
import { isHalf } from "../../half.js";
import { elementsBefore, outersPerTile, type Rows } from "../../memory/tiles.js";
import type { FloatOutput } from "../job.js";
import { Narrower } from "./narrow.js";
import type { TileName, Workspace } from "./workspace.js";

/** Where the kernels' results of a tile go, segment by segment. */
export interface RowSink {
  /** Address that the kernel writes to, and elements from row to row. */
  readonly address: number;
  readonly stride: number;
  open(row: number, firstClass: number, classes: number, offset: number, stays?: boolean): void;
  close(row: number, rows: number, firstClass: number, classes: number): void;
  flush(): void;
  clear(row: number, rows: number): void;
  clearPadding(row: number, rows: number): void;
}

export class TileSink implements RowSink {
  /** Address that the kernel writes to, and elements from row to row. */
  address = 0;
  stride = 0;
  readonly #workspace: Workspace;
  /** The elements, or the words of 16-bit floats. Zero is the word 0, so both are cleared alike. */
  readonly #out: Float32Array | Uint16Array;
  readonly #narrower: Narrower | null;
  readonly #layout: Rows;
  readonly #resident: number;
  readonly #tile: TileName;
  /** Elements of the layout before the array's first one. */
  readonly #origin: number;
  #offset = 0;
  #stays = false;
  /** Results not copied yet: `count` elements from `offset` in the tile, to be written from `start` in the array. */
  readonly #waiting = { start: 0, offset: 0, count: 0 };

  /** `firstRow` is the first row of `out`: 0 unless `out` is a window of the layout. */
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
   * Sets `address` and `stride` for classes firstClass .. firstClass + classes - 1 of rows from `row` on. `offset` is the
   * position in the tile, in elements. With `stays`, nothing overwrites the results before `flush`, so they can wait and be
   * copied together with those that follow. Copies of a MiB and more are faster, because memmove then writes lines without
   * reading them first (docs/performance.md).
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
      // The offset may have wrapped around to results that still wait.
      if (!this.#follows(row * this.#layout.stride + firstClass - this.#origin)) this.flush();
    }
  }

  /** Copies the results to the caller's array, or lets them wait for those that follow. */
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

  /** Copies the waiting results. Call it before their part of the tile is reused, and at the end. */
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

  /** Whether results for the array's `start` follow the waiting ones directly, both in the tile and in the array. */
  #follows(start: number): boolean {
    const { start: first, offset, count } = this.#waiting;
    return start === first + count && this.#offset === offset + count;
  }

  /** Writes zeros to whole rows, padding included. */
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

  /** Writes zeros to the padding after each row. */
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

  /** Copies `runs` runs of `length` elements, adjacent in the tile from `offset` on, to elements `start`, `start + step`, ... */
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
