/** Inputs of a cross-entropy job other than columns, and the coefficients of its loss. */

import { ClassWeights } from "../../tiles/class-weights.js";
import { TileSource } from "../../tiles/tile-source.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { CrossEntropyJob } from "./job.js";

/** loss = hard w_t (lse - x_t) + sum_c a_c (lse - x_c). */
export interface Operands {
  readonly logits: TileSource;
  /** Probabilities, or null. */
  readonly q: TileSource | null;
  readonly weights: ClassWeights;
  /** a_c = (q_c share + floor) w_c. */
  readonly hard: number;
  readonly share: number;
  readonly floor: number;
  /** Whether the loss has the sum over c. */
  readonly hasDot: boolean;
  /** Address of the target column, 0 with probabilities. */
  readonly targets: number;
}

export function operandsOf(workspace: Workspace, job: CrossEntropyJob, firstRow: number): Operands {
  const { layout, targets, probabilities, labelSmoothing } = job;
  return {
    logits: new TileSource(workspace, job.logits, layout, "tileA", job.softcap, firstRow),
    q: probabilities ? new TileSource(workspace, probabilities, job.probabilityLayout, "tileB", 0, firstRow) : null,
    weights: new ClassWeights(workspace, job.weight),
    hard: targets ? 1 - labelSmoothing : 0,
    share: 1 - labelSmoothing,
    floor: layout.classes > 0 ? labelSmoothing / layout.classes : 0,
    hasDot: probabilities !== null || labelSmoothing > 0,
    targets: targets ? workspace.layout.target : 0,
  };
}
