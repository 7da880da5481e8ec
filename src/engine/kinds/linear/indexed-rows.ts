/** Target distributions of the job's rows, which are some of an array's rows: copied row by row. */
import type { FloatArray } from "../../job.js";
import type { RowSource } from "../../tiles/tile-source.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { LinearCrossEntropyJob } from "./job.js";
import { loadFloats } from "./load-rows.js";

export class IndexedRows implements RowSource {
  readonly address: number;
  stride = 0;
  readonly #workspace: Workspace;
  readonly #job: LinearCrossEntropyJob;
  readonly #data: FloatArray;

  constructor(workspace: Workspace, job: LinearCrossEntropyJob, probabilities: FloatArray) {
    this.address = workspace.layout.tileB;
    this.#workspace = workspace;
    this.#job = job;
    this.#data = probabilities;
  }

  load(row: number, rows: number, first: number, classes: number): void {
    const { rowIndex, probabilityShift, layout } = this.#job;
    this.stride = classes;
    for (let r = 0; r < rows; r++) {
      const from = (rowIndex ? rowIndex[row + r] : row + r) + probabilityShift;
      loadFloats(this.#workspace, this.#data, from * layout.classes + first, classes, this.address + r * classes * 4);
    }
  }
}
