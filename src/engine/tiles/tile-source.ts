/**
 * Brings a tile's rows before the kernels: in place where they already live in the memory as f32 rows, else copied into a tile,
 * through a transposed panel when the class axis is not the last. 16-bit floats are widened to f32 on the way into the tile, and
 * the softcap is applied there.
 */
import { elementAt, isHalf } from "../../half.js";
import { copiesPadding, elementsBefore, outersPerTile, type Rows } from "../../memory/tiles.js";
import type { FloatArray } from "../job.js";
import { Widener } from "./widen.js";
import type { TileName, Workspace } from "./workspace.js";

/** A panel narrower than this is gathered element by element: a `set` call costs as much as 50 elements. */
const NARROW = 32;

const NO_FLOATS = new Float32Array(0);

export class TileSource {
  /** Address of the loaded rows' first element, and elements from row to row. */
  address = 0;
  stride = 0;
  readonly #workspace: Workspace;
  readonly #given: FloatArray;
  /** The same where it is no array of 16-bit floats, which only the widener reads. */
  readonly floats: Float32Array | Float64Array;
  readonly #widener: Widener | null;
  readonly #layout: Rows;
  readonly #tile: number;
  readonly #tileName: TileName;
  readonly #softcap: number;
  readonly #resident: number;
  /** Elements before the data's first one. */
  readonly #origin: number;

  /** `firstRow` is the row that the data begins with: 0 unless it is a window of what the layout describes. */
  constructor(workspace: Workspace, data: FloatArray, layout: Rows, tile: TileName, softcap = 0, firstRow = 0) {
    this.#workspace = workspace;
    this.#given = data;
    const half = isHalf(data);
    this.floats = half ? NO_FLOATS : data;
    this.#widener = half ? new Widener(workspace, data) : null;
    this.#layout = layout;
    this.#tileName = tile;
    this.#tile = workspace.layout[tile];
    this.#softcap = softcap;
    this.#resident = half ? -1 : workspace.addressOf(data);
    this.#origin = elementsBefore(layout, firstRow);
  }

  /** Whether rows are copied as they are, with nothing done to them on the way but rounding to f32. */
  get isCopied(): boolean {
    return this.#resident < 0 && !this.#widener && this.#softcap === 0 && this.#layout.inner === 1;
  }

  /** Index of a class in the data of such rows. */
  indexOf(row: number, classIndex: number): number {
    return row * this.#layout.stride + classIndex - this.#origin;
  }

  /** Where the words of such rows live whose 16-bit floats are in the memory, and whether they are of float16; else undefined. */
  get words(): { readonly address: number; readonly isFloat16: boolean } | undefined {
    if (!this.#widener || this.#widener.resident < 0 || this.#softcap > 0 || this.#layout.inner > 1) return undefined;
    return { address: this.#widener.resident, isFloat16: this.#widener.isFloat16 };
  }

  elementAt(index: number): number {
    return elementAt(this.#given, index);
  }

  /** Makes classes firstClass .. firstClass + classes - 1 of `rows` rows available at `address`, softcapped. */
  load(row: number, rows: number, firstClass: number, classes: number): void {
    this.loadRaw(row, rows, firstClass, classes);
    this.cap(rows, classes);
  }

  /**
   * The same as they are: for the order of logits, which a rounded tanh might change. `cap` then makes them what `load` gives.
   */
  loadRaw(row: number, rows: number, firstClass: number, classes: number): void {
    if (this.#layout.inner > 1) this.#loadTransposed(row, rows, firstClass, classes);
    else if (this.#resident >= 0) {
      this.stride = this.#layout.stride;
      this.address = this.#resident + (row * this.stride + firstClass - this.#origin) * 4;
    } else this.#copyRows(row, rows, firstClass, classes);
  }

  /** Softcaps what was loaded: in the tile when the rows are there, else from where they live into the tile. */
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

  /** Whole outer indices from element `start` on, one after the other in memory: one copy, then a transpose each. */
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

  /** `columns` neighbouring columns of one outer index, from element `start` on. */
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

  /** tile[0 ..] = elements start .. start + count - 1, in f32. */
  #copy(tile: TileName, start: number, count: number): void {
    if (this.#widener) this.#widener.bring(tile, start, count);
    else copy(this.#workspace, this.#workspace.views()[tile], this.floats, start, count);
  }

  /** The same of `runs` runs of `length` elements each, which start `step` apart; one behind the other in the tile. */
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

  /** The same, transposed: run r becomes column r of the tile. */
  #gatherColumns(start: number, runs: number, length: number, step: number): void {
    if (this.#widener) {
      this.#widener.gatherColumns(this.#tileName, start, runs, length, step);
      return;
    }
    const data = this.floats;
    const tile = this.#workspace.views()[this.#tileName];
    for (let r = 0; r < runs; r++) {
      const from = start + r * step;
      for (let i = 0; i < length; i++) tile[i * runs + r] = data[from + i] as number;
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

/** target[0 ..] = source[start .. start + count), rounded to f32. */
function copy(
  workspace: Workspace,
  target: Float32Array,
  source: Float32Array | Float64Array,
  start: number,
  count: number,
): void {
  if (count <= 64) {
    // below this a loop is faster than making a subarray
    for (let i = 0; i < count; i++) target[i] = source[start + i] as number;
  } else copyPart(workspace, target, 0, start === 0 && count === source.length ? source : source.subarray(start, start + count));
}

function copyPart(workspace: Workspace, target: Float32Array, at: number, source: Float32Array | Float64Array): void {
  if (source instanceof Float32Array) workspace.copy(target, at, source);
  else target.set(source, at);
}
