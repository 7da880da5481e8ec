/**
 * The exponentials of a tile's rows, kept in the gradient tile from the statistics to the gradient: exp is computed once.
 * Where rows are too long for that (more than 262144 classes), one segment's are made again when they are needed.
 */
import { FEW_CLASSES, KEPT_ELEMENTS, SEGMENT } from "../memory/layout.js";
import type { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** Classes of a block, which has a reference of its own (BLOCK in assembly/rows/block.ts). */
const BLOCK = 512;

export class Exponentials {
  /** Where those of the open segment are, elements from row to row, and the maxima that their blocks are relative to. */
  address = 0;
  stride = 0;
  refs = 0;
  refStride = 0;
  /** Whether those of all segments are kept. */
  isKept = true;
  readonly #workspace: Workspace;
  readonly #allClasses: number;

  constructor(workspace: Workspace, allClasses: number) {
    this.#workspace = workspace;
    this.#allClasses = allClasses;
  }

  /** Before a tile of `rows` rows. */
  begin(rows: number): void {
    // a last piece of few classes is written in groups of four rows, into the row behind it
    const isGrouped = this.#allClasses > SEGMENT && this.#allClasses % SEGMENT <= FEW_CLASSES;
    this.isKept = rows * this.#allClasses <= KEPT_ELEMENTS && !(isGrouped && rows > 1);
  }

  /** Before a segment's exponentials are written or read. */
  open(firstClass: number, classes: number): void {
    const { layout } = this.#workspace;
    const first = this.isKept ? firstClass : 0;
    this.stride = this.isKept ? this.#allClasses : classes;
    this.refStride = Math.ceil(this.stride / BLOCK);
    this.address = layout.gradient + first * 4;
    this.refs = layout.refs + (first / BLOCK) * 4;
  }

  /** Makes those of a loaded segment again; the maxima and sums that come with them are not needed. */
  remake(source: TileSource, rows: number, classes: number, targets: number, ignoreIndex: number, temperature: number): void {
    const { kernels, layout: at } = this.#workspace;
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.expRows(
      source.address, rows, classes, source.stride, targets, ignoreIndex, temperature,
      at.nextMax, at.nextRest, this.address, this.stride, this.refs, this.refStride,
    );
  }
}
