/**
 * Rows of few classes (see log-sum-exp.ts): m, R and, for gradients, every exp((x - m) / T).
 *
 * Four rows at a time, one in each lane: 4 x 4 transposes turn four classes of four rows into four vectors of one class. So
 * maxima and sums need no reduction across lanes, and a last class costs one vector instead of a padded one. As many groups of
 * four rows as have 2048 elements together go through three passes, for the reason given in exp-sum.ts:
 *
 *   transpose   writes the four rows class by class to the scratch area; m
 *   split       n and f of every s (x_c - m) = n + f, f over x
 *   powers      2^f 2^n, added: R
 *
 * In an incomplete last group, the last row fills the lanes that have no row; their results go to the slack after the columns.
 * Scratch: x, then f, at 0, n at SCRATCH_N; both 2048 f32 and the slack of one vector.
 */
import { EXP_SCRATCH_BYTES, FEW_BATCH } from "../../src/memory/constants";
import { C1, C2, C3, C4, C5, SHIFTER, addPower, fraction, lowPart, lowestFor, power, scaled, shifted } from "../math/exp";
import { ELEMENT, VECTOR, constant, keepBeforeLoop, opaqueZero, promoteHigh } from "../math/lanes";
import { specialRest } from "./long-row";
import { rowAt } from "./row";

/** Bytes from f to n in the scratch area. */
const SCRATCH_N: usize = EXP_SCRATCH_BYTES / 2;

/** Bytes of the vectors between two flushes of the f32 sums to f64: 48 classes, 16 terms per sum. */
const FLUSH_BYTES: usize = 48 * VECTOR;

/** m and R of each row. */
export function fewRows(
  logits: usize, rows: i32, cols: i32, stride: i32, scale: f64, scratch: usize, max: usize, rest: usize,
): void {
  batches(logits, rows, cols, stride, scale, scratch, max, rest, 0, false);
}

/**
 * fewRows that also writes the exponentials to `out`, in the order in which they are computed: the group of rows 4g .. 4g + 3
 * takes 4 cols elements, class by class, the four rows side by side. A gradient then scales vectors of one class, with the
 * factors of four rows in its lanes, and transposes only once (losses/gradient-few.ts).
 */
export function fewRowsTo(
  logits: usize, rows: i32, cols: i32, stride: i32, scale: f64, scratch: usize, max: usize, rest: usize, out: usize,
): void {
  batches(logits, rows, cols, stride, scale, scratch, max, rest, out, true);
}

// @ts-ignore: decorator
@inline
function batches(
  logits: usize, rows: i32, cols: i32, stride: i32, scale: f64, scratch: usize, max: usize, rest: usize, out: usize,
  keeps: bool,
): void {
  const rowBytes = <usize>stride * ELEMENT;
  const batchRows = (FEW_BATCH / cols) & ~3;
  for (let r = 0; r < rows; r += batchRows) {
    const count = min(batchRows, rows - r);
    const from = logits + <usize>r * rowBytes;
    const maxOut = max + (<usize>r << 2);
    const restOut = rest + (<usize>r << 3);
    const to = rowAt(out, r, cols);
    transposeRows(from, count, cols, rowBytes, scratch, maxOut);
    splitGroups(count, cols, scale, scratch, maxOut, restOut);
    const isRegular = keeps
      ? sumGroupsTo(count, cols, scratch, restOut, to)
      : sumGroups(count, cols, scratch, restOut);
    if (!isRegular) specialRows(from, count, cols, rowBytes, maxOut, restOut, keeps ? to : 0);
  }
}

