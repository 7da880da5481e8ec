/**
 * mergePartials and crossEntropyFromPartial: a few operations a row and shard, which need no kernel. JavaScript's exp and log1p may
 * differ in their last bit between engines.
 */

import { FROM_PARTIAL_OPTIONS, type FromPartialOptions } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { type CheckedPartial, checkedPartial, checkSameRows, type HeldTargets } from "../arguments/partials.js";
import type { LogSumExpPartial, PartialLossValue, Reduction } from "../arguments/types.js";
import { RowSum } from "../engine/reduction.js";
import { wrongType, wrongValue } from "../errors.js";
import { reduced, reducing } from "./reduce.js";

/**
 * Joins partials of the same rows, each of other classes, to one of all their classes.
 *
 * ```text
 * max  = max_i max_i
 * rest = sum_i (1 + rest_i) exp(max_i - max) - 1     the 1 of a partial with max_i = max is left out, not subtracted
 * ```
 *
 * The order does not matter, and merged partials may be merged again: the results differ by f64 rounding, 1e-15 of the value.
 * Nothing is changed in the partials given. A shard that comes twice is noticed where it has a row's target, and only there.
 *
 * @param partials - At least one, of {@link logSumExpPartial} or of this function, also after `structuredClone` or `postMessage`.
 * @returns A partial of the same form, in arrays of its own.
 * @throws TypeError for what is no list of partials, RangeError when there is none in it, when their numbers of rows or their
 * targets differ, or when two of them have the target of one row (a shard that comes twice, a wrong `firstClass`).
 *
 * Source: Milakov and Gimelshein (arXiv:1805.02867), section 3.1.
 *
 * @example
 * ```ts
 * import { logSumExp, logSumExpPartial, mergePartials } from "wasm-cross-entropy";
 *
 * const shards = [[2, 1], [0.5], [4, 3]].map((logits) => logSumExpPartial(logits));
 * const { max, rest } = mergePartials(shards);
 * max[0] + Math.log1p(rest[0]); // => 4.459448
 * logSumExp([2, 1, 0.5, 4, 3]); // => 4.459448
 * ```
 */
export function mergePartials(partials: readonly LogSumExpPartial[]): LogSumExpPartial {
  if (!Array.isArray(partials)) throw wrongType("partials", "an array of partials", partials);
  if (partials.length === 0) throw wrongValue("partials", "at least one partial", "none");
  const parts = Array.from(partials, (partial: unknown, i) => checkedPartial(`partials[${i}]`, partial));
  const first = parts[0] as CheckedPartial;
  for (const [i, part] of parts.entries()) checkSameRows(`partials[${i}]`, part, first);
  const held = heldTargets(parts.flatMap((part) => part.held ?? []));
  const rows = first.max.length;
  const max = new Float64Array(rows);
  const rest = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const m = parts.reduce((greatest, part) => Math.max(greatest, part.max[r] as number), Number.NEGATIVE_INFINITY);
    max[r] = m;
    rest[r] = Number.isFinite(m) ? joinedRest(parts, r, m) : Number.isNaN(m) ? m : 0;
  }
  return held === null ? { max, rest, targets: null, targetLogit: null, hasTarget: null } : { max, rest, ...held };
}

/** sum_i (1 + rest_i) exp(max_i - m) - 1, m being one of the maxima. */
function joinedRest(parts: readonly CheckedPartial[], row: number, m: number): number {
  let sum = 0;
  let isFirstMax = true;
  for (const { max, rest } of parts) {
    const own = max[row] as number;
    if (own === m && isFirstMax) {
      sum += rest[row] as number;
      isFirstMax = false;
    } else sum += (1 + (rest[row] as number)) * Math.exp(own - m);
  }
  return sum;
}

