import { checkLength } from "./checks.js";
import { keptClass, settingsOf } from "./cross-entropy-rows.js";
import { type ByDefault, type LossValue, type Reduction, reduceRows } from "./reduction.js";
import { type RowSelectionOptions, selectedRows } from "./selected-rows.js";
import { indexData } from "./targets.js";
import { dataOf, type FloatTensor, type IndexTargets, rowsAlong, shapeOf } from "./tensor.js";

export interface LogSumExpPartialOptions extends RowSelectionOptions {
  readonly shape?: readonly number[] | undefined;
  readonly axis?: number | undefined;
  readonly rowStride?: number | undefined;
  readonly softcap?: number | undefined;
  readonly temperature?: number | undefined;
  readonly ignoreIndex?: number | undefined;
  /** Index of the shard's first class in the whole vocabulary. Default 0. */
  readonly firstClass?: number | undefined;
}

/** Per-row results for some of the classes. Without targets the last three are null. */
export interface LogSumExpPartial {
  /** max_c x_c; -Infinity where no class is finite, NaN where one is NaN or the row is ignored. */
  readonly max: Float64Array;
  /** sum_c exp(x_c - max) - 1; 0 if max is infinite, NaN if max is NaN. */
  readonly rest: Float64Array;
  /** Target class in the whole vocabulary, -1 for an ignored row. */
  readonly targets: Int32Array | null;
  /** x of the target class, NaN if it is not among these classes. */
  readonly targetLogit: Float64Array | null;
  /** 1 if the target is among these classes, else 0. */
  readonly hasTarget: Uint8Array | null;
}

/**
 * The log-sum-exp of rows of which only some classes are present (a shard of the vocabulary), in a form that can be merged with
 * those of other shards; with x = softcap(logits) / temperature:
 *
 *     max = max_c x_c,   rest = sum_c exp(x_c - max) - 1,   lse = max + log(1 + rest)
 *
 * `targets` are classes of the whole vocabulary; the shard holds the classes from `firstClass` on.
 *
 * Source: Shoeybi et al., "Megatron-LM", 2019, section 3; Milakov and Gimelshein, "Online normalizer calculation for softmax",
 * 2018.
 *
 * @throws RangeError for an axis out of range, and for a target that is neither a non-negative integer nor ignoreIndex.
 *
 * @example
 * logSumExpPartial([3, 3, 1], 5, { firstClass: 4 }).targetLogit; // => [3]
 */
export function logSumExpPartial(
  logits: FloatTensor,
  targets?: IndexTargets,
  options: LogSumExpPartialOptions = {},
): LogSumExpPartial {
  const data = dataOf(logits);
  const classes = targets === undefined ? undefined : indexData(targets);
  const shape = options.shape ?? shapeOf(logits) ?? (classes ? [classes.length, data.length / classes.length] : [data.length]);
  const rows = rowsAlong(data, shape, options.axis, options.rowStride);
  const { firstClass = 0, ignoreIndex = -100 } = options;
  const settings = settingsOf(rows, options);
  const partial = unknownRows(rows.count);
  const { targetOf } = selectedRows(rows.count, options.shape ?? shapeOf(logits), options.axis ?? -1, options);
  for (let index = 0; index < rows.count; index++) {
    const at = targetOf(index);
    if (at === undefined) continue;
    const target = classes ? keptClass(classes, at, Number.POSITIVE_INFINITY, { ignoreIndex }) : -1;
    if (target === undefined) continue;
    const { x, max, rest } = settings.read(index);
    partial.max[index] = max;
    partial.rest[index] = Number.isFinite(max) ? rest : restOfInfinite(max);
    partial.targets[index] = target;
    const logit = x[target - firstClass];
    if (logit === undefined) continue;
    partial.targetLogit[index] = logit;
    partial.hasTarget[index] = 1;
  }
  return classes ? partial : { ...partial, targets: null, targetLogit: null, hasTarget: null };
}

/**
 * Merges partials of the same rows, each of other classes, into one of all their classes; with m the greatest of their maxima:
 *
 *     max = m,   rest = sum_i (1 + rest_i) exp(max_i - m) - 1
 *
 * The 1 subtracted is that of a partial with max_i = m.
 *
 * @throws RangeError for an empty list, for different numbers of rows or different targets, and if two
 * partials have a row's target.
 *
 * @example
 * mergePartials([logSumExpPartial([2, 1]), logSumExpPartial([2])]).max; // => [2]
 */
