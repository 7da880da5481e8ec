/** From the engine's sums to the value of a loss. */
import { emptyMean, reduction } from "../arguments/function-options.js";
import type { Reduction } from "../arguments/types.js";
import type { Sums } from "../engine/job.js";

export interface Reducing {
  readonly reduction: Reduction;
  readonly emptyMean: number;
}

/** The reduction options, checked. */
export function reducing(options: { readonly reduction?: unknown; readonly emptyMean?: unknown }): Reducing {
  return {
    reduction: reduction(options.reduction),
    emptyMean: emptyMean(options.emptyMean),
  };
}

/** mean: sum of losses / sum of the kept rows' weights + sum of z-losses / sum of their sample weights; sum: both sums; none: `out`. */
export function reduced({ reduction, emptyMean }: Reducing, sums: Sums, out: Float32Array | null): number | Float32Array {
  if (out) return out;
  if (reduction === "sum") return sums.loss + sums.z;
  return sums.kept === 0 ? emptyMean : sums.loss / sums.weight + sums.z / sums.keptWeight;
}
