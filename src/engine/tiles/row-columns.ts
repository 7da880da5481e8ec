/** Fills a tile's columns with per-row inputs: targets, target logits and class weights. */
import { elementAt } from "../../half.js";
import { type Rows, rowStart } from "../../memory/tiles.js";
import type { FloatArray } from "../job.js";
import type { TileSink } from "./tile-sink.js";
import type { Views, Workspace } from "./workspace.js";

/** A tile of this many rows or fewer has long rows, so it is worth checking whether all of them are ignored. */
const FEW_ROWS = 8;

/** Copies a tile's targets into their column. Returns false when all rows are known to be ignored and need not be read. */
export function loadTargets(views: Views, targets: Int32Array, row: number, rows: number, ignoreIndex: number): boolean {
  if (rows > FEW_ROWS) {
    views.target.set(rows === targets.length ? targets : targets.subarray(row, row + rows));
    return true;
  }
  let anyKept = false;
  for (let r = 0; r < rows; r++) {
    const target = targets[row + r];
    views.target[r] = target;
    if (target !== ignoreIndex) anyKept = true;
  }
  return anyKept;
}

/** Reads the logit of each row's target. `data` begins `origin` elements into the layout. */
export function loadTargetLogits(
  views: Views,
  data: FloatArray,
  layout: Rows,
  row: number,
  rows: number,
  ignoreIndex: number,
  origin: number,
): void {
  for (let r = 0; r < rows; r++) {
    const target = views.target[r];
    if (target === ignoreIndex) continue;
    views.targetLogit[r] = elementAt(data, rowStart(layout, row + r) + target * layout.inner - origin);
  }
}

/** Loads the class weight of each row's target, 0 for ignored rows. */
export function loadRowWeights(views: Views, weight: Float32Array, rows: number, ignoreIndex: number): void {
  for (let r = 0; r < rows; r++) {
    const target = views.target[r];
    views.rowWeight[r] = target === ignoreIndex ? 0 : weight[target];
  }
}

/** Writes zeros to the ignored rows of results that a kernel computed without looking at the targets. */
export function clearIgnored(
  workspace: Workspace,
  { address, stride }: Pick<TileSink, "address" | "stride">,
  rows: number,
  classes: number,
  ignoreIndex: number,
): void {
  const { target } = workspace.views();
  const tile = new Float32Array(workspace.memory.buffer, address, (rows - 1) * stride + classes);
  for (let r = 0; r < rows; r++) if (target[r] === ignoreIndex) tile.fill(0, r * stride, r * stride + classes);
}