/** x of each group, class by class, the four rows side by side; m of each row. */
function transposeRows(logits: usize, rows: i32, cols: i32, rowBytes: usize, out: usize, max: usize): void {
  const last = logits + <usize>(rows - 1) * rowBytes;
  const quadBytes = <usize>(cols & ~3) * ELEMENT;
  const tail = cols & 3;
  for (let r = 0; r < rows; r += 4) {
    let p0 = logits + <usize>r * rowBytes;
    let p1 = p0 + rowBytes;
    let p2 = p1 + rowBytes;
    let p3 = p2 + rowBytes;
    if (p3 > last) {
      p1 = p1 > last ? last : p1;
      p2 = p2 > last ? last : p2;
      p3 = last;
    }
    let m = f32x4.splat(-Infinity);
    const end = p0 + quadBytes;
    while (p0 < end) {
      const x0 = v128.load(p0);
      const x1 = v128.load(p1);
      const x2 = v128.load(p2);
      const x3 = v128.load(p3);
      const a = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const b = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
      const c = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const d = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
      const y0 = v128.shuffle<f32>(a, c, 0, 1, 4, 5);
      const y1 = v128.shuffle<f32>(a, c, 2, 3, 6, 7);
      const y2 = v128.shuffle<f32>(b, d, 0, 1, 4, 5);
      const y3 = v128.shuffle<f32>(b, d, 2, 3, 6, 7);
      v128.store(out, y0);
      v128.store(out, y1, 16);
      v128.store(out, y2, 32);
      v128.store(out, y3, 48);
      m = f32x4.pmax(m, f32x4.pmax(f32x4.pmax(y0, y1), f32x4.pmax(y2, y3)));
      p0 += VECTOR;
      p1 += VECTOR;
      p2 += VECTOR;
      p3 += VECTOR;
      out += 4 * VECTOR;
    }
    if (tail) {
      const x0 = v128.load(p0);
      const x1 = v128.load(p1);
      const x2 = v128.load(p2);
      const x3 = v128.load(p3);
      const a = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5);
      const c = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5);
      const y0 = v128.shuffle<f32>(a, c, 0, 1, 4, 5);
      v128.store(out, y0);
      m = f32x4.pmax(m, y0);
      if (tail > 1) {
        const y1 = v128.shuffle<f32>(a, c, 2, 3, 6, 7);
        v128.store(out, y1, 16);
        m = f32x4.pmax(m, y1);
      }
      if (tail > 2) {
        const b = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7);
        const d = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7);
        const y2 = v128.shuffle<f32>(b, d, 0, 1, 4, 5);
        v128.store(out, y2, 32);
        m = f32x4.pmax(m, y2);
      }
      out += <usize>tail * VECTOR;
    }
    v128.store(max, m);
    max += VECTOR;
  }
}

/**
 * f, over x, and n of each element. As i32 in `rest`: how many classes of each row equal its maximum. Those get n = 0, which
 * makes their exponentials 0: they are counted, so that no small term is lost beside their 1.
 */
function splitGroups(rows: i32, cols: i32, scale: f64, scratch: usize, max: usize, rest: usize): void {
  const zero = opaqueZero(cols);
  const shifter = constant(SHIFTER, zero);
  const s = f32x4.splat(<f32>scale);
  const sLow = f32x4.splat(lowPart(scale));
  const lowest = f32x4.splat(lowestFor(scale));
  const groupBytes = <usize>cols * VECTOR;
  for (let r = 0; r < rows; r += 4) {
    const m = v128.load(max);
    let equal = zero;
    const end = scratch + groupBytes;
    while (scratch < end) {
      const x = v128.load(scratch);
      // compared as floats: 0 and -0 are the same maximum
      const isMax = f32x4.eq(x, m);
      equal = i32x4.sub(equal, isMax);
      const d = f32x4.pmax(f32x4.sub(x, m), lowest);
      const product = scaled(d, s);
      const n = shifted(d, product, s, shifter);
      v128.store(scratch, fraction(d, product, n, s, sLow, shifter));
      v128.store(scratch, v128.andnot(n, isMax), SCRATCH_N);
      scratch += VECTOR;
    }
    v128.store(rest, equal);
    max += VECTOR;
    rest += 2 * VECTOR;
  }
  keepBeforeLoop(v128.xor(shifter, v128.xor(s, v128.xor(sLow, lowest))));
}

