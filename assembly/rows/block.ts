/**
 * The three steps on one block of a row that sits in L1: its maximum, its exp-sum, and its exp-sum without the maximum.
 *
 * Blocks are 512 elements (128 to 1024 time the same). f32 lanes are flushed to f64 every 256 elements, so that a row of any
 * length keeps the error of 256: 5e-8 at 151936 classes, against up to 4e-6 with f32 accumulators throughout.
 */
import { C1, C2, C3, C4, C5, SHIFTER, addExp2, addPower, fraction, lowPart, lowestFor, power, scaled, shifted } from "../math/exp";
import { ELEMENT, VECTOR, constant, firstLanes, maxLane, opaqueZero, storeFirst, sumLanes } from "../math/lanes";

/** Elements of a block. */
// @ts-ignore: decorator
@inline
export const BLOCK: i32 = 512;

/** f32 lanes are added up in f64 after this many elements: 16 terms each. */
// @ts-ignore: decorator
@inline
const FLUSH: usize = 256;

/** max_c x_c. Reads `count` elements, and up to 12 bytes past them. NaN does not count; no element gives -inf. */
export function blockMax(x: usize, count: i32): f32 {
  const minusInfinity = f32x4.splat(-Infinity);
  let a = minusInfinity;
  let b = minusInfinity;
  let c = minusInfinity;
  let d = minusInfinity;
  const end = x + <usize>count * ELEMENT;
  const unrolledEnd = x + <usize>(count & ~31) * ELEMENT;
  const vectorEnd = x + <usize>(count & ~3) * ELEMENT;
  // pmax(m, x), not max: 5x fewer cycles on x86
  while (x < unrolledEnd) {
    a = f32x4.pmax(a, v128.load(x));
    b = f32x4.pmax(b, v128.load(x, 16));
    c = f32x4.pmax(c, v128.load(x, 32));
    d = f32x4.pmax(d, v128.load(x, 48));
    a = f32x4.pmax(a, v128.load(x, 64));
    b = f32x4.pmax(b, v128.load(x, 80));
    c = f32x4.pmax(c, v128.load(x, 96));
    d = f32x4.pmax(d, v128.load(x, 112));
    x += 8 * VECTOR;
  }
  while (x < vectorEnd) {
    a = f32x4.pmax(a, v128.load(x));
    x += VECTOR;
  }
  if (x < end) b = f32x4.pmax(b, v128.bitselect(v128.load(x), minusInfinity, firstLanes(<i32>((end - x) / ELEMENT))));
  return maxLane(f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
}

/**
 * sum_c 2^(s (x_c - m)), m >= every x_c. Four accumulators of four f32 lanes, added in f64.
 * NaN gives NaN; so does m = +inf and, for x_c = -inf, m = -inf. Reads up to 12 bytes past the elements.
 */
export function blockExpSum(x: usize, count: i32, m: f32, scale: f64): f64 {
  return sumBlock(x, count, m, scale, 0, false, false);
}

/**
 * sum_c 2^(s (x_c - m)) - 1 for the block that holds the maximum m, without the cancellation: exponentials of 1 are counted
 * instead of added. Beside their 1 an f32 lane would drop every term below 6e-8: 3e-7 of the loss at 1000 classes,
 * and all of a loss of 4e-9.
 */
export function blockRest(x: usize, count: i32, m: f32, scale: f64): f64 {
  return sumBlock(x, count, m, scale, 0, true, false);
}

/** The same two, which leave every exponential at `out` besides: for gradients. `out` may be x. The sums' bits are the same. */
export function blockExpSumTo(x: usize, count: i32, m: f32, scale: f64, out: usize): f64 {
  return sumBlock(x, count, m, scale, out, false, true);
}
export function blockRestTo(x: usize, count: i32, m: f32, scale: f64, out: usize): f64 {
  return sumBlock(x, count, m, scale, out, true, true);
}

/** The flags are literals at each call, so that each of the four is compiled to a loop of its own. */
// @ts-ignore: decorator
@inline
function sumBlock(x: usize, count: i32, m: f32, scale: f64, out: usize, holdsMax: bool, keeps: bool): f64 {
  const zero = opaqueZero(count);
  const shifter = constant(SHIFTER, zero);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  const s = f32x4.splat(<f32>scale);
  const sLow = f32x4.splat(lowPart(scale));
  const lowest = f32x4.splat(lowestFor(scale));
  const max = f32x4.splat(m);
  let a = f32x4.splat(0.0);
  let b = a;
  let c = a;
  let d = a;
  let equal = i32x4.splat(0);
  let total: f64 = 0.0;
  // one stage late: the powers added so far end 16 elements before x
  let flushAt = x + (FLUSH + 16) * ELEMENT;
  const end = x + <usize>count * ELEMENT;
  const unrolledEnd = x + <usize>(count & ~15) * ELEMENT;
  if (x < unrolledEnd) {
    // two stages in flight: while n and f of these four vectors are made, the powers of the four before are added
    let na = zero;
    let nb = zero;
    let nc = zero;
    let nd = zero;
    let fa = zero;
    let fb = zero;
    let fc = zero;
    let fd = zero;
    let isFirst = true;
    while (true) {
      if (!isFirst) {
        if (keeps || holdsMax) {
          const ea = power(fa, na, one, c1, c2, c3, c4, c5);
          const eb = power(fb, nb, one, c1, c2, c3, c4, c5);
          const ec = power(fc, nc, one, c1, c2, c3, c4, c5);
          const ed = power(fd, nd, one, c1, c2, c3, c4, c5);
          if (keeps) {
            v128.store(out, ea);
            v128.store(out, eb, 16);
            v128.store(out, ec, 32);
            v128.store(out, ed, 48);
            out += 4 * VECTOR;
          }
          if (holdsMax) {
            // a 1 is the maximum, or so near that its own exponential is 1 as well
            const isA = f32x4.eq(ea, one);
            const isB = f32x4.eq(eb, one);
            const isC = f32x4.eq(ec, one);
            const isD = f32x4.eq(ed, one);
            equal = i32x4.sub(equal, i32x4.add(i32x4.add(isA, isB), i32x4.add(isC, isD)));
            a = f32x4.add(a, v128.andnot(ea, isA));
            b = f32x4.add(b, v128.andnot(eb, isB));
            c = f32x4.add(c, v128.andnot(ec, isC));
            d = f32x4.add(d, v128.andnot(ed, isD));
          } else {
            a = f32x4.add(a, ea);
            b = f32x4.add(b, eb);
            c = f32x4.add(c, ec);
            d = f32x4.add(d, ed);
          }
        } else {
          a = addPower(a, fa, na, one, c1, c2, c3, c4, c5);
          b = addPower(b, fb, nb, one, c1, c2, c3, c4, c5);
          c = addPower(c, fc, nc, one, c1, c2, c3, c4, c5);
          d = addPower(d, fd, nd, one, c1, c2, c3, c4, c5);
        }
        if (x >= unrolledEnd) break;
        if (x == flushAt) {
          total += sumLanes(a) + sumLanes(b) + (sumLanes(c) + sumLanes(d));
          a = zero;
          b = zero;
          c = zero;
          d = zero;
          flushAt += FLUSH * ELEMENT;
        }
      }
      isFirst = false;
      const da = f32x4.pmax(f32x4.sub(v128.load(x), max), lowest);
      const db = f32x4.pmax(f32x4.sub(v128.load(x, 16), max), lowest);
      const dc = f32x4.pmax(f32x4.sub(v128.load(x, 32), max), lowest);
      const dd = f32x4.pmax(f32x4.sub(v128.load(x, 48), max), lowest);
      const pa = scaled(da, s);
      const pb = scaled(db, s);
      const pc = scaled(dc, s);
      const pd = scaled(dd, s);
      na = shifted(da, pa, s, shifter);
      nb = shifted(db, pb, s, shifter);
      nc = shifted(dc, pc, s, shifter);
      nd = shifted(dd, pd, s, shifter);
      fa = fraction(da, pa, na, s, sLow, shifter);
      fb = fraction(db, pb, nb, s, sLow, shifter);
      fc = fraction(dc, pc, nc, s, sLow, shifter);
      fd = fraction(dd, pd, nd, s, sLow, shifter);
      x += 4 * VECTOR;
    }
  }
  while (x < end) {
    const left = <i32>((end - x) / ELEMENT);
    const values = v128.bitselect(v128.load(x), f32x4.splat(-Infinity), firstLanes(left < 4 ? left : 4));
    const difference = f32x4.sub(values, max);
    const e = addExp2(zero, difference, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5);
    if (keeps) {
      if (left < 4) storeFirst(out, left, e);
      else v128.store(out, e);
      out += VECTOR;
    }
    if (holdsMax) {
      const isMax = f32x4.eq(e, one);
      a = f32x4.add(a, v128.andnot(e, isMax));
      equal = i32x4.sub(equal, isMax);
    } else a = f32x4.add(a, e);
    x += VECTOR;
  }
  const sum = total + (sumLanes(a) + sumLanes(b) + (sumLanes(c) + sumLanes(d)));
  if (!holdsMax) return sum;
  const pairs = i32x4.add(equal, v128.shuffle<i32>(equal, equal, 2, 3, 0, 1));
  return sum + <f64>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1) - 1);
}

/** Whether any of the elements is NaN. */
export function blockHasNaN(x: usize, count: i32): bool {
  let nan = i32x4.splat(0);
  for (let i = 0; i < count; i += 4) {
    const left = count - i;
    const values = v128.bitselect(v128.load(x), i32x4.splat(0), firstLanes(left < 4 ? left : 4));
    nan = v128.or(nan, f32x4.ne(values, values));
    x += VECTOR;
  }
  return v128.any_true(nan);
}
