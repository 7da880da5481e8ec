/**
 * Keeps the exponentials of a tile's rows from the statistics to the gradient, so that exp is computed once.
 *
 * If the gradient's array is in the engine's memory, they are kept there and scaled in place; otherwise they are kept in the
 * gradient tile. Rows of more than 524288 classes do not fit that tile: their exponentials are recomputed, segment by segment.
 */
import { isHalf } from "../../half.js";
import { BLOCK, FEW_CLASSES, KEPT_ELEMENTS, SEGMENT, TILE_ROWS } from "../../memory/constants.js";
import { CROSS_ENTROPY_PARTS } from "../../memory/gradient-parts.js";
import { elementsBefore } from "../../memory/tiles.js";
import type { GradientPlan, LogitsJob, RowsJob } from "../job.js";
import type { RowSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** The part of a job that exponentials depend on. */
interface ExponentialsJob extends RowsJob {
  readonly targets: Int32Array | null;
}

export class Exponentials {
  /** The open segment's exponentials: address, elements from row to row, and the maxima that their blocks are relative to. */
  address = 0;
  stride = 0;
  refs = 0;
  refStride = 0;
  /** Offset in the gradient tile for the segment's gradients, in elements. If they stay, they may wait there to be copied. */
  result = 0;
  resultStays = true;
  /** Whether rows have several segments. */
  isCut: boolean;
  /** Whether the exponentials of all segments are kept. */
  isKept = true;
  readonly #workspace: Workspace;
  readonly #job: ExponentialsJob;
  readonly #direct: number;
  /** Elements before the gradient's first one. */
  readonly #origin: number;
  #row = 0;
  #rows = 0;
  #place = 0;
  #nextPlace = 0;

  /** `direct` is the address of the gradient's array if the exponentials are kept there, else -1; `firstRow` its first row. */
  constructor(workspace: Workspace, job: ExponentialsJob, direct: number, firstRow: number) {
    this.#workspace = workspace;
    this.#job = job;
    this.#direct = direct;
    this.#origin = elementsBefore(job.layout, firstRow);
    this.isCut = job.layout.classes > SEGMENT;
  }

  /**
   * Starts a tile of `rows` rows. Returns true when it reuses the gradient tile from the start. Tiles take successive places in
   * the gradient tile, because stores to lines that are still in L2 are slow while logits stream through it (Zen 4: .25 ns per
   * element instead of .06; docs/performance.md), and because finished gradients can wait there to be copied together.
   */
  begin(row: number, rows: number): boolean {
    const size = rows * this.#job.layout.classes;
    this.#row = row;
    this.#rows = rows;
    this.isKept = this.#direct >= 0 || size <= KEPT_ELEMENTS;
    const starts = this.#nextPlace + size > KEPT_ELEMENTS;
    this.#place = starts ? 0 : this.#nextPlace;
    this.#nextPlace = this.#place + size;
    return starts;
  }

  /** Sets the addresses of a segment, before its exponentials are written or read. */
  open(firstClass: number, classes: number): void {
    const { layout: at } = this.#workspace;
    const { layout } = this.#job;
    const first = this.isKept ? firstClass : 0;
    const rowClasses = this.isKept ? layout.classes : classes;
    const { isCut } = this;
    this.refStride = Math.ceil(rowClasses / BLOCK);
    this.refs = at.refs + (first / BLOCK) * 4;
    // With several segments, the rows of one segment are not adjacent in the kept exponentials.
    this.resultStays = this.isKept && !(isCut && this.#rows > 1);
    this.result = isCut && this.#rows > 1 ? CROSS_ENTROPY_PARTS.result : this.#place + first;
    if (classes <= FEW_CLASSES) {
      // stored in groups of four rows, so the last group may extend past the last row
      this.address = at.gradient + (isCut ? CROSS_ENTROPY_PARTS.group : CROSS_ENTROPY_PARTS.result) * 4;
    } else if (this.#direct >= 0) {
      this.stride = layout.stride;
      this.address = this.#direct + (this.#row * layout.stride + firstClass - this.#origin) * 4;
    } else {
      this.stride = rowClasses;
      // Aligned to a vector, so up to three elements past the start of the gradients, which are packed without gaps.
      this.address = at.gradient + (Math.ceil(this.#place / 4) * 4 + first) * 4;
    }
  }

  /** Makes a segment's exponentials available. If they are not kept, recomputes them from the segment loaded in `source`. */
  fetch(source: RowSource, firstClass: number, classes: number): void {
    this.open(firstClass, classes);
    if (this.isKept) return;
    const { kernels, layout: at } = this.#workspace;
    const { targets, ignoreIndex, temperature } = this.#job;
    // the maxima and sums are known already, so they go to the unused next columns
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.expRows(
      source.address, this.#rows, classes, source.stride, targets ? at.target : 0, ignoreIndex, temperature,
      at.nextMax, at.nextRest, this.address, this.stride, this.refs, this.refStride,
      at.expScratch,
    );
  }

  /** Converts groups of four rows (few classes) to plain rows; the reference of each row is its maximum. */
  ungroup(firstClass: number, classes: number): void {
    if (classes > FEW_CLASSES) return;
    const { kernels, layout: at } = this.#workspace;
    const grouped = this.address;
    this.address = at.gradient + CROSS_ENTROPY_PARTS.second * 4;
    this.stride = classes;
    this.refs = firstClass === 0 ? at.max : at.nextMax;
    this.refStride = 1;
    kernels.ungroupRows(grouped, this.#rows, classes, this.address, this.stride);
  }
}

/** The gradient's address if exponentials can be kept there, else -1. Never over the logits, which are read again later. */
export function directAddress(
  workspace: Workspace,
  { layout, gradient, logits }: LogitsJob & { readonly gradient: GradientPlan | null },
): number {
  if (!gradient || layout.inner > 1 || layout.classes <= FEW_CLASSES || layout.classes > TILE_ROWS * BLOCK) return -1;
  if (isHalf(gradient.out)) return -1;
  const address = workspace.addressOf(gradient.out);
  return address === workspace.addressOf(logits) ? -1 : address;
}
