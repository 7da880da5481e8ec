/**
 * The heart: for each row the maximum m and the rest R, which hold everything that its losses need:
 *
 *   lse = sum as log = m / T + log(1 + R),   R = sum_c exp((x_c - m) / T) - 1 >= 0
 *
 * R is kept instead of the sum because the maximum's own term is exactly 1: a loss of 1e-30 is then still a number.
 * Special rows: all -inf or a +inf leave m = -inf / +inf and R = 0; a NaN anywhere leaves R = NaN.
 *
 * Three ways by number of classes, measured (docs/performance.md):
 *   few     (<= 64)     four rows in lockstep, reductions by 4x4 transposes, no scalar code per row
 *   middle  (<= 4096)   the row sits in L1: max over the row, then exp-sum block by block
 *   large               one read of memory: per block of 512 max, then exp-sum while it is in L1; R moves to the new
 *                       maximum when a block has a greater one
 *
 * Reads rows x cols f32 at `stride` elements, and up to 12 bytes past each row; writes f32 max[rows] and f64 rest[rows],
 * up to 3 entries past `rows` (a group of four). Rows whose target is `ignoreIndex` are skipped and left as they are
 * (few: computed, but worthless). `targets` may be 0. Tests: test/kernels/log-sum-exp.test.ts; bench: forward.
 */
import { C1, C2, C3, C4, C5, C6, LOG2E, SHIFTER, addExp2, exp2Double, hide, lowPart, lowestFor } from "../math/exp";
import {
  ELEMENT, VECTOR, broadcast0, broadcast1, broadcast2, broadcast3, constant, doubleSumOfEach, firstLanes, foldToDouble,
  integerSumOfEach, maxOfEach, opaqueZero,
} from "../math/lanes";
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
    for (let r = 0; r < rows; r += 4) fourRows(logits, r, rows, cols, stride, scale, max, rest);
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

/** Rows r .. r + 3 together; past the last row its pointer is used again and the result lands in the slack. */
function fourRows(logits: usize, r: i32, rows: i32, cols: i32, stride: i32, scale: f64, max: usize, rest: usize): void {
  const rowBytes = <usize>stride * ELEMENT;
  const last = logits + <usize>(rows - 1) * rowBytes;
  const p0 = logits + <usize>r * rowBytes;
  let p1 = p0 + rowBytes;
  let p2 = p1 + rowBytes;
  let p3 = p2 + rowBytes;
  if (p1 > last) p1 = last;
  if (p2 > last) p2 = last;
  if (p3 > last) p3 = last;
  const vectorBytes = <usize>(cols & ~3) * ELEMENT;
  const tail = cols & 3;
  const tailLanes = firstLanes(tail);
  const minusInfinity = f32x4.splat(-Infinity);

  // m: vector maxima, then one transposed reduction for the four rows
  let m0 = minusInfinity;
  let m1 = minusInfinity;
  let m2 = minusInfinity;
  let m3 = minusInfinity;
  for (let i: usize = 0; i < vectorBytes; i += VECTOR) {
    m0 = f32x4.pmax(m0, v128.load(p0 + i));
    m1 = f32x4.pmax(m1, v128.load(p1 + i));
    m2 = f32x4.pmax(m2, v128.load(p2 + i));
    m3 = f32x4.pmax(m3, v128.load(p3 + i));
  }
  if (tail) {
    m0 = f32x4.pmax(m0, v128.bitselect(v128.load(p0 + vectorBytes), minusInfinity, tailLanes));
    m1 = f32x4.pmax(m1, v128.bitselect(v128.load(p1 + vectorBytes), minusInfinity, tailLanes));
    m2 = f32x4.pmax(m2, v128.bitselect(v128.load(p2 + vectorBytes), minusInfinity, tailLanes));
    m3 = f32x4.pmax(m3, v128.bitselect(v128.load(p3 + vectorBytes), minusInfinity, tailLanes));
  }
  const m = maxOfEach(m0, m1, m2, m3);
  m0 = broadcast0(m);
  m1 = broadcast1(m);
  m2 = broadcast2(m);
  m3 = broadcast3(m);

  // R: elements equal to m are counted, the others' exponentials added, so that nothing is lost beside the 1
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
  let sum0 = f32x4.splat(0.0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let equal0 = i32x4.splat(0);
  let equal1 = equal0;
  let equal2 = equal0;
  let equal3 = equal0;
  for (let i: usize = 0; i <= vectorBytes; i += VECTOR) {
    let x0: v128;
    let x1: v128;
    let x2: v128;
    let x3: v128;
    if (i < vectorBytes) {
      x0 = v128.load(p0 + i);
      x1 = v128.load(p1 + i);
      x2 = v128.load(p2 + i);
      x3 = v128.load(p3 + i);
    } else {
      if (!tail) break;
      x0 = v128.bitselect(v128.load(p0 + i), minusInfinity, tailLanes);
      x1 = v128.bitselect(v128.load(p1 + i), minusInfinity, tailLanes);
      x2 = v128.bitselect(v128.load(p2 + i), minusInfinity, tailLanes);
      x3 = v128.bitselect(v128.load(p3 + i), minusInfinity, tailLanes);
    }
    const is0 = f32x4.eq(x0, m0);
    const is1 = f32x4.eq(x1, m1);
    const is2 = f32x4.eq(x2, m2);
    const is3 = f32x4.eq(x3, m3);
    sum0 = addExp2(sum0, hide(f32x4.sub(x0, m0), is0, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    sum1 = addExp2(sum1, hide(f32x4.sub(x1, m1), is1, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    sum2 = addExp2(sum2, hide(f32x4.sub(x2, m2), is2, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    sum3 = addExp2(sum3, hide(f32x4.sub(x3, m3), is3, lowest), s, sLow, lowest, shifter, one, c1, c2, c3, c4, c5, c6);
    equal0 = i32x4.sub(equal0, is0);
    equal1 = i32x4.sub(equal1, is1);
    equal2 = i32x4.sub(equal2, is2);
    equal3 = i32x4.sub(equal3, is3);
  }
  const extra = i32x4.sub(integerSumOfEach(equal0, equal1, equal2, equal3), i32x4.splat(1));
  const low = f64x2.add(doubleSumOfEach(foldToDouble(sum0), foldToDouble(sum1)), f64x2.convert_low_i32x4_s(extra));
  const high = f64x2.add(
    doubleSumOfEach(foldToDouble(sum2), foldToDouble(sum3)),
    f64x2.convert_low_i32x4_s(v128.shuffle<i32>(extra, extra, 2, 3, 2, 3)),
  );
  const maxOut = max + (<usize>r << 2);
  const restOut = rest + (<usize>r << 3);
  v128.store(maxOut, m);
  v128.store(restOut, low);
  v128.store(restOut, high, 16);

  // an infinite maximum or a NaN leaves R < 0 or NaN: look at those rows again, one by one
  const zeroes = f64x2.splat(0.0);
  if (!v128.any_true(v128.not(v128.and(f64x2.ge(low, zeroes), f64x2.ge(high, zeroes))))) return;
  const count = rows - r < 4 ? rows - r : 4;
  for (let k = 0; k < count; k++) {
    const out = restOut + (<usize>k << 3);
    if (!(load<f64>(out) >= 0.0)) store<f64>(out, specialRest(p0 + <usize>k * rowBytes, cols, load<f32>(maxOut + (<usize>k << 2))));
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
