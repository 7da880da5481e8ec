/**
 * The three steps on one block of a row that sits in L1: its maximum, its exp-sum, and its exp-sum without the maximum.
 *
 * Blocks are 512 elements (128 to 1024 time the same). Their f32 partial sums are handed out in f64, so that a row of any
 * length keeps the error of 512 elements: at 151936 classes 5e-8, against up to 4e-6 with f32 accumulators throughout.
 */
import { C1, C2, C3, C4, C5, C6, SHIFTER, addExp2, hide, lowPart, lowestFor } from "../math/exp";
import { ELEMENT, VECTOR, constant, firstLanes, maxLane, opaqueZero, sumLanes } from "../math/lanes";

/** Elements of a block. */
// @ts-ignore: decorator
@inline
export const BLOCK: i32 = 512;

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
  const zero = opaqueZero(count);
  const shifter = constant(SHIFTER, zero);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  const c6 = constant(C6, zero);
  const s = f32x4.splat(<f32>scale);
  const sLow = f32x4.splat(lowPart(scale));
  const lowest = f32x4.splat(lowestFor(scale));
  const max = f32x4.splat(m);
  let a = f32x4.splat(0.0);
  let b = a;
  let c = a;
  let d = a;
  const end = x + <usize>count * ELEMENT;
  const unrolledEnd = x + <usize>(count & ~15) * ELEMENT;
  const vectorEnd = x + <usize>(count & ~3) * ELEMENT;
  while (x < unrolledEnd) {
    const xa = f32x4.sub(v128.load(x), max);
    const xb = f32x4.sub(v128.load(x, 16), max);
    const xc = f32x4.sub(v128.load(x, 32), max);
    const xd = f32x4.sub(v128.load(x, 48), max);
    a = addExp2(a, xa, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    b = addExp2(b, xb, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    c = addExp2(c, xc, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    d = addExp2(d, xd, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    x += 4 * VECTOR;
  }
  while (x < vectorEnd) {
    const xa = f32x4.sub(v128.load(x), max);
    a = addExp2(a, xa, s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    x += VECTOR;
  }
  if (x < end) {
    const tail = v128.bitselect(v128.load(x), f32x4.splat(-Infinity), firstLanes(<i32>((end - x) / ELEMENT)));
    b = addExp2(b, f32x4.sub(tail, max), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
  }
  return sumLanes(a) + sumLanes(b) + (sumLanes(c) + sumLanes(d));
}

/**
 * sum_c 2^(s (x_c - m)) - 1 for the block that holds the maximum m, without the cancellation: elements equal to m are
 * counted instead of added. Beside their 1 an f32 lane would drop every term below 6e-8: 3e-7 of the loss at 1000 classes,
 * and all of a loss of 4e-9.
 */
export function blockRest(x: usize, count: i32, m: f32, scale: f64): f64 {
  const zero = opaqueZero(count);
  const shifter = constant(SHIFTER, zero);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  const c6 = constant(C6, zero);
  const s = f32x4.splat(<f32>scale);
  const sLow = f32x4.splat(lowPart(scale));
  const lowest = f32x4.splat(lowestFor(scale));
  const max = f32x4.splat(m);
  let a = f32x4.splat(0.0);
  let b = a;
  let c = a;
  let d = a;
  let equal = i32x4.splat(0);
  const end = x + <usize>count * ELEMENT;
  const unrolledEnd = x + <usize>(count & ~15) * ELEMENT;
  while (x < unrolledEnd) {
    const xa = v128.load(x);
    const xb = v128.load(x, 16);
    const xc = v128.load(x, 32);
    const xd = v128.load(x, 48);
    const isA = f32x4.eq(xa, max);
    const isB = f32x4.eq(xb, max);
    const isC = f32x4.eq(xc, max);
    const isD = f32x4.eq(xd, max);
    a = addExp2(a, hide(f32x4.sub(xa, max), isA, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    b = addExp2(b, hide(f32x4.sub(xb, max), isB, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    c = addExp2(c, hide(f32x4.sub(xc, max), isC, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    d = addExp2(d, hide(f32x4.sub(xd, max), isD, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    equal = i32x4.sub(equal, i32x4.add(i32x4.add(isA, isB), i32x4.add(isC, isD)));
    x += 4 * VECTOR;
  }
  while (x < end) {
    const left = <i32>((end - x) / ELEMENT);
    const values = v128.bitselect(v128.load(x), f32x4.splat(-Infinity), firstLanes(left < 4 ? left : 4));
    const isMax = f32x4.eq(values, max);
    a = addExp2(a, hide(f32x4.sub(values, max), isMax, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    equal = i32x4.sub(equal, isMax);
    x += VECTOR;
  }
  const pairs = i32x4.add(equal, v128.shuffle<i32>(equal, equal, 2, 3, 0, 1));
  const extra = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1) - 1;
  return sumLanes(a) + sumLanes(b) + (sumLanes(c) + sumLanes(d)) + <f64>extra;
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
