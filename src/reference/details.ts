import type { CrossEntropyOptions } from "./cross-entropy.js";
import { crossEntropy } from "./cross-entropy.js";
import { keptClass, type Row, settingsOf } from "./cross-entropy-rows.js";
import { negativeLogProbability } from "./log-sum-exp.js";
import { pairRowsWithIndices } from "./targets.js";
import type { FloatTensor, IndexTargets } from "./tensor.js";

/** The options of `crossEntropy` that belong to a row. */
export type CrossEntropyDetailsOptions = Omit<CrossEntropyOptions, "reduction" | "emptyMean">;

/** One entry a row. */
export interface CrossEntropyDetails {
  readonly losses: Float64Array;
  readonly logProbs: Float64Array;
  readonly logSumExp: Float64Array;
  readonly argmax: Int32Array;
  readonly isGreedy: Uint8Array;
  readonly entropies: Float64Array;
  readonly zLosses: Float64Array;
}

/**
 * What one reading of each row tells, with x = softcap(logits) / temperature and t the row's class, in nats:
 *
 *     losses     crossEntropy's rows, without the z-loss
 *     logProbs   x_t - lse
 *     logSumExp  lse
 *     argmax     the first class with the greatest logit, or with NaN
 *     isGreedy   1 where that is t
 *     entropies  -sum_c p_c log p_c, p = softmax(x)
 *     zLosses    zLoss lse^2
 *
 * An ignored row is NaN, its argmax -1, its isGreedy 0; it is not read. A row with NaN or +inf, or of -inf only, has no
 * distribution: its loss, log-probability and entropy are NaN.
 *
 * Sources: PyTorch, torch.nn.functional.cross_entropy and torch.argmax (the first of equals, NaN above all); Shannon, 1948.
 *
 * @throws RangeError for a class out of range and for labelSmoothing outside [0, 1].
 *
 * @example
 * crossEntropyDetails([1, 1, 0, 0], [0, 1]).isGreedy; // => [1, 0]
 */
export function crossEntropyDetails(
  logits: FloatTensor,
  targets: IndexTargets,
  options: CrossEntropyDetailsOptions = {},
): CrossEntropyDetails {
  const { rows, indices } = pairRowsWithIndices(logits, targets, options);
  const settings = settingsOf(rows, options);
  const floats = (): Float64Array => new Float64Array(rows.count).fill(Number.NaN);
  const losses = crossEntropy(logits, targets, { ...options, zLoss: 0, reduction: "none" });
  const logProbs = floats();
  const logSumExp = floats();
  const entropies = floats();
  const zLosses = floats();
  const argmax = new Int32Array(rows.count).fill(-1);
  const isGreedy = new Uint8Array(rows.count);
  for (let index = 0; index < rows.count; index++) {
    const target = keptClass(indices, index, rows.classes, settings);
    if (target === undefined) {
      losses[index] = Number.NaN;
      continue;
    }
    const row = settings.read(index);
    logProbs[index] = -negativeLogProbability(row, row.x[target] as number);
    logSumExp[index] = row.lse;
    argmax[index] = firstGreatest(row.x);
    isGreedy[index] = argmax[index] === target ? 1 : 0;
    entropies[index] = entropyOf(row);
    zLosses[index] = settings.zLoss === 0 ? 0 : settings.zLoss * row.lse ** 2;
  }
  return { losses, logProbs, logSumExp, argmax, isGreedy, entropies, zLosses };
}

function firstGreatest(x: Float64Array): number {
  const firstNaN = x.findIndex(Number.isNaN);
  if (firstNaN >= 0) return firstNaN;
  return x.indexOf(x.reduce((greatest, value) => Math.max(greatest, value), Number.NEGATIVE_INFINITY));
}

/** sum_c p_c (lse - x_c): no term is negative, so none cancels another. */
export function entropyOf(row: Row): number {
  return row.x.reduce((sum, value) => {
    const nats = negativeLogProbability(row, value);
    return sum + (nats === Number.POSITIVE_INFINITY ? 0 : Math.exp(-nats) * nats);
  }, 0);
}
