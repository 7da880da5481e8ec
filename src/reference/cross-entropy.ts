import {
  divisorsOf,
  keptRowsOf,
  type Row,
  type RowOptions,
  type Settings,
  settingsOf,
  weightedCost,
} from "./cross-entropy-rows.js";
import type { NllLossOptions } from "./nll-loss.js";
import { type ByDefault, type LossValue, type Reduction, reduceRows } from "./reduction.js";
import { pairRowsWithTargets } from "./targets.js";
import type { FloatData, FloatTensor, Targets } from "./tensor.js";

export interface CrossEntropyOptions<R extends string = Reduction> extends NllLossOptions<R>, RowOptions {}

/**
 * Cross-entropy of logits with class indices or with probabilities, in nats. With x = softcap(logits) / temperature,
 * lse = log sum_c exp(x_c), weights w, smoothing eps and C classes:
 *
 *     indices:        row  = (1 - eps) w_t (lse - x_t) + eps/C sum_c w_c (lse - x_c)
 *                     mean = sum(row) / sum of the kept rows' w_t
 *     probabilities:  row  = sum_c w_c q'_c (lse - x_c),   q' = q (1 - eps) + eps/C
 *                     mean = sum(row) / kept rows
 *     zLoss z:        none and sum add z lse^2 per kept row, mean adds sum(z lse^2) / kept rows
 *     sampleWeight s: multiplies a row's loss and z-loss; means divide by sum(s w_t), sum(s) and sum(s)
 *
 * `logits` holds rows along `axis`; `targets` holds one class per row, or probabilities in the layout of the logits. An ignored
 * row is 0 and is not read. A row with NaN or +inf, or of -inf only, is NaN. A class whose share of the target is 0 costs 0, even
 * at a logit of -inf; a class weight of 0 gives NaN there (0 x inf), as in PyTorch.
 *
 * Sources: PyTorch, torch.nn.functional.cross_entropy; label smoothing: Szegedy et al. 2016, section 7; softcap: Gemma 2,
 * section 2; z-loss: Zoph et al., "ST-MoE", 2022, section 2.
 *
 * @throws RangeError for a class or an axis out of range and for labelSmoothing outside [0, 1].
 *
 * @example
 * crossEntropy([40, 0, 0], 0); // => 8.496708510583178e-18
 */
export function crossEntropy<R extends Reduction | ByDefault>(
  logits: FloatTensor,
  targets: Targets,
  options: CrossEntropyOptions<R> = {},
): LossValue<R> {
  const pairing = pairRowsWithTargets(logits, targets, options);
  const { count } = pairing.rows;
  const settings = settingsOf(pairing.rows, options);
  const losses = new Float64Array(count);
  const penalties = new Float64Array(count);
  const kept = keptRowsOf(pairing, settings);
  for (const { index, target, q } of kept) {
    const row = settings.read(index);
    const weight = pairing.selected.weightOf(index);
    losses[index] = weight * (q ? probabilityLoss(row, q, settings) : indexLoss(row, target, settings));
    penalties[index] = settings.zLoss === 0 ? 0 : weight * settings.zLoss * row.lse ** 2;
  }
  return reduceRows({ losses, penalties, ...divisorsOf(kept, pairing, settings.weight) }, options);
}

/** (1 - eps) w_t (lse - x_t) + eps/C sum_c w_c (lse - x_c) */
function indexLoss(row: Row, target: number, { weight, smoothing }: Settings): number {
  const onTarget = weightedCost(row, target, 1 - smoothing, weight);
  return onTarget + (smoothing === 0 ? 0 : sumOverClasses(row, () => smoothing / row.x.length, weight));
}

/** sum_c w_c q'_c (lse - x_c), q' = q (1 - eps) + eps/C */
function probabilityLoss(row: Row, q: Float64Array, { weight, smoothing }: Settings): number {
  return sumOverClasses(row, (c) => q[c] * (1 - smoothing) + smoothing / row.x.length, weight);
}

/** sum_c share_c w_c (lse - x_c) */
function sumOverClasses(row: Row, share: (c: number) => number, weight: FloatData | undefined): number {
  let sum = 0;
  for (let c = 0; c < row.x.length; c++) {
    sum += weightedCost(row, c, share(c), weight);
  }
  return sum;
}
