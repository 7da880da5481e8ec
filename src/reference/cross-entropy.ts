import { negativeLogProbability, type RowLogSumExp, rowLogSumExp } from "./log-sum-exp.js";
import type { NllLossOptions } from "./nll-loss.js";
import { type LossValue, type Reduction, type RowLosses, reduceRows } from "./reduction.js";
import { classOf, pairRowsWithTargets } from "./targets.js";
import { dataOf, type FloatData, type FloatTensor, type Rows, readRow, type Targets } from "./tensor.js";

export interface CrossEntropyOptions<R extends string = Reduction> extends NllLossOptions<R> {
  readonly labelSmoothing?: number;
  readonly softcap?: number;
  readonly temperature?: number;
  readonly zLoss?: number;
}

/** One row as the formulas see it: softcapped and tempered logits, and their log-sum-exp. */
interface Row extends RowLogSumExp {
  readonly x: Float64Array;
}

/** What every row of one call shares. */
interface Settings {
  readonly weight: FloatData | undefined;
  readonly smoothing: number;
  readonly ignoreIndex: number;
  readonly read: (row: number) => Row;
  readonly penalty: (row: Row) => number;
}

/**
 * Cross-entropy of logits with class indices or with probabilities, in nats. With x = softcap(logits) / temperature,
 * lse = log sum_c exp(x_c), weights w, smoothing eps and C classes:
 *
 *     indices:        row  = (1 - eps) w_t (lse - x_t) + eps/C sum_c w_c (lse - x_c)
 *                     mean = sum(row) / sum of the kept rows' w_t
 *     probabilities:  row  = sum_c w_c q'_c (lse - x_c),   q' = q (1 - eps) + eps/C
 *                     mean = sum(row) / rows
 *     zLoss z:        none and sum add z lse^2 of each kept row, mean adds sum(z lse^2) / kept rows
 *
 * `logits` holds rows along `axis`, `targets` one class per row, or probabilities that lie as the logits do. An ignored row
 * is 0 and is not read. A row with NaN or +inf, or of -inf only, is NaN. A class whose share of the target is 0 costs 0 even
 * at a logit of -inf; a class weight of 0 does not have that power (0 x inf = NaN), as in PyTorch.
 *
 * Sources: PyTorch, torch.nn.functional.cross_entropy; label smoothing: Szegedy et al. 2016, section 7; softcap: Gemma 2,
 * section 2; z-loss: Zoph et al., "ST-MoE", 2022, section 2.
 *
 * @throws RangeError for a class out of range and for labelSmoothing outside [0, 1].
 *
 * @example
 * crossEntropy([40, 0, 0], 0); // => 8.496708510583178e-18
 */
export function crossEntropy<R extends Reduction = "mean">(
  logits: FloatTensor,
  targets: Targets,
  options: CrossEntropyOptions<R> = {},
): LossValue<R> {
  const pairing = pairRowsWithTargets(logits, targets, options);
  const settings = settingsOf(pairing.rows, options);
  const rowLosses =
    pairing.kind === "indices"
      ? indexLosses(pairing.rows, pairing.indices, settings)
      : probabilityLosses(pairing.rows, pairing.probabilities, settings);
  return reduceRows(rowLosses, options);
}

function settingsOf(rows: Rows, options: CrossEntropyOptions): Settings {
  const { softcap, temperature = 1, labelSmoothing = 0, zLoss = 0, ignoreIndex = -100 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new RangeError(`labelSmoothing: expected a number in [0, 1], got ${labelSmoothing}`);
  }
  return {
    weight: options.weight && dataOf(options.weight),
    smoothing: labelSmoothing,
    ignoreIndex,
    read: (row) => {
      // x <- c tanh(x / c), then x <- x / T.
      const logits = readRow(rows, row);
      const capped = softcap === undefined ? logits : logits.map((value) => softcap * Math.tanh(value / softcap));
      const x = temperature === 1 ? capped : capped.map((value) => value / temperature);
      return { x, ...rowLogSumExp(x) };
    },
    penalty: (row) => (zLoss === 0 ? 0 : zLoss * row.lse ** 2),
  };
}

/** (1 - eps) w_t (lse - x_t) + eps/C sum_c w_c (lse - x_c) */
function indexLosses(rows: Rows, indices: ArrayLike<number | bigint>, settings: Settings): RowLosses {
  const { weight, smoothing, ignoreIndex, read, penalty } = settings;
  const losses = new Float64Array(rows.count);
  const penalties = new Float64Array(rows.count);
  let divisor = 0;
  let kept = 0;
  for (let index = 0; index < rows.count; index++) {
    const target = classOf(indices, index, rows.classes, ignoreIndex);
    if (target === ignoreIndex) continue;
    const row = read(index);
    const onTarget = weightedCost(row, target, 1 - smoothing, weight);
    losses[index] = onTarget + (smoothing === 0 ? 0 : sumOverClasses(row, () => smoothing / rows.classes, weight));
    penalties[index] = penalty(row);
    divisor += weightOf(weight, target);
    kept++;
  }
  return { losses, penalties, divisor, kept };
}

/** sum_c w_c q'_c (lse - x_c), q' = q (1 - eps) + eps/C */
function probabilityLosses(rows: Rows, probabilities: Rows, { weight, smoothing, read, penalty }: Settings): RowLosses {
  const losses = new Float64Array(rows.count);
  const penalties = new Float64Array(rows.count);
  for (let index = 0; index < rows.count; index++) {
    const row = read(index);
    const q = readRow(probabilities, index);
    const smoothed = q.map((share) => share * (1 - smoothing) + smoothing / rows.classes);
    losses[index] = sumOverClasses(row, (c) => smoothed[c] as number, weight);
    penalties[index] = penalty(row);
  }
  return { losses, penalties, divisor: rows.count, kept: rows.count };
}

/** sum_c share_c w_c (lse - x_c) */
function sumOverClasses(row: Row, share: (c: number) => number, weight: FloatData | undefined): number {
  let sum = 0;
  for (let c = 0; c < row.x.length; c++) {
    sum += weightedCost(row, c, share(c), weight);
  }
  return sum;
}

/** share w_c (lse - x_c); 0 for a share of 0, whatever the logit, unless the row as a whole is NaN. */
function weightedCost(row: Row, c: number, share: number, weight: FloatData | undefined): number {
  if (share === 0 && !Number.isNaN(row.logRest)) return 0;
  return share * weightOf(weight, c) * negativeLogProbability(row, row.x[c] as number);
}

function weightOf(weight: FloatData | undefined, c: number): number {
  return weight === undefined ? 1 : (weight[c] as number);
}
