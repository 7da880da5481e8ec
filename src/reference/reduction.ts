import type { NewFloat64Array } from "./tensor.js";

export type Reduction = "mean" | "sum" | "none";

/** The reduction in the type of a call without that option. No value has this type. */
export type ByDefault = "mean" & { readonly isDefault: true };

/** A `number` for "mean" (the default) and "sum", one f64 per row for "none". */
export type LossValue<R extends string> = [Extract<R, ByDefault>] extends [never]
  ? R extends "none"
    ? NewFloat64Array
    : number
  : number;

/** The results of the rows of a loss. Ignored rows hold 0 in both arrays and count in neither divisor. */
export interface RowLosses {
  readonly losses: Float64Array;
  /** z lse^2 of each kept row: separate, because a mean divides it by `keptWeight`, not by `divisor`. */
  readonly penalties: Float64Array;
  /** The divisor of the losses in a mean: the sum of the kept rows' sample weights, times class weights for class indices. */
  readonly divisor: number;
  readonly kept: number;
  /** The sum of the kept rows' sample weights; without weights their number. */
  readonly keptWeight: number;
}

/**
 *     none: losses + penalties
 *     sum:  sum(losses) + sum(penalties)
 *     mean: sum(losses) / divisor + sum(penalties) / keptWeight, or `emptyMean` when no row was kept
 */
export function reduceRows<R extends Reduction>(
  rows: RowLosses,
  { reduction, emptyMean = Number.NaN }: { readonly reduction?: R | undefined; readonly emptyMean?: number | undefined },
): LossValue<R> {
  const { losses, penalties, divisor, kept, keptWeight } = rows;
  const value = (): number | Float64Array => {
    switch (reduction ?? "mean") {
      case "none":
        return losses.map((loss, row) => loss + penalties[row]);
      case "sum":
        return total(losses) + total(penalties);
      default:
        return kept === 0 ? emptyMean : total(losses) / divisor + total(penalties) / keptWeight;
    }
  };
  return value() as LossValue<R>;
}

/** Divisors of the rows that count: the sums of their sample weights, times `classWeight` for the losses. */
export function divisorsOfRows(
  kept: readonly number[],
  weightOf: (row: number) => number,
  classWeight: (row: number) => number = () => 1,
): Pick<RowLosses, "divisor" | "kept" | "keptWeight"> {
  return {
    divisor: kept.reduce((sum, row) => sum + weightOf(row) * classWeight(row), 0),
    kept: kept.length,
    keptWeight: kept.reduce((sum, row) => sum + weightOf(row), 0),
  };
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