/** R of each row. False if any R is NaN: the row has a NaN, or an infinite maximum, from which all other differences are NaN. */
function sumGroups(rows: i32, cols: i32, scratch: usize, rest: usize): bool {
  return sumPowers(rows, cols, scratch, rest, 0, false);
}

/** sumGroups that also writes the exponentials to `out`. */
function sumGroupsTo(rows: i32, cols: i32, scratch: usize, rest: usize, out: usize): bool {
  return sumPowers(rows, cols, scratch, rest, out, true);
}

// @ts-ignore: decorator
@inline
function sumPowers(rows: i32, cols: i32, scratch: usize, rest: usize, out: usize, keeps: bool): bool {
  const zero = opaqueZero(cols);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  const groupBytes = <usize>cols * VECTOR;
  // NaN as soon as one R is
  let numbers = zero;
  for (let r = 0; r < rows; r += 4) {
    let low = zero;
    let high = zero;
    let a = zero;
    let b = zero;
    let c = zero;
    const end = scratch + groupBytes;
    while (true) {
      const flushAt = min(scratch + FLUSH_BYTES, end);
      while (scratch < flushAt) {
        const n = v128.load(scratch, SCRATCH_N);
        let next: v128;
        if (keeps) {
          const e = power(v128.load(scratch), n, one, c1, c2, c3, c4, c5);
          v128.store(out, v128.or(e, v128.and(i32x4.eq(n, zero), one)));
          out += VECTOR;
          next = f32x4.add(a, e);
        } else next = addPower(a, v128.load(scratch), n, one, c1, c2, c3, c4, c5);
        a = b;
        b = c;
        c = next;
        scratch += VECTOR;
      }
      low = f64x2.add(low, lowRows(a, b, c));
      high = f64x2.add(high, highRows(a, b, c));
      if (scratch >= end) break;
      a = zero;
      b = zero;
      c = zero;
    }
    const others = i32x4.sub(v128.load(rest), i32x4.splat(1));
    low = f64x2.add(low, f64x2.convert_low_i32x4_s(others));
    high = f64x2.add(high, f64x2.convert_low_i32x4_s(v128.shuffle<i32>(others, others, 2, 3, 2, 3)));
    v128.store(rest, low);
    v128.store(rest, high, 16);
    numbers = f64x2.add(numbers, f64x2.add(low, high));
    rest += 2 * VECTOR;
  }
  keepBeforeLoop(v128.xor(v128.xor(one, c1), v128.xor(v128.xor(c2, c3), v128.xor(c4, c5))));
  return i64x2.all_true(f64x2.eq(numbers, numbers));
}

/** The sums of rows 0 and 1 in f64. */
// @ts-ignore: decorator
@inline
function lowRows(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)), f64x2.promote_low_f32x4(c));
}

/** The sums of rows 2 and 3 in f64. */
// @ts-ignore: decorator
@inline
function highRows(a: v128, b: v128, c: v128): v128 {
  return f64x2.add(f64x2.add(promoteHigh(a), promoteHigh(b)), promoteHigh(c));
}

/**
 * Sets R of the rows where it is NaN to the value given in log-sum-exp.ts, and the exponentials of rows of -inf only to 0,
 * because such a row may be a segment of a row with finite logits.
 */
function specialRows(logits: usize, rows: i32, cols: i32, rowBytes: usize, max: usize, rest: usize, groups: usize): void {
  for (let r = 0; r < rows; r++) {
    const out = rest + (<usize>r << 3);
    const m = load<f32>(max + (<usize>r << 2));
    if (load<f64>(out) >= 0.0) continue;
    store<f64>(out, specialRest(logits + <usize>r * rowBytes, cols, m));
    if (!groups || m != -Infinity) continue;
    const group = groups + <usize>(r & ~3) * <usize>cols * ELEMENT;
    for (let c = 0; c < cols; c++) store<f32>(group + <usize>c * VECTOR + (<usize>(r & 3) << 2), 0.0);
  }
}
