/** Inputs of a cross-entropy job other than columns, and the coefficients of its loss. */

import type { FloatArray } from "../../job.js";
import { ClassWeights } from "../../tiles/class-weights.js";
import { type RowSource, TileSource } from "../../tiles/tile-source.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { CrossEntropyJob, RowLossJob } from "./job.js";

/** loss = hard w_t (lse - x_t) + sum_c a_c (lse - x_c). */
export interface Operands {
  readonly logits: RowSource;
  /** The logits, if they are in an array and long rows of them may come in pieces. */
  readonly array: TileSource | null;
  /** Probabilities, or null. */
  readonly q: RowSource | null;
  readonly weights: ClassWeights;
  /** a_c = (q_c share + floor) w_c. */
  readonly hard: number;
  readonly share: number;
  readonly floor: number;
  /** Whether the loss has the sum over c. */
  readonly hasDot: boolean;
  /** Address of the target column; 0 with probabilities of rows that are all kept. */
  readonly targets: number;
}

export function operandsOf(workspace: Workspace, job: CrossEntropyJob, firstRow: number): Operands {
  const { probabilities } = job;
  const logits = new TileSource(workspace, job.logits, job.layout, "tileA", job.softcap, firstRow);
  const q = probabilities ? probabilitiesOf(workspace, job, probabilities, firstRow) : null;
  return operandsFrom(workspace, job, logits, logits, q);
}

export function operandsFrom(
  workspace: Workspace,
  job: RowLossJob,
  logits: RowSource,
  array: TileSource | null,
  q: RowSource | null,
): Operands {
  const { layout, targets, probabilities } = job;
  const { labelSmoothing } = job.terms;
  return {
    logits,
    array,
    q,
    weights: new ClassWeights(workspace, job.weight),
    hard: probabilities ? 0 : 1 - labelSmoothing,
    share: 1 - labelSmoothing,
    floor: layout.classes > 0 ? labelSmoothing / layout.classes : 0,
    hasDot: probabilities !== null || labelSmoothing > 0,
    targets: targets ? workspace.layout.target : 0,
  };
}

/** Windows of shifted probabilities would need rows after them, so these are whole. */
function probabilitiesOf(workspace: Workspace, job: CrossEntropyJob, probabilities: FloatArray, firstRow: number): TileSource {
  const { probabilityLayout: layout, probabilityShift: shift } = job;
  if (shift === 0) return new TileSource(workspace, probabilities, layout, "tileB", 0, firstRow);
  return new TileSource(workspace, probabilities, layout, "tileB", 0, 0, shift);
}
