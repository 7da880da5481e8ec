/** The hidden states of a block of rows, f32. They are read in place where the engine's memory has them side by side. */
import { LINEAR_ROWS } from "../../../memory/constants.js";
import type { FloatArray } from "../../job.js";
import type { Workspace } from "../../tiles/workspace.js";
import type { LinearRowsJob } from "./job.js";
import { loadRows, paddedWidth, rowsInPlace } from "./load-rows.js";

export class HiddenRows {
  readonly #workspace: Workspace;
  readonly #data: FloatArray;
  readonly #rowIndex: Int32Array | null;
  readonly #width: number;
  readonly #resident: number;
  readonly #block: number;
  #row = -1;

  /** `block` is the address of room for a block, unless the rows are read in place. */
  constructor(workspace: Workspace, job: LinearRowsJob, block: number) {
    this.#workspace = workspace;
    this.#data = job.hidden;
    this.#rowIndex = job.rowIndex;
    this.#width = job.linearWeight.width;
    this.#resident = residentRows(workspace, job);
    this.#block = block;
  }

  /** Loads a block, if it is not the last one loaded, and returns its address. */
  load(row: number, rows: number): number {
    if (this.#resident >= 0) return this.#resident + row * this.#width * 4;
    if (this.#row === row) return this.#block;
    this.#row = row;
    const width = this.#width;
    const padded = paddedWidth(width);
    // runs of rows that are adjacent
    for (let r = 0; r < rows; ) {
      const first = this.#rowAt(row + r);
      let end = r + 1;
      while (end < rows && this.#rowAt(row + end) === first + end - r) end++;
      loadRows(this.#workspace, this.#data, first * width, end - r, width, this.#block + r * padded * 4);
      r = end;
    }
    return this.#block;
  }

  #rowAt(row: number): number {
    return this.#rowIndex ? this.#rowIndex[row] : row;
  }
}

/** Elements of the room that a job's blocks need. */
export function blockElements(workspace: Workspace, job: LinearRowsJob): number {
  return residentRows(workspace, job) >= 0 ? 0 : LINEAR_ROWS * paddedWidth(job.linearWeight.width);
}

function residentRows(workspace: Workspace, { hidden, linearWeight, rowIndex }: LinearRowsJob): number {
  return rowIndex ? -1 : rowsInPlace(workspace, hidden, linearWeight.width);
}
