/** The steps of a cross-entropy on a tile: the losses of its rows, then their gradients. */
import type { Columns } from "../../columns.js";
import type { Exponentials } from "../../tiles/exponentials.js";
import { loadRowWeights, loadTargets } from "../../tiles/row-columns.js";
import { comesInPieces, pieceStatistics } from "../../tiles/row-pieces.js";
import { joinStatistics, segmentStatistics } from "../../tiles/row-statistics.js";
import type { TileSteps } from "../../tiles/run-rows.js";
import type { Views, Workspace } from "../../tiles/workspace.js";
import type { GradientSteps } from "./gradient-steps.js";
import { groupEntries, hasRowWeights, isGrouped, type RowLossJob } from "./job.js";
import type { Operands } from "./operands.js";
import type { PolyDistributions } from "./poly-distributions.js";

/** A class instead of closures: one is created per call, and a call with one row takes less than a microsecond. */
export class CrossEntropySteps implements TileSteps {
  readonly #workspace: Workspace;
  readonly #job: RowLossJob;
  readonly #columns: Columns;
  readonly #operands: Operands;
  readonly #exponentials: Exponentials | null;
  readonly #poly: PolyDistributions | null;
  readonly #gradient: GradientSteps | null;
  readonly #hasWeights: boolean;
  readonly #isGrouped: boolean;

  /** `exponentials` keeps those of the statistics, for the gradient or the poly term. */
  constructor(
    workspace: Workspace,
    job: RowLossJob,
    columns: Columns,
    operands: Operands,
    exponentials: Exponentials | null,
    poly: PolyDistributions | null,
    gradient: GradientSteps | null,
  ) {
    this.#workspace = workspace;
    this.#job = job;
    this.#columns = columns;
    this.#operands = operands;
    this.#exponentials = exponentials;
    this.#poly = poly;
    this.#gradient = gradient;
    this.#hasWeights = hasRowWeights(job);
    this.#isGrouped = isGrouped(job);
  }

  /** Whether there are per-element results: the gradients. */
  get applies(): boolean {
    return this.#gradient !== null;
  }

