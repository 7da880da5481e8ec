/**
 * The exp-sum of one block of a row, in two passes over L1:
 *
 *   split    writes n and f of every s (x_c - m) = n + f to the scratch area    (9 operations per vector, relaxed 6)
 *   powers   2^f by the polynomial, times 2^n; added, and kept for a gradient   (13 operations, relaxed 7)
 *
 * A single loop would save two stores and two loads per vector, but takes 0.68 instead of 0.53 ns per element (Zen 4, plain;
 * more in docs/performance.md). Its chain of more than twenty dependent operations lets a processor work on three or four
 * vectors at once; the short chains of a pass allow ten. Nor do twelve constants fit beside the values in 16 registers; the
 * five or six of a pass do.
 *
 * The second pass has operations to spare. It also finds the maximum of what comes next, a block or a row, which would take 0.05
 * ns per element as a pass of its own, and more from main memory.
 *
 * f32 lanes are flushed to f64 every 192 elements, so the error does not grow with the row: 5e-8 at 151936 classes, against up to
 * 4e-6 with f32 accumulators throughout. Three sums of four lanes take turns, 16 terms per lane: with 32 terms, real logits have
 * an error of 1.4e-7 instead of 0.6e-7. No addition waits for the one before it, and everything stays in registers.
 *
 * Scratch: f at 0, n at SCRATCH_N, 512 f32 each, then the maxima ahead. Tests: test/kernels/log-sum-exp.test.ts; bench: forward.
 */
import { C1, C2, C3, C4, C5, SHIFTER, addPower, fraction, lowPart, lowestFor, power, scaled, shifted } from "../math/exp";
import {
  ELEMENT, VECTOR, constant, firstLanes, foldToDouble, keepBeforeLoop, maxLane, opaqueZero, storeFirst, sumDoubles,
} from "../math/lanes";

/** Bytes from f to n in the scratch area. */
const SCRATCH_N: usize = 2048;

/** Offset of the four lanes with the maxima of the elements ahead. */
const SCRATCH_AHEAD: usize = 4096;

/** Bytes of the elements between two flushes of the f32 sums to f64: 192 elements, 16 terms per lane. */
const FLUSH_BYTES: usize = 192 * ELEMENT;

/**
 * sum_c 2^(s (x_c - m)), m >= every x_c.
 * NaN gives NaN; so does m = +inf and, for x_c = -inf, m = -inf. Reads up to 28 bytes past the elements.
 *
 * This function and the three below also find the maximum of the `count` elements at `ahead`, which maximumAhead() then
 * returns. So the elements that come next are fetched during the computation, and need no pass of their own. Pass x as
 * `ahead` if nothing comes next.
 */
export function blockExpSum(x: usize, count: i32, m: f32, scale: f64, scratch: usize, ahead: usize): f64 {
  split(x, count, m, scale, scratch);
  return sumPowers(count, scratch, ahead);
}

/**
 * sum_c 2^(s (x_c - m)) - 1 for the block that holds the maximum m, without cancellation: elements equal to m are counted
 * instead of added. Beside their 1 an f32 lane would drop every term below 6e-8: 3e-7 of the loss at 1000 classes,
 * and all of a loss of 4e-9.
 */
export function blockRest(x: usize, count: i32, m: f32, scale: f64, scratch: usize, ahead: usize): f64 {
  const maxima = splitHidingMaxima(x, count, m, scale, scratch);
  return sumPowers(count, scratch, ahead) + <f64>(maxima - 1);
}

/**
 * blockExpSum and blockRest that also write every exponential to `out`, for gradients. `out` may be x. The
 * sums have the same bits.
 */
export function blockExpSumTo(x: usize, count: i32, m: f32, scale: f64, scratch: usize, ahead: usize, out: usize): f64 {
  split(x, count, m, scale, scratch);
  return addPowers(count, scratch, ahead, out, true, false);
}
export function blockRestTo(x: usize, count: i32, m: f32, scale: f64, scratch: usize, ahead: usize, out: usize): f64 {
  const maxima = splitHidingMaxima(x, count, m, scale, scratch);
  return addPowers(count, scratch, ahead, out, true, true) + <f64>(maxima - 1);
}

/** The maximum of the elements at `ahead` in the last of these four calls. NaN does not count. */
// @ts-ignore: decorator
@inline
export function maximumAhead(scratch: usize): f32 {
  return maxLane(v128.load(scratch, SCRATCH_AHEAD));
}

/** out_c = 2^(s (x_c - m)) factor; `out` may be x; writes nothing past the elements. */
export function blockScaledExp(x: usize, count: i32, m: f32, scale: f64, factor: f32, scratch: usize, out: usize): void {
  split(x, count, m, scale, scratch);
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  const factors = f32x4.splat(factor);
  const end = out + <usize>(count & ~3) * ELEMENT;
  while (out < end) {
    const e = power(v128.load(scratch), v128.load(scratch, SCRATCH_N), one, c1, c2, c3, c4, c5);
    v128.store(out, f32x4.mul(e, factors));
    scratch += VECTOR;
    out += VECTOR;
  }
  if (count & 3) {
    const e = power(v128.load(scratch), v128.load(scratch, SCRATCH_N), one, c1, c2, c3, c4, c5);
    storeFirst(out, count & 3, f32x4.mul(e, factors));
  }
  const used = v128.xor(v128.xor(one, c1), v128.xor(v128.xor(c2, c3), v128.xor(c4, c5)));
  keepBeforeLoop(v128.xor(used, factors));
}

function split(x: usize, count: i32, m: f32, scale: f64, scratch: usize): void {
  splitInto(x, count, m, scale, scratch, false);
}

