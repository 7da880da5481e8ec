/**
 * Sums of f64 numbers without any rounding, so that a total has the same bits in whatever order, batches or shards its
 * terms were added. A sum is kept as a list of non-overlapping f64 numbers whose exact sum it is (J. R. Shewchuk,
 * "Adaptive Precision Floating-Point Arithmetic", 1997, section 2; Python's `math.fsum` is the same algorithm).
 * For losses the list has two to four entries.
 *
 * The state is plain data: JSON keeps every bit of it, which is why NaN and infinities are counted, not added.
 */
export interface ExactSum {
  /** Finite, non-overlapping, smallest magnitude first. */
  partials: number[];
  /** How many NaN were added. */
  nan: number;
  /** How many +inf were added, or finite values so large (above 2^400) that their squares could not be summed. */
  infinite: number;
}

/** With numbers up to here, even the square of a sum of 2^53 of them stays in f64's range. */
const LARGEST = 2 ** 400;

/** 2^27 + 1: splits an f64 into two halves of 26 bits (T. J. Dekker 1971), whose products are exact. */
const SPLITTER = 134217729;

/** @returns a sum of nothing, 0 */
export function emptySum(): ExactSum {
  return { partials: [], nan: 0, infinite: 0 };
}

/** Adds `value` to `sum`, exactly. `-Infinity` is the caller's to refuse. */
export function addExact(sum: ExactSum, value: number): void {
  if (Number.isNaN(value)) sum.nan++;
  else if (Math.abs(value) > LARGEST) sum.infinite++;
  else addFinite(sum.partials, value);
}

/** Adds a x b to `sum`, exactly (error below 1e-300 where the product is that small). */
export function addExactProduct(sum: ExactSum, a: number, b: number): void {
  if (Number.isNaN(a) || Number.isNaN(b)) sum.nan++;
  else if (Math.abs(a) > LARGEST || Math.abs(b) > LARGEST) sum.infinite++;
  else addFiniteProduct(sum.partials, a, b);
}

/** @returns the sum of two sums, exactly; neither is changed */
export function mergeExact(a: ExactSum, b: ExactSum): ExactSum {
  const merged = { partials: [...a.partials], nan: a.nan + b.nan, infinite: a.infinite + b.infinite };
  for (const partial of b.partials) addFinite(merged.partials, partial);
  return merged;
}

/**
 * @returns the same sum, written in the one way that does not depend on how it came about: the nearest f64, the nearest of what
 * is left, and so on
 */
export function canonicalSum(sum: ExactSum): ExactSum {
  const rest = [...sum.partials];
  const partials: number[] = [];
  for (let part = roundPartials(rest); part !== 0; part = roundPartials(rest)) {
    partials.unshift(part);
    addFinite(rest, -part);
  }
  return { partials, nan: sum.nan, infinite: sum.infinite };
}

/** @returns the f64 nearest to the sum (ties to even); NaN or Infinity where one was added */
export function roundExact(sum: ExactSum): number {
  if (sum.nan > 0) return Number.NaN;
  if (sum.infinite > 0) return Number.POSITIVE_INFINITY;
  return roundPartials(sum.partials);
}

/**
 * n x sum of squares - (sum)^2, rounded once: n^2 times the population variance. Both terms are exact, so equal values
 * give 0 and the cancellation of the textbook formula costs nothing.
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

function addFinite(partials: number[], value: number): void {
  let carry = value;
  let kept = 0;
  for (const partial of partials) {
    const carryIsSmall = Math.abs(carry) < Math.abs(partial);
    const large = carryIsSmall ? partial : carry;
    const small = carryIsSmall ? carry : partial;
    const total = large + small;
    const rest = small - (total - large);
    // kept never overtakes the loop, so entries are overwritten only after they were read
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
  // A tie was broken by half an ulp: what follows says on which side the true sum lies.
  const next = partials[index - 1] ?? 0;
  if (low !== 0 && Math.sign(low) === Math.sign(next)) {
    const twice = low * 2;
    const moved = high + twice;
    if (moved - high === twice) high = moved;
  }
  return high;
}
