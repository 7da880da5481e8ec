/** What rows bring beside their logits, in the columns of a tile: their classes and those classes' weights. */
import { elementAt } from "../../half.js";
import { type Rows, rowStart } from "../../memory/tiles.js";
import type { FloatArray } from "../job.js";
import type { Views } from "./workspace.js";

/** Tiles of up to this many rows are long rows, worth a look at whether they are all ignored. */
const FEW_ROWS = 8;

/** Copies a tile's classes into their column; false when there is none to keep and the rows need not even be read. */
export function loadTargets(views: Views, targets: Int32Array, row: number, rows: number, ignoreIndex: number): boolean {
  if (rows > FEW_ROWS) {
    views.target.set(rows === targets.length ? targets : targets.subarray(row, row + rows));
    return true;
  }
  let anyKept = false;
  for (let r = 0; r < rows; r++) {
    const target = targets[row + r] as number;
    views.target[r] = target;
    if (target !== ignoreIndex) anyKept = true;
  }
  return anyKept;
}

/** Logit of each row's target, read one by one; `origin` elements lie before the data's first one. */
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
    const target = views.target[r] as number;
    if (target === ignoreIndex) continue;
    views.targetLogit[r] = elementAt(data, rowStart(layout, row + r) + target * layout.inner - origin);
  }
}

/** Class weight of each row's target, 0 for ignored rows. */
export function loadRowWeights(views: Views, weight: Float32Array, rows: number, ignoreIndex: number): void {
  for (let r = 0; r < rows; r++) {
    const target = views.target[r] as number;
    views.rowWeight[r] = target === ignoreIndex ? 0 : (weight[target] as number);
  }
}