export function mergePartials(partials: readonly LogSumExpPartial[]): LogSumExpPartial {
  const [first] = partials;
  if (first === undefined) throw new RangeError("partials: expected at least one partial, got none");
  const count = first.max.length;
  const merged = unknownRows(count);
  for (const { max, targets } of partials) {
    checkLength("partials", max.length, count);
    if (String(targets) !== String(first.targets)) throw new RangeError("partials: expected the same targets in all of them");
  }
  for (let row = 0; row < count; row++) {
    const maxima = partials.map(({ max }) => max[row]);
    const max = maxima.includes(Number.NaN) ? Number.NaN : Math.max(...maxima);
    merged.max[row] = max;
    merged.rest[row] = Number.isFinite(max) ? joinedRest(partials, row, maxima, max) : restOfInfinite(max);
    const holders = partials.filter(({ hasTarget }) => hasTarget?.[row] === 1);
    if (holders.length > 1) throw new RangeError(`partials: expected one shard with row ${row}'s target, got ${holders.length}`);
    merged.targets[row] = first.targets?.[row] ?? -1;
    merged.targetLogit[row] = holders[0]?.targetLogit?.[row] ?? Number.NaN;
    merged.hasTarget[row] = holders.length;
  }
  return first.targets ? merged : { ...merged, targets: null, targetLogit: null, hasTarget: null };
}

/**
 * The cross-entropy of rows whose partial covers all their classes, with the reductions of `crossEntropy`:
 *
 *     row = (max - targetLogit) + log(1 + rest),   zLoss adds zLoss lse^2
 *
 * @throws RangeError for a row whose target was in no shard, TypeError for a partial without targets.
 *
 * @example
 * crossEntropyFromPartial(logSumExpPartial([40, 0, 0], 0)); // => 8.496708510583178e-18
 */
export function crossEntropyFromPartial<R extends Reduction | ByDefault>(
  partial: LogSumExpPartial,
  options: {
    readonly reduction?: R | undefined;
    readonly zLoss?: number | undefined;
    readonly emptyMean?: number | undefined;
  } = {},
): LossValue<R> {
  const { max, rest, targets, targetLogit, hasTarget } = partial;
  if (!targets || !targetLogit || !hasTarget) throw new TypeError("partial: expected one made with targets");
  const { zLoss = 0 } = options;
  const losses = new Float64Array(max.length);
  const penalties = new Float64Array(max.length);
  let kept = 0;
  for (const [row, target] of targets.entries()) {
    if (target === -1) continue;
    if (hasTarget[row] !== 1) throw new RangeError(`partial: expected a shard with class ${target} for row ${row}`);
    kept++;
    const m = max[row];
    const logRest = Number.isFinite(m) ? Math.log1p(rest[row]) : Number.NaN;
    losses[row] = m - targetLogit[row] + logRest;
    penalties[row] = zLoss === 0 ? 0 : zLoss * (m + Math.log1p(rest[row])) ** 2;
  }
  return reduceRows({ losses, penalties, divisor: kept, kept, keptWeight: kept }, options);
}

/** 0, which makes max + log(1 + rest) the max; NaN for NaN. */
function restOfInfinite(max: number): number {
  return Number.isNaN(max) ? max : 0;
}

function joinedRest(partials: readonly LogSumExpPartial[], row: number, maxima: readonly number[], max: number): number {
  const atMax = maxima.indexOf(max);
  return partials.reduce((sum, { rest }, i) => {
    const own = rest[row];
    return sum + (i === atMax ? own : (1 + own) * Math.exp(maxima[i] - max));
  }, 0);
}

/** Rows without results, as ignored rows stay. */
function unknownRows(count: number): { [Name in keyof LogSumExpPartial]: NonNullable<LogSumExpPartial[Name]> } {
  return {
    max: new Float64Array(count).fill(Number.NaN),
    rest: new Float64Array(count).fill(Number.NaN),
    targets: new Int32Array(count).fill(-1),
    targetLogit: new Float64Array(count).fill(Number.NaN),
    hasTarget: new Uint8Array(count),
  };
}
