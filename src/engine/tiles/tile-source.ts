/**
 * Loads a tile's rows for the kernels. f32 rows in the engine's memory are read in place. Other rows are copied into a tile;
 * 16-bit floats are widened to f32 on the way. When the class axis is not the last, rows are transposed into the tile. The
 * softcap is applied in the tile.
 */
import { elementAt, isHalf } from "../../half.js";
import { copiesPadding, elementsBefore, outersPerTile, type Rows } from "../../memory/tiles.js";
import { isFloat32 } from "../../values.js";
import type { FloatArray } from "../job.js";
import { Widener } from "./widen.js";
import type { TileName, Workspace } from "./workspace.js";

/** Panels narrower than this are gathered element by element, because a `set` call costs as much as 50 elements. */
const NARROW = 32;

const NO_FLOATS = new Float32Array(0);

/** Where the kernels' rows come from. */
export interface RowSource {
  /** Address of the first loaded element, and elements from row to row. */
  readonly address: number;
  readonly stride: number;
  /** Loads classes firstClass .. firstClass + classes - 1 of `rows` rows to `address`, softcapped. */
  load(row: number, rows: number, firstClass: number, classes: number): void;
}

export class TileSource implements RowSource {
  /** Address of the first loaded element, and elements from row to row. */
  address = 0;
  stride = 0;
  readonly #workspace: Workspace;
  readonly #given: FloatArray;
  /** The given array; empty for 16-bit floats, which only the widener reads. */
  readonly floats: Float32Array | Float64Array;
  readonly #widener: Widener | null;
  readonly #layout: Rows;
  readonly #tile: number;
  readonly #tileName: TileName;
  readonly #softcap: number;
  readonly #resident: number;
  /** Elements of the layout before the data's first one. */
  readonly #origin: number;

  /**
   * `firstRow` is the first row of `data`: 0 unless `data` is a window of the layout. With a `shift`, row i is row i + shift of
   * the data. Its last rows, which do not exist, are loaded with arbitrary values; it is copied, because reading past the end of
   * the data in place could read past the end of the memory.
   */
  constructor(workspace: Workspace, data: FloatArray, layout: Rows, tile: TileName, softcap = 0, firstRow = 0, shift = 0) {
    this.#workspace = workspace;
    this.#given = data;
    const half = isHalf(data);
    this.floats = half ? NO_FLOATS : data;
    this.#widener = half ? new Widener(workspace, data, shift === 0) : null;
    this.#layout = layout;
    this.#tileName = tile;
    this.#tile = workspace.layout[tile];
    this.#softcap = softcap;
    this.#resident = half || shift > 0 ? -1 : workspace.addressOf(data);
    this.#origin = elementsBefore(layout, firstRow) - shift * (layout.inner === 1 ? layout.stride : 1);
  }

  /** Whether rows are copied unchanged except for rounding to f32. */
  get isCopied(): boolean {
    return this.#resident < 0 && !this.#widener && this.#softcap === 0 && this.#layout.inner === 1;
  }

  /** Index of an element in the data. Only for rows whose class axis is the last. */
  indexOf(row: number, classIndex: number): number {
    return row * this.#layout.stride + classIndex - this.#origin;
  }

