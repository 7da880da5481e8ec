/**
 * The gradient of a tile's rows, computed right after their losses. Scales the exponentials kept from the statistics, segment by
 * segment, and writes them to the caller's array (formula: assembly/losses/gradient-scales.ts).
 */
import { FEW_CLASSES } from "../../../memory/constants.js";
import { CROSS_ENTROPY_PARTS } from "../../../memory/gradient-parts.js";
import type { GradientScale } from "../../job.js";
import type { Exponentials } from "../../tiles/exponentials.js";
import { clearIgnored } from "../../tiles/row-columns.js";
import type { RowSink } from "../../tiles/tile-sink.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { GradientSteps } from "./gradient-steps.js";
import { hasRowWeights, type RowLossJob } from "./job.js";
import type { Operands } from "./operands.js";

export class CrossEntropyGradient implements GradientSteps {
  readonly #exponentials: Exponentials;
  readonly #workspace: Workspace;
  readonly #job: RowLossJob;
  readonly #scale: GradientScale;
  readonly #operands: Operands;
  readonly #sink: RowSink;
  readonly #targetSink: RowSink | null;

  /** `sink` takes the gradients, `targetSink` those of the probabilities. */
  constructor(
    workspace: Workspace,
    job: RowLossJob,
    scale: GradientScale,
    operands: Operands,
    exponentials: Exponentials,
    sink: RowSink,
    targetSink: RowSink | null,
  ) {
    this.#workspace = workspace;
    this.#job = job;
    this.#scale = scale;
    this.#operands = operands;
    this.#exponentials = exponentials;
    this.#sink = sink;
    this.#targetSink = targetSink;
  }

  /** Runs before a tile's statistics. Copies out waiting gradients before their part of the gradient tile is reused. */
  begin(row: number, rows: number): void {
    if (this.#exponentials.begin(row, rows)) this.#sink.flush();
  }

  /** Runs after the last tile. */
  end(): void {
    this.#sink.flush();
  }

  /** Writes zeros for a tile whose rows are all ignored. */
  clear(row: number, rows: number): void {
    this.#sink.clear(row, rows);
    this.#targetSink?.clear(row, rows);
  }

  /** Writes the gradients of a segment; `prepare` has filled the tile's columns. */
  apply(row: number, rows: number, first: number, classes: number): void {
    const { classes: allClasses } = this.#job.layout;
    const { logits, q } = this.#operands;
    const { isCut } = this.#exponentials;
    const reloads = isCut && (!this.#exponentials.isKept || this.#job.softcap > 0 || this.#targetSink !== null);
    if (reloads) logits.load(row, rows, first, classes);
    if (isCut) q?.load(row, rows, first, classes);
    this.#exponentials.fetch(logits, first, classes);
    this.#targetSegment(row, rows, first, classes);
    this.#segment(row, rows, first, classes);
    if (first + classes === allClasses) this.#sink.clearPadding(row, rows);
  }

  /**
   * Fills the columns of the tile's gradients from its statistics, target logits and masses. With `hasFactors` the upstream column
   * holds a factor of each row's gradient already.
   */
  prepare(row: number, rows: number, hasFactors: boolean): void {
    const { kernels, layout: at } = this.#workspace;
    const { temperature, ignoreIndex } = this.#job;
    const { zLoss } = this.#job.terms;
    const { upstream, lossScale, penaltyScale } = this.#scale;
    const { hard, hasDot, targets } = this.#operands;
    const hasColumn = upstream !== null || hasFactors;
    if (upstream) {
      const column = this.#workspace.views().upstream;
      for (let r = 0; r < rows; r++) column[r] = upstream[row + r] * (hasFactors ? column[r] : 1);
    }
    if (zLoss > 0 || this.#targetSink) kernels.log1pRows(at.rest, rows, at.logSum);
    const hasWeights = hasRowWeights(this.#job);
    const isPlain = zLoss === 0 && !hasColumn && !hasWeights && !hasDot;
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.gradientScales(
      rows, lossScale, 2 * zLoss * penaltyScale, hard, temperature, at.max, at.rest, at.logSum,
      at.targetLogit, hasWeights ? at.rowWeight : 0, hasDot ? at.mass : 0, hasColumn ? at.upstream : 0, targets, ignoreIndex,
      at.factor, at.share, at.targetFactor, at.targetAdd, isPlain ? 0 : at.whole, at.lost,
    );
  }

  #segment(row: number, rows: number, first: number, classes: number): void {
    const { kernels, layout: at } = this.#workspace;
    const { temperature, softcap, ignoreIndex } = this.#job;
    const { logits, q, weights, share, floor, hasDot, targets } = this.#operands;
    const sink = this.#sink;
    const exps = this.#exponentials;
    sink.open(row, first, classes, exps.result, exps.resultStays);
    if (classes <= FEW_CLASSES && first === 0 && !hasDot) {
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.gradientFewRows(
        exps.address, rows, classes, targets, ignoreIndex, at.factor, at.targetFactor, at.targetAdd, sink.address, sink.stride,
      );
    } else {
      exps.ungroup(first, classes);
      if (hasDot) {
        weights.load(first, classes);
        // biome-ignore format: a kernel's arguments read better in its own order and lines
        kernels.gradientShareRows(
          exps.address, rows, classes, exps.stride, exps.refs, exps.refStride, temperature, at.max,
          at.factor, at.targetFactor, at.targetAdd, targets, ignoreIndex, first,
          at.share, at.whole, at.lost, q ? q.address : 0, q ? q.stride : 0, weights.address,
          share, floor, sink.address, sink.stride,
        );
      } else {
        // biome-ignore format: a kernel's arguments read better in its own order and lines
        kernels.gradientRows(
          exps.address, rows, classes, exps.stride, exps.refs, exps.refStride, temperature, at.max,
          at.factor, at.targetFactor, at.targetAdd, targets, ignoreIndex, first, sink.address, sink.stride,
        );
      }
    }
    if (softcap > 0) {
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.softcapSlope(
        logits.address, rows, classes, logits.stride, softcap, targets, ignoreIndex, sink.address, sink.stride,
      );
    }
    sink.close(row, rows, first, classes);
  }

  /** Writes the gradient for the probabilities. Runs before the logits' gradient, which may overwrite the logits. */
  #targetSegment(row: number, rows: number, first: number, classes: number): void {
    const sink = this.#targetSink;
    if (!sink) return;
    const { kernels, layout: at } = this.#workspace;
    const { temperature } = this.#job;
    const { logits, weights, share, targets } = this.#operands;
    if (share === 0) return;
    weights.load(first, classes);
    sink.open(row, first, classes, CROSS_ENTROPY_PARTS.second);
    // The share column includes 1 / temperature, which this gradient does not have: multiply it out.
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.probabilityGradientRows(
      logits.address, rows, classes, logits.stride, temperature, at.max, at.logSum, at.share, share * temperature,
      weights.address, sink.address, sink.stride,
    );
    if (targets !== 0) clearIgnored(this.#workspace, sink, rows, classes, this.#job.ignoreIndex);
    sink.close(row, rows, first, classes);
  }
}
