/**
 * mergePartials and crossEntropyFromPartial: a few operations per row and shard, which need no kernel. They use JavaScript's exp
 * and log1p, whose last bits may differ between JavaScript engines.
 */

import { FROM_PARTIAL_OPTIONS, type FromPartialOptions } from "../arguments/function-options.js";
import { checkOptions } from "../arguments/options.js";
import { type CheckedPartial, checkedPartial, checkSameRows, type HeldTargets } from "../arguments/partials.js";
import type { ByDefault, LogSumExpPartial, PartialLike, PartialLossValue, Reduction } from "../arguments/types.js";
import { RowSum } from "../engine/reduction.js";
import { wrongType, wrongValue } from "../errors.js";
import { reduced, reducing } from "./reduce.js";

/**
 * Merges partials of the same rows over different classes into one partial over all of these classes.
 *
 * ```text
 * max  = max_i max_i
 * rest = sum_i (1 + rest_i) exp(max_i - max) - 1     the 1 of a partial with max_i = max is left out, not subtracted
 * ```
 *
 * Partials may be merged in any order, and merged partials may be merged again: the results differ by f64 rounding, 1e-15 of the
 * value. The partials are not changed. A shard given twice is detected only if it contains the target of some row.
 *
 * @param partials - At least one partial from {@link logSumExpPartial} or this function. It may have passed through
 * `structuredClone` or `postMessage`.
 * @returns A partial of the same form, in new arrays.
 * @throws TypeError when it is not an array of partials, or only some have targets; RangeError when the array is empty,
 * when numbers of rows or targets differ, when two partials contain the target of the same row (a shard given twice, or
 * a wrong `firstClass`), or for numbers that no shard can have.
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
export function mergePartials(partials: readonly PartialLike[]): LogSumExpPartial {
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
    const m = parts.reduce((greatest, part) => Math.max(greatest, part.max[r]), Number.NEGATIVE_INFINITY);
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
    const own = max[row];
    if (own === m && isFirstMax) {
      sum += rest[row];
      isFirstMax = false;
    } else sum += (1 + rest[row]) * Math.exp(own - m);
  }
  return sum;
}

type NewTargets = { readonly [Name in keyof HeldTargets]: NonNullable<LogSumExpPartial[Name]> };

/** Each row's class, and the class's logit from the part that has it. */
function heldTargets(parts: readonly HeldTargets[]): NewTargets | null {
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
        const expected = `0, since partials[${holder[r]}] already has the row's target, class ${targets[r]}`;
        throw wrongValue(`partials[${i}].hasTarget[${r}]`, expected, held.hasTarget[r]);
      }
      targetLogit[r] = held.targetLogit[r];
      hasTarget[r] = 1;
      holder[r] = i;
    }
  }
  return { targets, targetLogit, hasTarget };
}

/**
 * Cross-entropy of rows from a partial over all their classes.
 *
 * ```text
 * loss = (max - targetLogit) + log(1 + rest)
 * z    = zLoss (max + log(1 + rest))^2
 * ```
 *
 * Reductions and edge cases are those of {@link crossEntropy}. The softcap and the temperature were applied when the
 * partial was made.
 *
 * @param partial - The result of {@link mergePartials} over all shards, or of {@link logSumExpPartial} over the whole vocabulary.
 * @param options - `reduction` ("mean", "sum", "none"), `zLoss`, `emptyMean` as in crossEntropy.
 * @returns Nats in f64: a number for "mean" and "sum", a Float64Array of one loss per row (0 for ignored rows) for "none".
 * @throws TypeError when it is not a partial, or was made without targets, and for an option of a wrong type or an unknown
 * option; RangeError for a row whose target was in none of the shards, or an option out of its range.
 *
 * Accuracy (test/losses/partials.test.ts): within 1e-13 of the f64 result for the same f32 logits, wherever the shards are cut
 * and however tiny the loss. Source: Shoeybi et al., Megatron-LM (arXiv:1909.08053), vocabulary-parallel cross-entropy.
 *
 * @example
 * ```ts
 * import { crossEntropyFromPartial, logSumExpPartial, mergePartials } from "wasm-cross-entropy";
 *
 * const shards = [logSumExpPartial([20], 0), logSumExpPartial([0, 0], 0, { firstClass: 1 })];
 * crossEntropyFromPartial(mergePartials(shards)); // => 4.12230723638e-9
 * ```
 */
export function crossEntropyFromPartial<R extends Reduction | ByDefault>(
  partial: PartialLike,
  options?: FromPartialOptions<R>,
): PartialLossValue<R> {
  const given = checkOptions(options, FROM_PARTIAL_OPTIONS);
  const reduction = reducing(given);
  const zLoss = FROM_PARTIAL_OPTIONS.zLoss(given.zLoss);
  const { max, rest, held } = checkedPartial("partial", partial);
  if (held === null) throw wrongType("partial.targets", "an Int32Array: call logSumExpPartial with targets", null);
  const losses = new Float64Array(max.length);
  const penalties = new Float64Array(max.length);
  let kept = 0;
  for (let r = 0; r < max.length; r++) {
    const target = held.targets[r];
    if (target < 0) continue;
    if (held.hasTarget[r] === 0)
      throw wrongValue(`partial.hasTarget[${r}]`, `1, from the shard of the row's target, class ${target}`, 0);
    kept++;
    const m = max[r];
    const log = Math.log1p(rest[r]);
    // m - m is NaN if m is infinite
    losses[r] = m - held.targetLogit[r] + log + (m - m);
    if (zLoss > 0) penalties[r] = zLoss * (m + log) ** 2;
  }
  if (reduction.reduction === "none") return losses.map((loss, r) => loss + penalties[r]) as PartialLossValue<R>;
  const sums = { loss: sumOf(losses), weight: kept, z: sumOf(penalties), kept, keptWeight: kept };
  return reduced(reduction, sums, null) as PartialLossValue<R>;
}

function sumOf(values: Float64Array): number {
  const sum = new RowSum();
  sum.add(values, values.length);
  return sum.total;
}