/** Sets n = 0 for elements equal to m, which makes their power 0; returns their number. */
function splitHidingMaxima(x: usize, count: i32, m: f32, scale: f64, scratch: usize): i32 {
  return splitInto(x, count, m, scale, scratch, true);
}

/** f and n of each element; lanes past the last element get f = n = 0. */
// @ts-ignore: decorator
@inline
function splitInto(x: usize, count: i32, m: f32, scale: f64, scratch: usize, hides: bool): i32 {
  const zero = opaqueZero(count);
  const shifter = constant(SHIFTER, zero);
  const s = f32x4.splat(<f32>scale);
  const sLow = f32x4.splat(lowPart(scale));
  const lowest = f32x4.splat(lowestFor(scale));
  const max = f32x4.splat(m);
  let maxima = zero;
  const end = x + <usize>count * ELEMENT;
  let f = scratch;
  while (x < end) {
    const xa = v128.load(x);
    const xb = v128.load(x, 16);
    const da = f32x4.pmax(f32x4.sub(xa, max), lowest);
    const db = f32x4.pmax(f32x4.sub(xb, max), lowest);
    const pa = scaled(da, s);
    const pb = scaled(db, s);
    const na = shifted(da, pa, s, shifter);
    const nb = shifted(db, pb, s, shifter);
    if (hides) {
      // compared as floats: 0 and -0 are the same maximum
      const isA = f32x4.eq(xa, max);
      const isB = f32x4.eq(xb, max);
      maxima = i32x4.sub(maxima, i32x4.add(isA, isB));
      v128.store(f, v128.andnot(na, isA), SCRATCH_N);
      v128.store(f, v128.andnot(nb, isB), SCRATCH_N + 16);
    } else {
      v128.store(f, na, SCRATCH_N);
      v128.store(f, nb, SCRATCH_N + 16);
    }
    v128.store(f, fraction(da, pa, na, s, sLow, shifter));
    v128.store(f, fraction(db, pb, nb, s, sLow, shifter), 16);
    x += 2 * VECTOR;
    f += 2 * VECTOR;
  }
  if (count & 3) {
    const last = scratch + <usize>(count & ~3) * ELEMENT;
    const inside = firstLanes(count & 3);
    v128.store(last, v128.and(v128.load(last), inside));
    v128.store(last, v128.and(v128.load(last, SCRATCH_N), inside), SCRATCH_N);
  }
  keepBeforeLoop(v128.xor(v128.xor(shifter, max), v128.xor(s, v128.xor(sLow, lowest))));
  if (!hides) return 0;
  if (count & 7) {
    // elements past the end may equal the maximum too
    const left = count & 7;
    const afterA = v128.andnot(f32x4.eq(v128.load(x - 2 * VECTOR), max), firstLanes(left));
    const afterB = v128.andnot(f32x4.eq(v128.load(x - VECTOR), max), firstLanes(left - 4));
    maxima = i32x4.add(maxima, i32x4.add(afterA, afterB));
  }
  const pairs = i32x4.add(maxima, v128.shuffle<i32>(maxima, maxima, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}

/** sum_c 2^f 2^n of the parts that split left. */
function sumPowers(count: i32, scratch: usize, ahead: usize): f64 {
  return addPowers(count, scratch, ahead, 0, false, false);
}

/** sumPowers that with `keeps` also writes each power to `out`; with `hidden` the powers of maxima are written as 1. */
// @ts-ignore: decorator
@inline
function addPowers(count: i32, scratch: usize, ahead: usize, out: usize, keeps: bool, hidden: bool): f64 {
  const zero = opaqueZero(count);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  let total = zero;
  let a = zero;
  let b = zero;
  let c = zero;
  let most = f32x4.splat(-Infinity);
  let f = scratch;
  const wholeEnd = scratch + <usize>(count & ~3) * ELEMENT;
  while (true) {
    const flushAt = min(f + FLUSH_BYTES, wholeEnd);
    while (f < flushAt) {
      const n = v128.load(f, SCRATCH_N);
      let next: v128;
      if (keeps) {
        const e = power(v128.load(f), n, one, c1, c2, c3, c4, c5);
        v128.store(out, hidden ? v128.or(e, v128.and(i32x4.eq(n, zero), one)) : e);
        out += VECTOR;
        next = f32x4.add(a, e);
      } else next = addPower(a, v128.load(f), n, one, c1, c2, c3, c4, c5);
      a = b;
      b = c;
      c = next;
      most = f32x4.pmax(most, v128.load(ahead));
      ahead += VECTOR;
      f += VECTOR;
    }
    if (f >= wholeEnd) break;
    total = f64x2.add(total, threeSums(a, b, c));
    a = zero;
    b = zero;
    c = zero;
  }
  if (count & 3) {
    const n = v128.load(f, SCRATCH_N);
    const e = power(v128.load(f), n, one, c1, c2, c3, c4, c5);
    if (keeps) storeFirst(out, count & 3, hidden ? v128.or(e, v128.and(i32x4.eq(n, zero), one)) : e);
    a = f32x4.add(a, e);
    most = f32x4.pmax(most, v128.bitselect(v128.load(ahead), f32x4.splat(-Infinity), firstLanes(count & 3)));
  }
  v128.store(scratch, most, SCRATCH_AHEAD);
  keepBeforeLoop(v128.xor(v128.xor(one, c1), v128.xor(v128.xor(c2, c3), v128.xor(c4, c5))));
  total = f64x2.add(total, threeSums(a, b, c));
  return sumDoubles(total);
}

// @ts-ignore: decorator
@inline
function threeSums(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.add(foldToDouble(a), foldToDouble(b)), foldToDouble(c));
}
