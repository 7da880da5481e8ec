/**
 * A sum of f64 numbers without rounding, so that a total has the same bits for any order, batches or shards of its terms. The sum
 * is stored as a list of non-overlapping f64 numbers that add up to it exactly (J. R. Shewchuk, "Adaptive Precision
 * Floating-Point Arithmetic", 1997, section 2; Python's `math.fsum` uses the same algorithm). For losses the list has two to four
 * entries.
 *
 * The state is plain data that JSON preserves bit for bit. NaN and infinities, which JSON cannot represent, are counted instead.
 */
export interface ExactSum {
  /** Finite, non-overlapping, in order of increasing magnitude. */
  partials: number[];
  /** Number of NaN terms. */
  nan: number;
  /** Number of +inf terms, and of finite terms above 2^400, whose squares could not be summed. */
  infinite: number;
}

/** For terms up to this size even the square of a sum of 2^53 of them is in f64's range. */
export const LARGEST_TERM = 2 ** 400;

/** 2^27 + 1 splits an f64 into two halves of 26 bits, whose products are exact (T. J. Dekker 1971). */
const SPLITTER = 134217729;

/** Returns an empty sum, 0. */
export function emptySum(): ExactSum {
  return { partials: [], nan: 0, infinite: 0 };
}

/** Adds `value` to `sum`, exactly. The caller must reject `-Infinity`. */
export function addExact(sum: ExactSum, value: number): void {
  if (Number.isNaN(value)) sum.nan++;
  else if (Math.abs(value) > LARGEST_TERM) sum.infinite++;
  else addFinite(sum.partials, value);
}

/** Adds a x b to `sum`, exactly, unless the product is so small that its low part underflows: then the error is below 1e-300. */
export function addExactProduct(sum: ExactSum, a: number, b: number): void {
  if (Number.isNaN(a) || Number.isNaN(b)) sum.nan++;
  else if (Math.abs(a) > LARGEST_TERM || Math.abs(b) > LARGEST_TERM) sum.infinite++;
  else addFiniteProduct(sum.partials, a, b);
}

/** Returns the exact sum of two sums; changes neither. */
export function mergeExact(a: ExactSum, b: ExactSum): ExactSum {
  const merged = { partials: [...a.partials], nan: a.nan + b.nan, infinite: a.infinite + b.infinite };
  for (const partial of b.partials) addFinite(merged.partials, partial);
  return merged;
}

/** Returns the same sum in canonical form, which depends only on its value: the nearest f64, the f64 nearest to the rest, ... */
export function canonicalSum(sum: ExactSum): ExactSum {
  const rest = [...sum.partials];
  const partials: number[] = [];
  for (let part = roundPartials(rest); part !== 0; part = roundPartials(rest)) {
    partials.unshift(part);
    addFinite(rest, -part);
  }
  return { partials, nan: sum.nan, infinite: sum.infinite };
}

/** Returns the f64 nearest to the sum (ties to even). NaN if a term was NaN; else Infinity if a term was infinite. */
export function roundExact(sum: ExactSum): number {
  if (sum.nan > 0) return Number.NaN;
  if (sum.infinite > 0) return Number.POSITIVE_INFINITY;
  return roundPartials(sum.partials);
}

/**
 * n x sum of squares - (sum)^2, rounded once: n^2 times the population variance. Both terms are exact, so equal values give 0 and
 * the cancellation of the textbook formula loses no accuracy.
 */
export function scatter(count: number, sum: ExactSum, squares: ExactSum): number {
  return jointScatter(count, sum, sum, squares);
}

/** n x sum of products - sum of a x sum of b, rounded once: n^2 times the population covariance. */
export function jointScatter(count: number, sumA: ExactSum, sumB: ExactSum, products: ExactSum): number {
  for (const { nan, infinite } of [sumA, sumB, products]) if (nan + infinite > 0) return Number.NaN;
  const difference: number[] = [];
  for (const part of products.partials) addFiniteProduct(difference, part, count);
  for (const a of sumA.partials) {
    for (const b of sumB.partials) addFiniteProduct(difference, -a, b);
  }
  return roundPartials(difference);
}

/** The part of a sum that belongs to `size` of all units. */
export interface Share {
  readonly size: number;
  readonly sum: ExactSum;
}

/**
 * sum_d (N L_d - n_d L)^2: how far shares L_d of n_d units are from their proportion of the whole, L of N units. Each difference is
 * exact and rounded once, and so is the sum of their squares, so the order of the shares does not matter.
 */
export function shareScatter(shares: readonly Share[], size: number, whole: ExactSum): number {
  if (whole.nan + whole.infinite > 0) return Number.NaN;
  const squares: number[] = [];
  for (const share of shares) {
    const difference: number[] = [];
    for (const part of share.sum.partials) addFiniteProduct(difference, part, size);
    for (const part of whole.partials) addFiniteProduct(difference, -part, share.size);
    const rounded = roundPartials(difference);
    addFiniteProduct(squares, rounded, rounded);
  }
  return roundPartials(squares);
}

function addFinite(partials: number[], value: number): void {
  let carry = value;
  let kept = 0;
  for (const partial of partials) {
    const carryIsSmall = Math.abs(carry) < Math.abs(partial);
    const large = carryIsSmall ? partial : carry;
    const small = carryIsSmall ? carry : partial;
    const total = large + small;
    const rest = small - (total - large);
    // `kept` never overtakes the loop, so no entry is overwritten before it is read
    if (rest !== 0) partials[kept++] = rest;
    carry = total;
  }
  partials.length = kept;
  if (carry !== 0) partials.push(carry);
}

function addFiniteProduct(partials: number[], a: number, b: number): void {
  const product = a * b;
  const aScaled = a * SPLITTER;
  const bScaled = b * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const bHigh = bScaled - (bScaled - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  const error = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
  addFinite(partials, product);
  addFinite(partials, error);
}

function roundPartials(partials: readonly number[]): number {
  let index = partials.length - 1;
  let high = partials[index] ?? 0;
  let low = 0;
  while (index > 0 && low === 0) {
    const part = partials[--index] ?? 0;
    const before = high;
    high = before + part;
    low = part - (high - before);
  }
  // If `low` is half an ulp, the rounding was a tie; the next partial decides on which side the true sum lies.
  const next = partials[index - 1] ?? 0;
  if (low !== 0 && Math.sign(low) === Math.sign(next)) {
    const twice = low * 2;
    const moved = high + twice;
    if (moved - high === twice) high = moved;
  }
  return high;
}
