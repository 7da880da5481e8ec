/**
 * The heart: for each row the maximum m and the rest R, which hold everything that its losses need:
 *
 *   lse = sum as log = m / T + log(1 + R),   R = sum_c exp((x_c - m) / T) - 1 >= 0
 *
 * R is kept instead of the sum because the maximum's own term is exactly 1: a loss of 1e-30 is then still a number.
 * Special rows: all -inf or a +inf leave m = -inf / +inf and R = 0; a NaN anywhere leaves R = NaN.
 *
 * Three ways by number of classes, measured (docs/performance.md):
 *   few     (<= 64)     four rows in lockstep, one in each lane by 4x4 transposes
 *   middle  (<= 4096)   the row sits in L1: max over the row, then exp-sum block by block
 *   large               one read of memory: per block of 512 max, then exp-sum while it is in L1; R moves to the new
 *                       maximum when a block has a greater one
 *
 * Reads rows x cols f32 at `stride` elements, and up to 12 bytes past each row; writes f32 max[rows] and f64 rest[rows],
 * up to 3 entries past `rows` (a group of four). Rows whose target is `ignoreIndex` are skipped and left as they are
 * (few: computed, but worthless). `targets` may be 0. Tests: test/kernels/log-sum-exp.test.ts; bench: forward.
 */
import { C1, C2, C3, C4, C5, C6, LOG2E, SHIFTER, addExp2, exp2Double, hide, lowPart, lowestFor } from "../math/exp";
import { ELEMENT, VECTOR, constant, maxOfEach, opaqueZero, promoteHigh } from "../math/lanes";
import { BLOCK, blockExpSum, blockHasNaN, blockMax, blockRest } from "./block";

// @ts-ignore: decorator
@inline
const FEW: i32 = 64;
// @ts-ignore: decorator
@inline
const MIDDLE: i32 = 4096;

/** Sentinel for "nothing summed yet": 1 + R = 0. */
// @ts-ignore: decorator
@inline
const NOTHING: f64 = -1.0;

/** m and R of each row; `temperature` divides the logits. See the head of this file. */
export function logSumExpRows(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, temperature: f64,
  max: usize, rest: usize,
): void {
  const scale = LOG2E / temperature;
  if (cols <= FEW) {
    fewRows(logits, rows, cols, stride, scale, max, rest);
    return;
  }
  for (let r = 0; r < rows; r++) {
    if (targets && load<i32>(targets + (<usize>r << 2)) == ignoreIndex) continue;
    const row = logits + <usize>r * <usize>stride * ELEMENT;
    const rowMax = max + (<usize>r << 2);
    const rowRest = rest + (<usize>r << 3);
    if (cols <= MIDDLE) middleRow(row, cols, scale, rowMax, rowRest);
    else largeRow(row, cols, scale, rowMax, rowRest);
  }
}

/** Joins two parts of the same rows: (m, R) <- (m, R) + (m', R'), in f64; a greater m' moves R to it. */
export function mergeRows(rows: i32, temperature: f64, max: usize, rest: usize, otherMax: usize, otherRest: usize): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    const m = load<f32>(max);
    const n = load<f32>(otherMax);
    const a = load<f64>(rest);
    const b = load<f64>(otherRest);
    if (a != a || b != b) store<f64>(rest, NaN);
    else if (m >= n) {
      // equal infinities (nothing finite yet, or +inf in both parts) have no difference to take
      if (m != n) store<f64>(rest, a + (1.0 + b) * exp2Double((<f64>n - <f64>m) * scale));
      else if (m - m == 0) store<f64>(rest, a + (1.0 + b));
    } else {
      store<f32>(max, n);
      store<f64>(rest, b + (1.0 + a) * exp2Double((<f64>m - <f64>n) * scale));
    }
    max += 4;
    otherMax += 4;
    rest += 8;
    otherRest += 8;
  }
}

/**
 * Four rows at a time, one in each lane: 4 x 4 transposes turn four classes of four rows into four vectors of one class, so
 * that maxima and sums need no reduction across lanes and a last class costs a vector, not a padded one. Past the last row its
 * pointer is used again and the result lands in the columns' slack.
 */