  begin(row: number, rows: number): boolean {
    const { targets, ignoreIndex, out } = this.#job;
    const views = this.#workspace.views();
    if (targets && !loadTargets(views, targets, row, rows, ignoreIndex)) {
      this.#skip(rows);
      out?.fill(0, row, row + rows);
      this.#gradient?.clear(row, rows);
      return false;
    }
    if (this.#hasWeights && this.#job.weight) loadRowWeights(views, this.#job.weight, rows, ignoreIndex);
    this.#gradient?.begin(row, rows);
    return true;
  }

  measure(row: number, rows: number, first: number, classes: number): void {
    const { temperature, ignoreIndex } = this.#job;
    const { logits, targets } = this.#operands;
    if (this.#measureInPieces(row, rows, first, classes)) return;
    // biome-ignore format: the arguments read better in their own order and lines
    segmentStatistics(
      this.#workspace, logits, row, rows, first, classes, temperature, targets, ignoreIndex, this.#exponentials,
    );
    segmentSums(this.#workspace, this.#job, this.#operands, row, rows, first, classes);
  }

  /** As `measure`, for a row whose logits nothing else needs. Returns false when the row has to be measured as a whole. */
  #measureInPieces(row: number, rows: number, first: number, classes: number): boolean {
    const { array: logits, targets, hasDot } = this.#operands;
    const exponentials = this.#exponentials;
    if (hasDot || !targets || !logits || (exponentials && !exponentials.isKept)) return false;
    if (!comesInPieces(this.#workspace, logits, rows, classes)) return false;
    const views = this.#workspace.views();
    const target = views.target[0];
    const isHere = target >= first && target < first + classes;
    if (isHere) views.targetLogit[0] = logits.elementAt(logits.indexOf(row, target));
    return pieceStatistics(this.#workspace, logits, row, first, classes, this.#job.temperature, exponentials);
  }

  join(rows: number): void {
    const { kernels, layout: at } = this.#workspace;
    if (this.#operands.hasDot) kernels.mergeDots(rows, at.max, at.nextMax, at.dot, at.mass, at.nextDot, at.nextMass);
    joinStatistics(this.#workspace, rows, this.#job.temperature);
  }

  finish(row: number, rows: number): void {
    if (this.#isGrouped) this.#finishGroups(rows);
    else this.#finishRows(row, rows);
  }

  apply(row: number, rows: number, first: number, classes: number): void {
    // the loss of a poly loss leaves 1 + epsilon p_t
    if (first === 0) this.#gradient?.prepare(row, rows, this.#job.poly !== 0);
    this.#gradient?.apply(row, rows, first, classes);
  }

  end(): void {
    this.#gradient?.end();
  }

  #finishGroups(rows: number): void {
    const { kernels, layout: at } = this.#workspace;
    const { temperature, ignoreIndex } = this.#job;
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.crossEntropyGroups(
      rows, temperature, at.max, at.rest, at.targetLogit, at.target, ignoreIndex, at.loss, at.z,
    );
    const { loss, z: distance } = this.#workspace.views();
    this.#columns.add("loss", loss, groupEntries(rows));
    this.#columns.add("distance", distance, groupEntries(rows));
  }

  #finishRows(row: number, rows: number): void {
    const { kernels, layout: at } = this.#workspace;
    const { temperature, poly, ignoreIndex, out } = this.#job;
    const { zLoss } = this.#job.terms;
    const { hard, hasDot, targets } = this.#operands;
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.crossEntropyRows(
      rows, temperature, hard, zLoss, at.max, at.rest, at.targetLogit, this.#hasWeights ? at.rowWeight : 0,
      hasDot ? at.dot : 0, at.mass, targets, ignoreIndex, at.loss, at.z,
    );
    if (this.#poly) this.#poly.addLosses(row, rows);
    else if (poly !== 0) kernels.polyRows(rows, poly, at.loss, at.upstream);
    const views = this.#workspace.views();
    const weights = this.#weigh(views, row, rows);
    this.#columns.add("loss", views.loss, rows);
    if (zLoss > 0) this.#columns.add("z", views.z, rows);
    if (this.#hasWeights) this.#columns.add("weight", weights, rows);
    if (out) writeLosses(views, out, row, rows, zLoss > 0);
  }

  /** Multiplies the losses by the sample weights. Returns the rows' weights, in a column that the gradient fills afterwards. */
  #weigh({ loss, z, rowWeight, upstream: weights }: Views, row: number, rows: number): Float64Array {
    const { sampleWeight, terms } = this.#job;
    if (!sampleWeight) return rowWeight;
    for (let r = 0; r < rows; r++) {
      const weight = sampleWeight[row + r];
      loss[r] *= weight;
      if (terms.zLoss > 0) z[r] *= weight;
      if (this.#hasWeights) weights[r] = rowWeight[r] * weight;
    }
    return weights;
  }

  /** Adds zeros to the columns for a tile whose rows are all ignored. */
  #skip(rows: number): void {
    const entries = this.#isGrouped ? groupEntries(rows) : rows;
    this.#columns.skip("loss", entries);
    if (this.#isGrouped) this.#columns.skip("distance", entries);
    if (this.#job.terms.zLoss > 0) this.#columns.skip("z", rows);
    if (this.#hasWeights) this.#columns.skip("weight", rows);
  }
}

/** Target logits of a loaded segment, and its dot product with the target distribution. */
function segmentSums(
  workspace: Workspace,
  job: RowLossJob,
  operands: Operands,
  row: number,
  rows: number,
  first: number,
  classes: number,
): void {
  const { kernels, layout: at } = workspace;
  const { q, weights, share, floor, hasDot, targets } = operands;
  const { address, stride } = operands.logits;
  if (targets) kernels.rowTarget(address, rows, classes, stride, targets, job.ignoreIndex, first, at.targetLogit);
  if (!hasDot) return;
  q?.load(row, rows, first, classes);
  weights.load(first, classes);
  const isFirst = first === 0;
  // biome-ignore format: a kernel's arguments read better in its own order and lines
  kernels.rowDot(
    address, rows, classes, stride, q ? q.address : 0, q ? q.stride : 0, weights.address,
    share, floor, targets, job.ignoreIndex, isFirst ? at.max : at.nextMax, isFirst ? at.dot : at.nextDot,
    isFirst ? at.mass : at.nextMass,
  );
}

function writeLosses({ loss, z }: Views, out: Float32Array, row: number, rows: number, hasPenalty: boolean): void {
  for (let r = 0; r < rows; r++) out[row + r] = loss[r] + (hasPenalty ? z[r] : 0);
}
