/**
 * Takes a tile's results (rows x classes f32) back to the caller's array: written there by the kernel itself where the array
 * lives in the memory, else through a tile, transposed back when the class axis is not the last.
 */
import { outersPerTile, type Rows } from "../memory/tiles.js";
import type { TileName, Workspace } from "./workspace.js";

export class TileSink {
  /** Where the kernel writes, and elements from row to row. */
  address = 0;
  stride = 0;
  readonly #workspace: Workspace;
  readonly #out: Float32Array;
  readonly #layout: Rows;
  readonly #tileName: TileName;
  readonly #resident: number;

  constructor(workspace: Workspace, out: Float32Array, layout: Rows, tile: TileName = "tileB") {
    this.#workspace = workspace;
    this.#out = out;
    this.#layout = layout;
    this.#tileName = tile;
    this.#resident = layout.inner === 1 ? workspace.addressOf(out) : -1;
  }

  /** Says where to write classes firstClass .. of rows from `row` on. */
  open(row: number, firstClass: number, classes: number): void {
    if (this.#resident >= 0) {
      this.stride = this.#layout.stride;
      this.address = this.#resident + (row * this.stride + firstClass) * 4;
    } else {
      this.stride = classes;
      this.address = this.#workspace.layout[this.#tileName];
    }
  }

  /** Copies what was written there to the caller's array. */
  close(row: number, rows: number, firstClass: number, classes: number): void {
    if (this.#resident >= 0) return;
    const { inner, stride } = this.#layout;
    const tile = this.#workspace.views()[this.#tileName];
    if (inner > 1) this.#closeTransposed(row, rows, firstClass, classes);
    else if (classes === stride) this.#out.set(tile.subarray(0, rows * classes), row * stride);
    else {
      for (let r = 0; r < rows; r++) {
        this.#out.set(tile.subarray(r * classes, (r + 1) * classes), (row + r) * stride + firstClass);
      }
    }
  }

  #closeTransposed(row: number, rows: number, firstClass: number, classes: number): void {
    const { inner, stride } = this.#layout;
    const { kernels, layout } = this.#workspace;
    const { panel } = this.#workspace.views();
    const tile = layout[this.#tileName];
    if (outersPerTile(this.#layout) > 0) {
      const outers = rows / inner;
      for (let o = 0; o < outers; o++) {
        const offset = o * stride * 4;
        kernels.transpose(tile + offset, inner, classes, classes, layout.panel + offset, inner);
      }
      this.#out.set(panel.subarray(0, rows * classes), (row / inner) * stride);
      return;
    }
    kernels.transpose(tile, rows, classes, classes, layout.panel, rows);
    const start = Math.floor(row / inner) * stride + firstClass * inner + (row % inner);
    for (let c = 0; c < classes; c++) {
      this.#out.set(panel.subarray(c * rows, (c + 1) * rows), start + c * inner);
    }
  }
}
