import { type CrossEntropyOptions, crossEntropy } from "./cross-entropy.js";
import { divisorsOf, keptRowsOf, type Row, type Settings, settingsOf, weightedCost, weightOf } from "./cross-entropy-rows.js";
import { type RowScales, rowScales, type TargetGradientOptions, type ValueAndGrad } from "./gradient.js";
import { rowProbabilities, sumOfOthers } from "./probabilities.js";
import type { ByDefault, Reduction } from "./reduction.js";
import { pairRowsWithTargets } from "./targets.js";
import { type FloatTensor, type Targets, writeRow } from "./tensor.js";

export type CrossEntropyGradientOptions<R extends string = Reduction, T extends boolean = boolean> = CrossEntropyOptions<R> &
  TargetGradientOptions<T>;

/**
 * `crossEntropy` with its gradient with respect to the logits, and with `targetGrad` also with respect to probability targets.
 * A row's loss is sum_c a_c (lse - x_c), where a_c is the weighted and smoothed share of class c. With p = softmax(x) and g the
 * upstream gradient of the row's loss (divided by the divisor in a mean):
 *
 *     a        = (1 - eps) w_t [c = t] + eps/C w_c, or w_c q'_c with q' = q (1 - eps) + eps/C
 *     grad_c   = x'_c (g (p_c sum_k a_k - a_c) + g_z 2 zLoss lse p_c)
 *     x'_c     = (1 - tanh^2(logit_c / softcap)) / temperature, the slope of x at the logit
 *     g_z      = the upstream gradient, in a mean divided by the kept rows' sample weights: class weights do not count
 *     target_c = g (1 - eps) w_c (lse - x_c)
 *
 * `grad` has the layout of the logits, with 0 in the padding of `rowStride`; `targetGrad` has that of the targets. An ignored row
 * is not read and has a gradient of exactly 0. A row with NaN or +inf, or of -inf only, has NaN throughout.
 *
 * Source: PyTorch, the gradients of torch.nn.functional.cross_entropy.
 *
 * @throws RangeError as `crossEntropy` and for an `upstream` of a wrong length; TypeError for `targetGrad` with class indices
 * and for an `upstream` array without `reduction: "none"`.
 *
 * @example
 * crossEntropyValueAndGrad([0, 0], 0).grad; // => [-0.5, 0.5]
 */
export function crossEntropyValueAndGrad<R extends Reduction | ByDefault, T extends boolean = false>(
  logits: FloatTensor,
  targets: Targets,
  options: CrossEntropyGradientOptions<R, T> = {},
): ValueAndGrad<R, T> {
  const pairing = pairRowsWithTargets(logits, targets, options);
  const { rows } = pairing;
  const settings = settingsOf(rows, options);
  const kept = keptRowsOf(pairing, settings);
  const { weightOf: sampleWeight } = pairing.selected;
  const scales = rowScales(options, rows.count, divisorsOf(kept, pairing, settings.weight), sampleWeight);
  const grad = new Float64Array(rows.data.length);
  const ofTargets = pairing.kind === "probabilities" ? pairing.probabilities : undefined;
  if (options.targetGrad && !ofTargets) throw new TypeError("targetGrad: expected probabilities as targets, got class indices");
  const targetGrad = new Float64Array(ofTargets ? ofTargets.data.length : 0);
  for (const kind of kept) {
    const { index } = kind;
    const row = settings.read(index);
    const shares = kind.q ? probabilityShares(kind.q, settings) : indexShares(row, kind.target, settings);
    writeRow(grad, rows, index, logitsGradient(row, shares, settings, scales, index));
    if (ofTargets && kind.q) writeRow(targetGrad, ofTargets, kind.targetRow, targetsGradient(row, settings, scales.loss(index)));
  }
  const result = { value: crossEntropy(logits, targets, options), grad };
  return (options.targetGrad ? { ...result, targetGrad } : result) as ValueAndGrad<R, T>;
}

function indexShares({ x }: Row, target: number, { weight, smoothing }: Settings): Float64Array {
  const shares = x.map((_, c) => (smoothing === 0 ? 0 : (smoothing / x.length) * weightOf(weight, c)));
  shares[target] = shares[target] + (1 - smoothing) * weightOf(weight, target);
  return shares;
}

function probabilityShares(q: Float64Array, { weight, smoothing }: Settings): Float64Array {
  return q.map((share, c) => (share * (1 - smoothing) + smoothing / q.length) * weightOf(weight, c));
}

/**
 * p_c sum_k a_k - a_c, written as p_c (sum_{k != c} a_k) - a_c (1 - p_c). In the first form both terms of a nearly certain target
 * are its share, and only rounding is left of their difference.
 */
function logitsGradient(row: Row, shares: Float64Array, { zLoss }: Settings, scales: RowScales, index: number): Float64Array {
  const { p, complement } = rowProbabilities(row, row.x);
  const otherShares = sumOfOthers(shares);
  const scale = scales.loss(index);
  const penaltyScale = zLoss === 0 ? 0 : scales.penalty(index) * 2 * zLoss * row.lse;
  return p.map((pc, c) => {
    const ofLoss = pc * otherShares(c) - shares[c] * complement(c);
    return (scale * ofLoss + penaltyScale * pc) * row.slope(c);
  });
}

function targetsGradient(row: Row, { weight, smoothing }: Settings, scale: number): Float64Array {
  return row.x.map((_, c) => scale * weightedCost(row, c, 1 - smoothing, weight));
}
