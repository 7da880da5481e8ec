/**
 * The gradient of a tile's rows, right after their losses: the exponentials that the statistics left are scaled, segment by
 * segment, and taken back to the caller's array (see assembly/losses/gradient-scales.ts for the formula).
 */
import { FEW_CLASSES, GRADIENT_RESULT, SECOND_RESULT, SEGMENT } from "../memory/layout.js";
import type { ClassWeights } from "./class-weights.js";
import { Exponentials } from "./exponentials.js";
import type { CrossEntropyJob, GradientPlan } from "./job.js";
import { TileSink } from "./tile-sink.js";
import type { TileSource } from "./tile-source.js";
import type { Workspace } from "./workspace.js";

/** What the rows of a job are made of, and how their shares are: loss = hard w_t (lse - x_t) + sum_c a_c (lse - x_c). */
export interface Operands {
  readonly logits: TileSource;
  /** Probabilities, or null. */
  readonly q: TileSource | null;
  readonly weights: ClassWeights;
  /** a_c = (q_c share + floor) w_c. */
  readonly hard: number;
  readonly share: number;
  readonly floor: number;
  /** Whether there is such a sum at all. */
  readonly hasDot: boolean;
  /** Address of the targets' column, 0 with probabilities. */
  readonly targets: number;
}

export class CrossEntropyGradient {
  readonly exponentials: Exponentials;
  readonly #workspace: Workspace;
  readonly #job: CrossEntropyJob;
  readonly #plan: GradientPlan;
  readonly #operands: Operands;
  readonly #sink: TileSink;
  readonly #targetSink: TileSink | null;

  constructor(workspace: Workspace, job: CrossEntropyJob, plan: GradientPlan, operands: Operands) {
    this.#workspace = workspace;
    this.#job = job;
    this.#plan = plan;
    this.#operands = operands;
    this.exponentials = new Exponentials(workspace, job.layout.classes);
    this.#sink = new TileSink(workspace, plan.out, job.layout, "gradient");
    this.#targetSink = plan.targetOut && new TileSink(workspace, plan.targetOut, job.probabilityLayout, "gradient");
  }

  /** Rows that are all ignored. */
  clear(row: number, rows: number): void {
    this.#sink.clear(row, rows);
  }

  /** Writes the gradients of a tile whose statistics, target logits and masses are in their columns. */
  run(row: number, rows: number): void {
    const { classes: allClasses } = this.#job.layout;
    const { logits, q } = this.#operands;
    this.#scales(row, rows);
    const isCut = allClasses > SEGMENT;
    const reloads = isCut && (!this.exponentials.isKept || this.#job.softcap > 0 || this.#targetSink !== null);
    for (let first = 0; first < allClasses; first += SEGMENT) {
      const classes = Math.min(SEGMENT, allClasses - first);
      if (reloads) logits.load(row, rows, first, classes);
      if (isCut) q?.load(row, rows, first, classes);
      this.#openExponentials(rows, first, classes);
      this.#targetSegment(row, rows, first, classes);
      this.#segment(row, rows, first, classes);
    }
    this.#sink.clearPadding(row, rows);
  }

  #scales(row: number, rows: number): void {
    const { kernels, layout: at } = this.#workspace;
    const { temperature, weight, zLoss, ignoreIndex } = this.#job;
    const { upstream, lossScale, penaltyScale } = this.#plan;
    const { hard, hasDot, targets } = this.#operands;
    if (upstream) {
      const column = this.#workspace.views().upstream;
      for (let r = 0; r < rows; r++) column[r] = upstream[row + r] as number;
    }
    if (zLoss > 0 || this.#targetSink) kernels.log1pRows(at.rest, rows, at.logSum);
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.gradientScales(
      rows, lossScale, 2 * zLoss * penaltyScale, hard, temperature, at.max, at.rest, at.logSum,
      at.targetLogit, targets && weight ? at.rowWeight : 0, hasDot ? at.mass : 0, upstream ? at.upstream : 0, targets, ignoreIndex,
      at.factor, at.share, at.targetFactor, at.targetAdd, at.whole, at.lost,
    );
  }

  #openExponentials(rows: number, first: number, classes: number): void {
    const { exponentials } = this;
    const { temperature, ignoreIndex } = this.#job;
    exponentials.open(first, classes);
    if (!exponentials.isKept) {
      exponentials.remake(this.#operands.logits, rows, classes, this.#operands.targets, ignoreIndex, temperature);
    }
  }

  #segment(row: number, rows: number, first: number, classes: number): void {
    const { kernels, layout: at } = this.#workspace;
    const { temperature, softcap, ignoreIndex } = this.#job;
    const { logits, q, weights, share, floor, hasDot, targets } = this.#operands;
    const sink = this.#sink;
    let { address, stride, refs, refStride } = this.exponentials;
    sink.open(row, first, classes, GRADIENT_RESULT);
    if (classes <= FEW_CLASSES && first === 0 && !hasDot) {
      // biome-ignore format: a kernel's arguments read better in its own order and lines
      kernels.gradientFewRows(
        address, rows, classes, targets, ignoreIndex, at.factor, at.targetFactor, at.targetAdd, sink.address, sink.stride,
      );
    } else {
      if (classes <= FEW_CLASSES) {
        // groups of four rows, and one reference a row: its maximum
        const grouped = address;
        address = at.gradient + SECOND_RESULT * 4;
        stride = classes;
        kernels.ungroupRows(grouped, rows, classes, address, stride);
        refs = first === 0 ? at.max : at.nextMax;
        refStride = 1;
      }
      if (hasDot) {
        weights.load(first, classes);
        // biome-ignore format: a kernel's arguments read better in its own order and lines
        kernels.gradientShareRows(
          address, rows, classes, stride, refs, refStride, temperature, at.max,
          at.factor, at.targetFactor, at.targetAdd, targets, ignoreIndex, first,
          at.share, at.whole, at.lost, q ? q.address : 0, q ? q.stride : 0, weights.address,
          share, floor, sink.address, sink.stride,
        );
      } else {
        // biome-ignore format: a kernel's arguments read better in its own order and lines
        kernels.gradientRows(
          address, rows, classes, stride, refs, refStride, temperature, at.max,
          at.factor, at.targetFactor, at.targetAdd, targets, ignoreIndex, first, sink.address, sink.stride,
        );
      }
    }
    if (softcap > 0) kernels.softcapSlope(logits.address, rows, classes, logits.stride, softcap, sink.address, sink.stride);
    sink.close(row, rows, first, classes);
  }

  /** With respect to the probabilities: before the logits' own gradient, which may be written over them. */
  #targetSegment(row: number, rows: number, first: number, classes: number): void {
    const sink = this.#targetSink;
    if (!sink) return;
    const { kernels, layout: at } = this.#workspace;
    const { temperature } = this.#job;
    const { logits, weights, share } = this.#operands;
    if (share === 0) return;
    weights.load(first, classes);
    sink.open(row, first, classes, SECOND_RESULT);
    // `share` of gradientScales has the temperature's factor, which only the logits' gradient has
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.probabilityGradientRows(
      logits.address, rows, classes, logits.stride, temperature, at.max, at.logSum, at.share, share * temperature,
      weights.address, sink.address, sink.stride,
    );
    sink.close(row, rows, first, classes);
  }
}
