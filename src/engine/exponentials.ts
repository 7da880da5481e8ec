/**
 * The exponentials of a tile's rows, kept in the gradient tile from the statistics to the gradient: exp is computed once.
 * Where rows are too long for that (more than 262144 classes), one segment's are made again when they are needed.
 */
import { FEW_CLASSES, KEPT_ELEMENTS, SECOND_RESULT, SEGMENT } from "../memory/layout.js";
import type { CrossEntropyJob } from "./job.js";
import type { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** Classes of a block, which has a reference of its own (BLOCK in assembly/rows/block.ts). */
const BLOCK = 512;

/** What decides them, beside the logits. */
export type ExponentialsJob = Pick<CrossEntropyJob, "targets" | "ignoreIndex" | "temperature">;

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

  /** Before a segment's exponentials are read: `source` has the segment loaded where they are not kept. */
  fetch(source: TileSource, rows: number, firstClass: number, classes: number, job: ExponentialsJob): void {
    this.open(firstClass, classes);
    if (this.isKept) return;
    const { kernels, layout: at } = this.#workspace;
    // the maxima and sums that come with them are known already
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.expRows(
      source.address, rows, classes, source.stride, job.targets ? at.target : 0, job.ignoreIndex, job.temperature,
      at.nextMax, at.nextRest, this.address, this.stride, this.refs, this.refStride,
    );
  }

  /** Brings those of few classes, which come in groups of four rows, into rows, each with its own maximum as reference. */
  ungroup(rows: number, firstClass: number, classes: number): void {
    if (classes > FEW_CLASSES) return;
    const { kernels, layout: at } = this.#workspace;
    const grouped = this.address;
    this.address = at.gradient + SECOND_RESULT * 4;
    this.stride = classes;
    this.refs = firstClass === 0 ? at.max : at.nextMax;
    this.refStride = 1;
    kernels.ungroupRows(grouped, rows, classes, this.address, this.stride);
  }
}