/** Each row's class, and its logit from the one part that has it. */
function heldTargets(parts: readonly HeldTargets[]): HeldTargets | null {
  const targets = parts[0]?.targets.slice();
  if (targets === undefined) return null;
  const rows = targets.length;
  const targetLogit = new Float64Array(rows).fill(Number.NaN);
  const hasTarget = new Uint8Array(rows);
  const holder = new Int32Array(rows);
  for (const [i, held] of parts.entries()) {
    for (let r = 0; r < rows; r++) {
      if (held.hasTarget[r] === 0) continue;
      if (hasTarget[r] !== 0) {
        const expected = `0, because partials[${holder[r]}] has class ${targets[r]}, the row's target, already`;
        throw wrongValue(`partials[${i}].hasTarget[${r}]`, expected, held.hasTarget[r]);
      }
      targetLogit[r] = held.targetLogit[r] as number;
      hasTarget[r] = 1;
      holder[r] = i;
    }
  }
  return { targets, targetLogit, hasTarget };
}

/**
 * Cross-entropy of rows whose partial holds all their classes.
 *
 * ```text
 * loss = (max - targetLogit) + log(1 + rest)
 * z    = zLoss (max + log(1 + rest))^2
 * ```
 *
 * The reductions and the edges are those of {@link crossEntropy}; what softcap and temperature there were is in the partial.
 *
 * @param partial - Of {@link mergePartials} over all shards, or of {@link logSumExpPartial} over the whole vocabulary.
 * @param options - `reduction` ("mean", "sum", "none"), `zLoss`, `emptyMean` as in crossEntropy.
 * @returns Nats in f64: a number for "mean" and "sum", a Float64Array of one loss a row (0 for ignored ones) for "none".
 * @throws TypeError for what is no partial, or one made without targets; RangeError for a row whose target none of the shards
 * had, or an option out of its range.
 *
 * Accuracy: 1e-13 of the f64 result for the same f32 logits, however they were cut (test/losses/partials.test.ts); tiny losses too.
 * Source: Shoeybi et al., Megatron-LM (arXiv:1909.08053), vocabulary-parallel cross-entropy.
 *
 * @example
 * ```ts
 * import { crossEntropyFromPartial, logSumExpPartial, mergePartials } from "wasm-cross-entropy";
 *
 * const shards = [logSumExpPartial([20], 0), logSumExpPartial([0, 0], 0, { firstClass: 1 })];
 * crossEntropyFromPartial(mergePartials(shards)); // => 4.12230723638e-9
 * ```
 */
export function crossEntropyFromPartial<R extends Reduction = "mean">(
  partial: LogSumExpPartial,
  options?: FromPartialOptions<R>,
): PartialLossValue<R> {
  const given = checkOptions(options, FROM_PARTIAL_OPTIONS);
  const reduction = reducing(given);
  const zLoss = FROM_PARTIAL_OPTIONS.zLoss(given.zLoss);
  const { max, rest, held } = checkedPartial("partial", partial);
  if (held === null)
    throw wrongType("partial.targets", "the rows' classes, as logSumExpPartial keeps them when it is given targets", null);
  const losses = new Float64Array(max.length);
  const penalties = new Float64Array(max.length);
  let kept = 0;
  for (let r = 0; r < max.length; r++) {
    const target = held.targets[r] as number;
    if (target < 0) continue;
    if (held.hasTarget[r] === 0)
      throw wrongValue(`partial.hasTarget[${r}]`, `1: a shard with class ${target}, the row's target`, 0);
    kept++;
    const m = max[r] as number;
    const log = Math.log1p(rest[r] as number);
    // m - m: NaN where m is infinite
    losses[r] = m - (held.targetLogit[r] as number) + log + (m - m);
    if (zLoss > 0) penalties[r] = zLoss * (m + log) ** 2;
  }
  if (reduction.reduction === "none") return losses.map((loss, r) => loss + (penalties[r] as number)) as PartialLossValue<R>;
  const sums = { loss: sumOf(losses), weight: kept, z: sumOf(penalties), kept };
  return reduced(reduction, sums, null) as PartialLossValue<R>;
}

function sumOf(values: Float64Array): number {
  const sum = new RowSum();
  sum.add(values, values.length);
  return sum.total;
}
