/**
 * Rows of few classes (see log-sum-exp.ts): m, R and, for gradients, every exp((x - m) / T).
 */
import { C1, C2, C3, C4, C5, SHIFTER, addExp2, fraction, lowPart, lowestFor, power, scaled, shifted } from "../math/exp";
import { ELEMENT, VECTOR, constant, maxOfEach, opaqueZero, promoteHigh } from "../math/lanes";
import { specialRest } from "./long-row";

/** Bytes of the classes after which the f32 sums are flushed to f64: 64, 16 terms a sum. */
// @ts-ignore: decorator
@inline
const FLUSH_BYTES: usize = 64 * ELEMENT;

/** m and R of each row. Up to 64 classes nothing needs flushing, and asking for it would cost a tenth at ten classes. */
export function fewRows(logits: usize, rows: i32, cols: i32, stride: i32, scale: f64, max: usize, rest: usize): void {
  if (<usize>cols * ELEMENT <= FLUSH_BYTES) rowsInLanes(logits, rows, cols, stride, scale, max, rest, 0, false, false);
  else rowsInLanes(logits, rows, cols, stride, scale, max, rest, 0, true, false);
}

/**
 * The same, which leaves the exponentials at `out` besides, in the order that they are made in: the group of rows 4g .. 4g + 3
 * takes 4 cols elements, class by class, the four rows side by side. Whoever scales them reads a vector of one class, with a
 * factor a row in its lanes, and transposes once (losses/gradient-few.ts).
 */
export function fewRowsTo(
  logits: usize, rows: i32, cols: i32, stride: i32, scale: f64, max: usize, rest: usize, out: usize,
): void {
  if (<usize>cols * ELEMENT <= FLUSH_BYTES) rowsInLanes(logits, rows, cols, stride, scale, max, rest, out, false, true);
  else rowsInLanes(logits, rows, cols, stride, scale, max, rest, out, true, true);
}

/**
 * Four rows at a time, one in each lane: 4 x 4 transposes turn four classes of four rows into four vectors of one class, so
 * that maxima and sums need no reduction across lanes and a last class costs a vector, not a padded one. Past the last row its
 * pointer is used again and the result lands in the columns' slack.
 */
