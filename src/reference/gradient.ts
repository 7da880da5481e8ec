import { checkLength } from "./checks.js";
import type { LossValue, RowLosses } from "./reduction.js";
import { dataOf, type FloatTensor, type NewFloat64Array } from "./tensor.js";

/** Options of every `<loss>ValueAndGrad`, in addition to those of `<loss>`. */
export interface GradientOptions {
  /**
   * Upstream gradient, d objective / d value, which scales every gradient: a number, or with `reduction: "none"` one number per
   * value. Default 1.
   */
  readonly upstream?: number | FloatTensor | undefined;
}

/** Further options of losses with probability targets. */
export interface TargetGradientOptions<T extends boolean = boolean> extends GradientOptions {
  /** Whether to return the gradient with respect to the targets as well, as `targetGrad`. Default false. */
  readonly targetGrad?: T | undefined;
}

/**
 * `{ value, grad }` with grad in the layout of the input; with `targetGrad: true` also `targetGrad` in the layout of the targets.
 */
export type ValueAndGrad<R extends string, T extends boolean = false> = {
  readonly value: LossValue<R>;
  readonly grad: NewFloat64Array;
} & (T extends true ? { readonly targetGrad: NewFloat64Array } : unknown);

interface Upstream {
  readonly reduction?: string | undefined;
  readonly upstream?: number | FloatTensor | undefined;
}

/** The upstream gradient of the value at an index; "mean" and "sum" have one value. */
export function upstreamOf({ reduction = "mean", upstream = 1 }: Upstream, values: number): (index: number) => number {
  if (typeof upstream === "number") return () => upstream;
  if (reduction !== "none") throw new TypeError(`upstream: expected a number with reduction "${reduction}", got an array`);
  const data = dataOf(upstream);
  checkLength("upstream", data.length, values);
  return (index) => data[index];
}

/** d objective / d (loss of a row) and d objective / d (penalty of a row), for the reductions of `reduceRows`. */
export interface RowScales {
  loss(row: number): number;
  penalty(row: number): number;
}

export function rowScales(
  options: Upstream,
  count: number,
  { divisor, keptWeight }: Pick<RowLosses, "divisor" | "keptWeight">,
  weightOf: (row: number) => number = () => 1,
): RowScales {
  const upstreamOfValue = upstreamOf(options, count);
  const upstream = (row: number): number => upstreamOfValue(row) * weightOf(row);
  const isMean = (options.reduction ?? "mean") === "mean";
  return {
    loss: (row) => (isMean ? upstream(row) / divisor : upstream(row)),
    penalty: (row) => (isMean ? upstream(row) / keptWeight : upstream(row)),
  };
}
