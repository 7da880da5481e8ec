/**
 * The loss and the gradient of the hidden states alone, from a single computation of the logits: two matrix products instead of
 * three or four. The gradient is summed along with the statistics of the rows:
 *
 *   m       maximum of the classes so far
 *   A       sum_c e^((x_c - m) / T) w_c over them, without the target; times e^((m - m') / T) when the maximum grows to m'
 *   grad    f A + (f e^((x_t - m) / T) - H) w_t        f, H: the columns of assembly/losses/gradient-scales.ts
 *
 * Not with softcap, label smoothing or probabilities, whose gradients are not exponentials times a factor per row.
 *
 * Source: the running maximum of FlashAttention (arXiv:2205.14135).
 */
import { LINEAR_ROWS } from "../../../memory/constants.js";
import type { Exponentials } from "../../tiles/exponentials.js";
import type { TileSteps } from "../../tiles/run-rows.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { CrossEntropyGradient } from "../cross-entropy/gradient.js";
import type { HiddenGradient } from "./hidden-gradient.js";
import type { LinearCrossEntropyJob, LinearGradientPlan } from "./job.js";
import { floatsAt } from "./load-rows.js";

/** Elements of room for the columns. */
export const ONE_PASS_COLUMNS = 3 * LINEAR_ROWS;

/** Whether the gradients of a job can be computed in one pass. */
export function isOnePass(job: LinearCrossEntropyJob, plan: LinearGradientPlan): boolean {
  const isAlone = plan.hidden !== null && plan.linearWeight === null && plan.bias === null;
  return isAlone && job.probabilities === null && job.softcap === 0 && job.terms.labelSmoothing === 0;
}

export class OnePassSteps implements TileSteps {
  readonly applies = false;
  readonly #workspace: Workspace;
  readonly #job: LinearCrossEntropyJob;
  readonly #losses: TileSteps;
  readonly #scales: CrossEntropyGradient;
  readonly #exponentials: Exponentials;
  readonly #hidden: HiddenGradient;
  /** Addresses of f32 columns: ones, zeros, and the maxima before the last join, then factors. */
  readonly #ones: number;
  readonly #zeros: number;
  readonly #factors: number;
  /** The segment that has been measured last. */
  #first = 0;
  #classes = 0;

  /** `losses` are the steps of the loss, which keep the exponentials of a segment; `scales` fills the columns of the gradient. */
  constructor(
    workspace: Workspace,
    job: LinearCrossEntropyJob,
    losses: TileSteps,
    scales: CrossEntropyGradient,
    exponentials: Exponentials,
    hidden: HiddenGradient,
    columns: number,
  ) {
    this.#workspace = workspace;
    this.#job = job;
    this.#losses = losses;
    this.#scales = scales;
    this.#exponentials = exponentials;
    this.#hidden = hidden;
    this.#ones = columns;
    this.#zeros = columns + LINEAR_ROWS * 4;
    this.#factors = columns + 2 * LINEAR_ROWS * 4;
    floatsAt(workspace, columns, 2 * LINEAR_ROWS)
      .fill(1, 0, LINEAR_ROWS)
      .fill(0, LINEAR_ROWS);
  }

  begin(row: number, rows: number): boolean {
    if (!this.#losses.begin(row, rows)) return false;
    this.#hidden.begin(rows);
    return true;
  }

  measure(row: number, rows: number, first: number, classes: number): void {
    this.#losses.measure(row, rows, first, classes);
    this.#first = first;
    this.#classes = classes;
    if (first === 0) this.#add(rows);
  }

  join(rows: number): void {
    const { kernels, layout: at } = this.#workspace;
    floatsAt(this.#workspace, this.#factors, rows).set(this.#workspace.views().max.subarray(0, rows));
    this.#losses.join(rows);
    kernels.expDifferences(this.#factors, at.max, rows, this.#job.temperature, this.#factors);
    this.#hidden.scale(rows, this.#factors);
    this.#add(rows);
  }

  finish(row: number, rows: number): void {
    this.#losses.finish(row, rows);
    this.#scales.prepare(row, rows, false);
    const { kernels, layout: at } = this.#workspace;
    const column = (address: number): Float32Array => floatsAt(this.#workspace, address, rows);
    kernels.expDifferences(at.targetLogit, at.max, rows, this.#job.temperature, this.#factors);
    const [atTarget, factor, add] = [column(this.#factors).slice(), column(at.targetFactor), column(at.targetAdd)];
    // where the target is the maximum, the factor is 0, and the rest is the whole gradient
    for (let r = 0; r < rows; r++) atTarget[r] = factor[r] === 0 ? add[r] : atTarget[r] * factor[r] + add[r];
    this.#hidden.scale(rows, at.factor);
    this.#hidden.addTargets(row, rows, atTarget);
    this.#hidden.store(row, rows);
  }

  end(): void {
    this.#losses.end?.();
  }

  /** Adds the exponentials of the last segment, relative to the maxima so far, 0 at the targets. */
  #add(rows: number): void {
    const { kernels, layout: at } = this.#workspace;
    const { temperature, ignoreIndex } = this.#job;
    const exps = this.#exponentials;
    const first = this.#first;
    const classes = this.#classes;
    exps.ungroup(first, classes);
    const out = at.gradient + exps.result * 4;
    // biome-ignore format: a kernel's arguments read better in its own order and lines
    kernels.gradientRows(
      exps.address, rows, classes, exps.stride, exps.refs, exps.refStride, temperature, at.max,
      this.#ones, this.#zeros, this.#zeros, at.target, ignoreIndex, first, out, classes,
    );
    this.#hidden.add(out, classes, rows, first, classes);
  }
}