// @ts-ignore: decorator
@inline
function rowsInLanes(
  logits: usize, rows: i32, cols: i32, stride: i32, scale: f64, max: usize, rest: usize, out: usize,
  flushes: bool, keeps: bool,
): void {
  const zero = opaqueZero(cols);
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
  const rowBytes = <usize>stride * ELEMENT;
  const last = logits + <usize>(rows - 1) * rowBytes;
  const quadBytes = <usize>(cols & ~3) * ELEMENT;
  const tail = cols & 3;

  for (let r = 0; r < rows; r += 4) {
    const p0 = logits + <usize>r * rowBytes;
    let p1 = p0 + rowBytes;
    let p2 = p1 + rowBytes;
    let p3 = p2 + rowBytes;
    if (p3 > last) {
      p1 = p1 > last ? last : p1;
      p2 = p2 > last ? last : p2;
      p3 = last;
    }
    const group = out + <usize>r * <usize>cols * ELEMENT;

    // m: no reduction across lanes until the end, where one transpose serves the four rows
    let m = f32x4.splat(-Infinity);
    for (let i: usize = 0; i < quadBytes; i += VECTOR) {
      const x0 = v128.load(p0 + i);
      const x1 = v128.load(p1 + i);
      const x2 = v128.load(p2 + i);
      const x3 = v128.load(p3 + i);
      m = f32x4.pmax(m, maxOfEach(x0, x1, x2, x3));
    }
    // R: elements equal to m are counted, the others' exponentials added, so that nothing is lost beside the 1
    let sum0 = f32x4.splat(0.0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    let equal = i32x4.splat(-1);
    let y0 = sum0;
    let y1 = sum0;
    let y2 = sum0;
    if (tail) {
      const x0 = v128.load(p0 + quadBytes);
      const x1 = v128.load(p1 + quadBytes);
      const x2 = v128.load(p2 + quadBytes);
      const x3 = v128.load(p3 + quadBytes);
      const a = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const b = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      y0 = v128.shuffle<f32>(a, b, 0, 1, 4, 5);
      y1 = v128.shuffle<f32>(a, b, 2, 3, 6, 7);
      m = f32x4.pmax(m, y0);
      if (tail > 1) m = f32x4.pmax(m, y1);
      if (tail > 2) {
        y2 = v128.shuffle<f32>(v128.shuffle<f32>(x0, x1, 2, 6, 3, 7), v128.shuffle<f32>(x2, x3, 2, 6, 3, 7), 0, 1, 4, 5);
        m = f32x4.pmax(m, y2);
      }
    }
    let totalLow = zero;
    let totalHigh = zero;
    // two stages in flight, as in block.ts: n and f of this quad of classes while the powers of the one before are added
    let n0 = zero;
    let n1 = zero;
    let n2 = zero;
    let n3 = zero;
    let f0 = zero;
    let f1 = zero;
    let f2 = zero;
    let f3 = zero;
    for (let i: usize = 0; quadBytes; i += VECTOR) {
      if (i) {
        const e0 = power(f0, n0, one, c1, c2, c3, c4, c5);
        const e1 = power(f1, n1, one, c1, c2, c3, c4, c5);
        const e2 = power(f2, n2, one, c1, c2, c3, c4, c5);
        const e3 = power(f3, n3, one, c1, c2, c3, c4, c5);
        if (keeps) {
          const to = group + (i - VECTOR) * 4;
          v128.store(to, e0);
          v128.store(to, e1, 16);
          v128.store(to, e2, 32);
          v128.store(to, e3, 48);
        }
        const is0 = f32x4.eq(e0, one);
        const is1 = f32x4.eq(e1, one);
        const is2 = f32x4.eq(e2, one);
        const is3 = f32x4.eq(e3, one);
        equal = i32x4.sub(equal, i32x4.add(i32x4.add(is0, is1), i32x4.add(is2, is3)));
        sum0 = f32x4.add(sum0, v128.andnot(e0, is0));
        sum1 = f32x4.add(sum1, v128.andnot(e1, is1));
        sum2 = f32x4.add(sum2, v128.andnot(e2, is2));
        sum3 = f32x4.add(sum3, v128.andnot(e3, is3));
        if (i >= quadBytes) break;
        if (flushes && i % FLUSH_BYTES == 0) {
          totalLow = f64x2.add(totalLow, lowRows(sum0, sum1, sum2, sum3));
          totalHigh = f64x2.add(totalHigh, highRows(sum0, sum1, sum2, sum3));
          sum0 = zero;
          sum1 = zero;
          sum2 = zero;
          sum3 = zero;
        }
      }
      const x0 = v128.load(p0 + i);
      const x1 = v128.load(p1 + i);
      const x2 = v128.load(p2 + i);
      const x3 = v128.load(p3 + i);
      const a = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const b = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const c = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const d = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      const v0 = v128.shuffle<f32>(a, c, 0, 1, 4, 5);
      const v1 = v128.shuffle<f32>(a, c, 2, 3, 6, 7);
      const v2 = v128.shuffle<f32>(b, d, 0, 1, 4, 5);
      const v3 = v128.shuffle<f32>(b, d, 2, 3, 6, 7);
      const d0 = f32x4.pmax(f32x4.sub(v0, m), lowest);
      const d1 = f32x4.pmax(f32x4.sub(v1, m), lowest);
      const d2 = f32x4.pmax(f32x4.sub(v2, m), lowest);
      const d3 = f32x4.pmax(f32x4.sub(v3, m), lowest);
      const product0 = scaled(d0, s);
      const product1 = scaled(d1, s);
      const product2 = scaled(d2, s);
      const product3 = scaled(d3, s);
      n0 = shifted(d0, product0, s, shifter);
      n1 = shifted(d1, product1, s, shifter);
      n2 = shifted(d2, product2, s, shifter);
      n3 = shifted(d3, product3, s, shifter);
      f0 = fraction(d0, product0, n0, s, sLow, shifter);
      f1 = fraction(d1, product1, n1, s, sLow, shifter);
      f2 = fraction(d2, product2, n2, s, sLow, shifter);
      f3 = fraction(d3, product3, n3, s, sLow, shifter);
    }
    if (tail) {
      const e0 = addExp2(zero, f32x4.sub(y0, m), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5);
      const is0 = f32x4.eq(e0, one);
      sum0 = f32x4.add(sum0, v128.andnot(e0, is0));
      if (keeps) v128.store(group + quadBytes * 4, e0);
      equal = i32x4.sub(equal, is0);
      if (tail > 1) {
        const e1 = addExp2(zero, f32x4.sub(y1, m), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5);
        const is1 = f32x4.eq(e1, one);
        sum1 = f32x4.add(sum1, v128.andnot(e1, is1));
        if (keeps) v128.store(group + quadBytes * 4, e1, 16);
        equal = i32x4.sub(equal, is1);
      }
      if (tail > 2) {
        const e2 = addExp2(zero, f32x4.sub(y2, m), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5);
        const is2 = f32x4.eq(e2, one);
        sum2 = f32x4.add(sum2, v128.andnot(e2, is2));
        if (keeps) v128.store(group + quadBytes * 4, e2, 32);
        equal = i32x4.sub(equal, is2);
      }
    }
    const low = f64x2.add(f64x2.convert_low_i32x4_s(equal), f64x2.add(totalLow, lowRows(sum0, sum1, sum2, sum3)));
    const equalHigh = v128.shuffle<i32>(equal, equal, 2, 3, 2, 3);
    const high = f64x2.add(f64x2.convert_low_i32x4_s(equalHigh), f64x2.add(totalHigh, highRows(sum0, sum1, sum2, sum3)));
    const maxOut = max + (<usize>r << 2);
    const restOut = rest + (<usize>r << 3);
    v128.store(maxOut, m);
    v128.store(restOut, low);
    v128.store(restOut, high, 16);

    // an infinite maximum or a NaN leaves R < 0 or NaN: look at those rows again, one by one
    // (counting the maxima hides their NaN when they are infinite, so they are asked too)
    const regular = v128.and(f64x2.ge(low, f64x2.splat(0.0)), f64x2.ge(high, f64x2.splat(0.0)));
    if (!i64x2.all_true(v128.and(regular, f32x4.eq(f32x4.sub(m, m), zero)))) {
      specialRows(p0, rows - r < 4 ? rows - r : 4, cols, rowBytes, maxOut, restOut, keeps ? group : 0);
    }
  }
}

/** The sums of rows 0 and 1 in f64. */
// @ts-ignore: decorator
@inline
function lowRows(a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.add(
    f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)),
    f64x2.add(f64x2.promote_low_f32x4(c), f64x2.promote_low_f32x4(d)),
  );
}

/** The sums of rows 2 and 3 in f64. */
// @ts-ignore: decorator
@inline
function highRows(a: v128, b: v128, c: v128, d: v128): v128 {
  return f64x2.add(f64x2.add(promoteHigh(a), promoteHigh(b)), f64x2.add(promoteHigh(c), promoteHigh(d)));
}

/**
 * Gives the rows of a group whose R is no number >= 0 the R of the head of this file, and rows of -inf exponentials of 0: they
 * may be a piece of a row that has more.
 */
function specialRows(logits: usize, rows: i32, cols: i32, rowBytes: usize, max: usize, rest: usize, group: usize): void {
  for (let r = 0; r < rows; r++) {
    const out = rest + (<usize>r << 3);
    const m = load<f32>(max + (<usize>r << 2));
    if (load<f64>(out) >= 0.0 && m - m == 0) continue;
    store<f64>(out, specialRest(logits + <usize>r * rowBytes, cols, m));
    if (!group || m != -Infinity) continue;
    for (let c = 0; c < cols; c++) store<f32>(group + <usize>c * VECTOR + (<usize>r << 2), 0.0);
  }
}