  /** The words of 16-bit floats that the kernels can read in place, unchanged and with the class axis last; else undefined. */
  get words(): { readonly address: number; readonly isFloat16: boolean } | undefined {
    if (!this.#widener || this.#widener.resident < 0 || this.#softcap > 0 || this.#layout.inner > 1) return undefined;
    return { address: this.#widener.resident, isFloat16: this.#widener.isFloat16 };
  }

  elementAt(index: number): number {
    return elementAt(this.#given, index);
  }

  /** Loads classes firstClass .. firstClass + classes - 1 of `rows` rows to `address`, softcapped. */
  load(row: number, rows: number, firstClass: number, classes: number): void {
    this.loadRaw(row, rows, firstClass, classes);
    this.cap(rows, classes);
  }

  /** Loads without the softcap, for comparisons of logits: the rounded tanh may make them equal. `cap` applies it afterwards. */
  loadRaw(row: number, rows: number, firstClass: number, classes: number): void {
    if (this.#layout.inner > 1) this.#loadTransposed(row, rows, firstClass, classes);
    else if (this.#resident >= 0) {
      this.stride = this.#layout.stride;
      this.address = this.#resident + (row * this.stride + firstClass - this.#origin) * 4;
    } else this.#copyRows(row, rows, firstClass, classes);
  }

  /** Softcaps the loaded rows. The result is in the tile, also for rows that were loaded in place. */
  cap(rows: number, classes: number): void {
    if (this.#softcap > 0) this.#applySoftcap(rows, classes);
  }

  #copyRows(row: number, rows: number, firstClass: number, classes: number): void {
    const { stride } = this.#layout;
    const start = row * stride + firstClass - this.#origin;
    this.address = this.#tile;
    if (rows === 1 || copiesPadding(this.#layout)) {
      this.stride = stride;
      this.#copy(this.#tileName, start, (rows - 1) * stride + classes);
    } else {
      this.stride = classes;
      this.#gather(this.#tileName, start, rows, classes, stride);
    }
  }

  #loadTransposed(row: number, rows: number, firstClass: number, classes: number): void {
    const { inner } = this.#layout;
    this.address = this.#tile;
    this.stride = classes;
    const outerStart = elementsBefore(this.#layout, row - (row % inner)) - this.#origin;
    if (outersPerTile(this.#layout) > 0) this.#loadOuters(outerStart, rows / inner, classes);
    else this.#loadColumns(outerStart + firstClass * inner + (row % inner), rows, classes);
  }

  /** Loads whole outer indices from element `start` on. They are contiguous: one copy, then a transpose for each. */
  #loadOuters(start: number, outers: number, classes: number): void {
    const { inner, stride } = this.#layout;
    const { kernels, layout } = this.#workspace;
    let panel = this.#resident + start * 4;
    if (this.#resident < 0) {
      this.#copy("panel", start, outers * stride);
      panel = layout.panel;
    }
    for (let o = 0; o < outers; o++) {
      kernels.transpose(panel + o * stride * 4, classes, inner, inner, this.#tile + o * stride * 4, classes);
    }
  }

  /** Loads `columns` adjacent columns of one outer index, from element `start` on. */
  #loadColumns(start: number, columns: number, classes: number): void {
    const { inner } = this.#layout;
    const { kernels, layout } = this.#workspace;
    if (this.#resident >= 0) {
      kernels.transpose(this.#resident + start * 4, classes, columns, inner, this.#tile, classes);
      return;
    }
    if (columns < NARROW) {
      this.#gatherColumns(start, classes, columns, inner);
      return;
    }
    this.#gather("panel", start, classes, columns, inner);
    kernels.transpose(layout.panel, classes, columns, columns, this.#tile, classes);
  }

  /** Copies elements start .. start + count - 1 to the start of the tile, as f32. */
  #copy(tile: TileName, start: number, count: number): void {
    if (this.#widener) this.#widener.bring(tile, start, count);
    else copy(this.#workspace, this.#workspace.views()[tile], this.floats, start, count);
  }

  /** Copies `runs` runs of `length` elements, which start `step` apart, to the tile, one after the other. */
  #gather(tile: TileName, start: number, runs: number, length: number, step: number): void {
    if (this.#widener) {
      this.#widener.gather(tile, start, runs, length, step);
      return;
    }
    const data = this.floats;
    const target = this.#workspace.views()[tile];
    for (let r = 0; r < runs; r++) {
      const from = start + r * step;
      copyPart(this.#workspace, target, r * length, data.subarray(from, from + length));
    }
  }

  /** As #gather, transposed: run r becomes column r of the tile. */
  #gatherColumns(start: number, runs: number, length: number, step: number): void {
    if (this.#widener) {
      this.#widener.gatherColumns(this.#tileName, start, runs, length, step);
      return;
    }
    const data = this.floats;
    const tile = this.#workspace.views()[this.#tileName];
    for (let r = 0; r < runs; r++) {
      const from = start + r * step;
      for (let i = 0; i < length; i++) tile[i * runs + r] = data[from + i];
    }
  }

  #applySoftcap(rows: number, classes: number): void {
    const { kernels } = this.#workspace;
    if (this.address === this.#tile || copiesPadding(this.#layout)) {
      kernels.softcap(this.address, (rows - 1) * this.stride + classes, this.#softcap, this.#tile);
    } else {
      for (let r = 0; r < rows; r++) {
        kernels.softcap(this.address + r * this.stride * 4, classes, this.#softcap, this.#tile + r * classes * 4);
      }
      this.stride = classes;
    }
    this.address = this.#tile;
  }
}

/** Copies source[start .. start + count) to the start of `target`, rounded to f32. */
function copy(
  workspace: Workspace,
  target: Float32Array,
  source: Float32Array | Float64Array,
  start: number,
  count: number,
): void {
  if (count <= 64) {
    // for so few elements a loop is faster than creating a subarray
    for (let i = 0; i < count; i++) target[i] = source[start + i];
  } else copyPart(workspace, target, 0, start === 0 && count === source.length ? source : source.subarray(start, start + count));
}

function copyPart(workspace: Workspace, target: Float32Array, at: number, source: Float32Array | Float64Array): void {
  if (isFloat32(source)) workspace.copy(target, at, source);
  else target.set(source, at);
}
