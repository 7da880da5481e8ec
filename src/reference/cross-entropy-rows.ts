/** Shared by the losses of rows of logits: the transformed logits of a row, and the cost of a class. */
import { checkRange } from "./checks.js";
import { negativeLogProbability, type RowLogSumExp, rowLogSumExp } from "./log-sum-exp.js";
import { divisorsOfRows, type RowLosses } from "./reduction.js";
import { classOf, type RowsAndTargets } from "./targets.js";
import { dataOf, type FloatData, type FloatTensor, type Rows, readRow } from "./tensor.js";

export interface RowOptions {
  readonly ignoreIndex?: number | undefined;
  readonly weight?: FloatTensor | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly softcap?: number | undefined;
  readonly temperature?: number | undefined;
  readonly zLoss?: number | undefined;
}

/** One row as the formulas use it: logits x after softcap and temperature, and their log-sum-exp. */
export interface Row extends RowLogSumExp {
  readonly x: Float64Array;
  /** d x_c / d logit_c */
  slope(c: number): number;
}

/** Settings that all rows of a call share. */
export interface Settings {
  readonly weight: FloatData | undefined;
  readonly smoothing: number;
  readonly ignoreIndex: number;
  readonly zLoss: number;
  read(row: number): Row;
}

export function settingsOf(rows: Rows, options: RowOptions): Settings {
  const { softcap, temperature = 1, labelSmoothing = 0, zLoss = 0, ignoreIndex = -100 } = options;
  checkRange("labelSmoothing", labelSmoothing, 0, 1);
  return {
    weight: options.weight && dataOf(options.weight),
    smoothing: labelSmoothing,
    ignoreIndex,
    zLoss,
    read: (row) => {
      // x <- c tanh(x / c), then x <- x / T.
      const logits = readRow(rows, row);
      const capped = softcap === undefined ? logits : logits.map((value) => softcap * Math.tanh(value / softcap));
      const x = temperature === 1 ? capped : capped.map((value) => value / temperature);
      // 1 - tanh^2(u) as 1 / cosh^2(u), which does not cancel where tanh is close to 1.
      const capSlope = (c: number): number => (softcap === undefined ? 1 : 1 / Math.cosh(logits[c] / softcap) ** 2);
      return { x, slope: (c) => capSlope(c) / temperature, ...rowLogSumExp(x) };
    },
  };
}

export function weightOf(weight: FloatData | undefined, c: number): number {
  return weight === undefined ? 1 : weight[c];
}

/** share w_c (lse - x_c); 0 for a share of 0, whatever the logit, unless the whole row is NaN. */
export function weightedCost(row: Row, c: number, share: number, weight: FloatData | undefined): number {
  if (share === 0 && !Number.isNaN(row.logRest)) return 0;
  return share * weightOf(weight, c) * negativeLogProbability(row, row.x[c]);
}

/** The class of a row, or undefined for an ignored row. */
export function keptClass(
  indices: ArrayLike<number | bigint>,
  row: number,
  classes: number,
  { ignoreIndex }: Pick<Settings, "ignoreIndex">,
): number | undefined {
  const target = classOf(indices, row, classes, ignoreIndex);
  return target === ignoreIndex ? undefined : target;
}

/** The rows that count, with their targets. */
export type KeptRow = { readonly index: number } & (
  | { readonly target: number; readonly q?: never }
  | { readonly target?: never; readonly q: Float64Array; readonly targetRow: number }
);

export function keptRowsOf(pairing: RowsAndTargets, settings: Pick<Settings, "ignoreIndex">): KeptRow[] {
  const { count, classes } = pairing.rows;
  const kept: KeptRow[] = [];
  for (let index = 0; index < count; index++) {
    if (pairing.kind === "probabilities") {
      const targetRow = pairing.selected.targetOf(index);
      if (targetRow !== undefined) kept.push({ index, q: readRow(pairing.probabilities, targetRow), targetRow });
    } else {
      const target = keptClass(pairing.indices, index, classes, settings);
      if (target !== undefined) kept.push({ index, target });
    }
  }
  return kept;
}

/** The divisors of a mean: class weights count only with class indices. */
export function divisorsOf(
  kept: readonly KeptRow[],
  { selected }: RowsAndTargets,
  weight: FloatData | undefined,
): Pick<RowLosses, "divisor" | "kept" | "keptWeight"> {
  const targets = new Map(kept.map(({ index, target }) => [index, target]));
  const classWeight = (row: number): number => {
    const target = targets.get(row);
    return target === undefined ? 1 : weightOf(weight, target);
  };
  return divisorsOfRows(
    kept.map(({ index }) => index),
    selected.weightOf,
    classWeight,
  );
}
