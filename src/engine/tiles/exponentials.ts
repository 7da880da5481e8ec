/**
 * The exponentials of a tile's rows, kept from the statistics to the gradient, so that exp is computed once.
 *
 * They are kept where the gradient goes when that lives in the memory, and are scaled there; else in the gradient tile. Where
 * rows are too long for that tile (more than 524288 classes), one segment's are made again when they are needed.
 */
import { isHalf } from "../../half.js";
import { BLOCK, FEW_CLASSES, KEPT_ELEMENTS, SEGMENT, TILE_ROWS } from "../../memory/constants.js";
import { CROSS_ENTROPY_PARTS } from "../../memory/gradient-parts.js";
import { elementsBefore } from "../../memory/tiles.js";
import type { GradientPlan, LogitsJob } from "../job.js";
import type { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** What exponentials are made of, and where their gradient goes. */
interface ExponentialsJob extends LogitsJob {
  readonly targets: Int32Array | null;
  readonly gradient: GradientPlan | null;
}

export class Exponentials {
  /** Where those of the open segment are, elements from row to row, and the maxima that their blocks are relative to. */
  address = 0;
  stride = 0;
  refs = 0;
  refStride = 0;
  /**
   * Where in the gradient tile the segment's gradients may go, in elements, and whether they may stay there until the next
   * turn.
   */
  result = 0;
  resultStays = true;
  /** Whether those of all segments are kept. */
  isKept = true;
  readonly #workspace: Workspace;
  readonly #job: ExponentialsJob;
  /** Address of the gradient that they are kept in, or -1. */
  readonly #direct: number;
  /** Elements before the gradient's first one. */
  readonly #origin: number;
  #row = 0;
  #rows = 0;
  #place = 0;
  #nextPlace = 0;

  /** `firstRow` is the row that the gradient begins with. */
  constructor(workspace: Workspace, job: ExponentialsJob, firstRow: number) {
    this.#workspace = workspace;
    this.#job = job;
    this.#direct = directAddress(workspace, job);
    this.#origin = elementsBefore(job.layout, firstRow);
  }

  /**
   * Before a tile of `rows` rows; true when the places are used again from the first on. Tiles take places in turn: writing to
   * what was in the L2 cache a moment ago is slow beside logits that stream through it (Zen 4: .25 ns an element, against .06),
   * and gradients may wait there for each other.
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

  /** Before a segment's exponentials are written or read. */
  open(firstClass: number, classes: number): void {
    const { layout: at } = this.#workspace;
    const { layout } = this.#job;
    const first = this.isKept ? firstClass : 0;
    const rowClasses = this.isKept ? layout.classes : classes;
    const isCut = layout.classes > SEGMENT;
    this.refStride = Math.ceil(rowClasses / BLOCK);
    this.refs = at.refs + (first / BLOCK) * 4;
    // rows of several segments are not one behind the other while they are whole
    this.resultStays = this.isKept && !(isCut && this.#rows > 1);
    this.result = isCut && this.#rows > 1 ? CROSS_ENTROPY_PARTS.result : this.#place + first;
    if (classes <= FEW_CLASSES) {
      // in groups of four rows, which reach beyond the last row's end
      this.address = at.gradient + (isCut ? CROSS_ENTROPY_PARTS.group : CROSS_ENTROPY_PARTS.result) * 4;
    } else if (this.#direct >= 0) {
      this.stride = layout.stride;
      this.address = this.#direct + (this.#row * layout.stride + firstClass - this.#origin) * 4;
    } else {
      this.stride = rowClasses;
      // whole vectors, and up to three elements behind where the gradients go, which have no gap between them
      this.address = at.gradient + (Math.ceil(this.#place / 4) * 4 + first) * 4;
    }
  }

  /** Before a segment's exponentials are read: `source` has the segment loaded where they are not kept. */
  fetch(source: TileSource, firstClass: number, classes: number): void {
    this.open(firstClass, classes);
    if (this.isKept) return;
    const { kernels, layout: at } = this.#workspace;
    const { targets, ignoreIndex, temperature } = this.#job;
    // the maxima and sums that come with them are known already
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.expRows(
      source.address, this.#rows, classes, source.stride, targets ? at.target : 0, ignoreIndex, temperature,
      at.nextMax, at.nextRest, this.address, this.stride, this.refs, this.refStride,
      at.expScratch,
    );
  }

  /** Brings those of few classes, which come in groups of four rows, into rows, each with its own maximum as reference. */
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

/** The gradient's address where exponentials may be kept in it, else -1. Not over the logits, which are read again after them. */
function directAddress(workspace: Workspace, { layout, gradient, logits }: ExponentialsJob): number {
  if (!gradient || layout.inner > 1 || layout.classes <= FEW_CLASSES || layout.classes > TILE_ROWS * BLOCK) return -1;
  if (isHalf(gradient.out)) return -1;
  const address = workspace.addressOf(gradient.out);
  return address === workspace.addressOf(logits) ? -1 : address;
}
