/** Exponentials that are computed again from the logits for the gradients: far less work than the products around them. */
import { LINEAR_SEGMENT } from "../../../memory/constants.js";
import { Exponentials } from "../../tiles/exponentials.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { LinearCrossEntropyJob } from "./job.js";

export class RecomputedExponentials extends Exponentials {
  constructor(workspace: Workspace, job: LinearCrossEntropyJob) {
    super(workspace, job, -1, 0);
    this.isCut = job.layout.classes > LINEAR_SEGMENT;
  }

  override begin(row: number, rows: number): boolean {
    const starts = super.begin(row, rows);
    this.isKept = false;
    return starts;
  }
}