function fewRows(logits: usize, rows: i32, cols: i32, stride: i32, scale: f64, max: usize, rest: usize): void {
  const zero = opaqueZero(cols);
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
    for (let i: usize = 0; i < quadBytes; i += VECTOR) {
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
      const is0 = f32x4.eq(v0, m);
      const is1 = f32x4.eq(v1, m);
      const is2 = f32x4.eq(v2, m);
      const is3 = f32x4.eq(v3, m);
      sum0 = addExp2(sum0, hide(f32x4.sub(v0, m), is0, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
      sum1 = addExp2(sum1, hide(f32x4.sub(v1, m), is1, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
      sum2 = addExp2(sum2, hide(f32x4.sub(v2, m), is2, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
      sum3 = addExp2(sum3, hide(f32x4.sub(v3, m), is3, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
      equal = i32x4.sub(equal, i32x4.add(i32x4.add(is0, is1), i32x4.add(is2, is3)));
    }
    if (tail) {
      const is0 = f32x4.eq(y0, m);
      sum0 = addExp2(sum0, hide(f32x4.sub(y0, m), is0, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
      equal = i32x4.sub(equal, is0);
      if (tail > 1) {
        const is1 = f32x4.eq(y1, m);
        sum1 = addExp2(sum1, hide(f32x4.sub(y1, m), is1, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
        equal = i32x4.sub(equal, is1);
      }
      if (tail > 2) {
        const is2 = f32x4.eq(y2, m);
        sum2 = addExp2(sum2, hide(f32x4.sub(y2, m), is2, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
        equal = i32x4.sub(equal, is2);
      }
    }
    const low = f64x2.add(
      f64x2.convert_low_i32x4_s(equal),
      f64x2.add(
        f64x2.add(f64x2.promote_low_f32x4(sum0), f64x2.promote_low_f32x4(sum1)),
        f64x2.add(f64x2.promote_low_f32x4(sum2), f64x2.promote_low_f32x4(sum3)),
      ),
    );
    const high = f64x2.add(
      f64x2.convert_low_i32x4_s(v128.shuffle<i32>(equal, equal, 2, 3, 2, 3)),
      f64x2.add(f64x2.add(promoteHigh(sum0), promoteHigh(sum1)), f64x2.add(promoteHigh(sum2), promoteHigh(sum3))),
    );
    const maxOut = max + (<usize>r << 2);
    const restOut = rest + (<usize>r << 3);
    v128.store(maxOut, m);
    v128.store(restOut, low);
    v128.store(restOut, high, 16);

    // an infinite maximum or a NaN leaves R < 0 or NaN: look at those rows again, one by one
    const regular = v128.and(f64x2.ge(low, f64x2.splat(0.0)), f64x2.ge(high, f64x2.splat(0.0)));
    if (!i64x2.all_true(regular)) specialRows(p0, rows - r < 4 ? rows - r : 4, cols, rowBytes, maxOut, restOut);
  }
}

/** Gives the rows of a group whose R is no number >= 0 the R of the head of this file. */
function specialRows(logits: usize, rows: i32, cols: i32, rowBytes: usize, max: usize, rest: usize): void {
  for (let r = 0; r < rows; r++) {
    const out = rest + (<usize>r << 3);
    if (load<f64>(out) >= 0.0) continue;
    store<f64>(out, specialRest(logits + <usize>r * rowBytes, cols, load<f32>(max + (<usize>r << 2))));
  }
}

/** The maximum of each block and of the row, then the exp-sums of the blocks, which are still in L1. */
function middleRow(row: usize, cols: i32, scale: f64, max: usize, rest: usize): void {
  let m: f32 = -Infinity;
  let maxAt = 0;
  for (let i = 0; i < cols; i += BLOCK) {
    const b = blockMax(row + <usize>i * ELEMENT, cols - i < BLOCK ? cols - i : BLOCK);
    if (b > m) {
      m = b;
      maxAt = i;
    }
  }
  store<f32>(max, m);
  let sum: f64 = 0.0;
  for (let i = 0; i < cols; i += BLOCK) {
    const block = row + <usize>i * ELEMENT;
    const count = cols - i < BLOCK ? cols - i : BLOCK;
    sum += i == maxAt ? blockRest(block, count, m, scale) : blockExpSum(block, count, m, scale);
  }
  store<f64>(rest, sum >= 0.0 ? sum : specialRest(row, cols, m));
}

/** One read: block max; a new maximum moves R to it; exp-sum of the block, which is in L1. */
function largeRow(row: usize, cols: i32, scale: f64, max: usize, rest: usize): void {
  let m: f32 = -Infinity;
  let sum = NOTHING;
  for (let i = 0; i < cols; i += BLOCK) {
    const block = row + <usize>i * ELEMENT;
    const count = cols - i < BLOCK ? cols - i : BLOCK;
    const b = blockMax(block, count);
    if (b > m) {
      sum = (1.0 + sum) * exp2Double((<f64>m - <f64>b) * scale) + blockRest(block, count, b, scale);
      m = b;
    } else if (m != -Infinity) sum += blockExpSum(block, count, m, scale);
    else if (blockHasNaN(block, count)) sum = NaN;
  }
  store<f32>(max, m);
  store<f64>(rest, sum >= 0.0 ? sum : specialRest(row, cols, m));
}

/** R of a row whose sum is no number: 0 where only an infinite maximum made it so, NaN where the row has one. */
function specialRest(row: usize, cols: i32, m: f32): f64 {
  return m - m == 0 || blockHasNaN(row, cols) ? NaN : 0.0;
}
