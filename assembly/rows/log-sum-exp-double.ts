/**
 * m and R of rows as in logSumExpRows (see log-sum-exp.ts), with exponentials in f64:
 *
 *   m = max_c x_c,   R = sum_c exp((x_c - m) / T) - 1
 *
 * For rows that come in parts, each with its own maximum. f32 exponentials relative to another maximum differ by 1e-7, so
 * parts cut in another way would give another sum. Here a part's sum is within 1e-14 of its exact value, whatever maximum it is
 * relative to: blocks of 512 in four accumulators of two lanes, whose sums are added one by one.
 *
 * Reads rows x cols f32 at `stride`, and up to 12 bytes past each row: once for m, once (from the cache) for R. Writes f32
 * max[rows] and f64 rest[rows]. Rows whose target is ignoreIndex are skipped and left as they are; `targets` may be 0. Rows of
 * -inf only or with a +inf get m = -inf / +inf and R = 0, rows with a NaN get R = NaN. Eight elements per step.
 * Tests: test/kernels/log-sum-exp-double.test.ts.
 */
import { BLOCK } from "../../src/memory/constants";
import { LOG2E } from "../math/exp";
import {
  C1, C10, C11, C12, C2, C3, C4, C5, C6, C7, C8, C9, SHIFTER, exp2Lanes, lowestForDouble,
} from "../math/exp-double";
import { ELEMENT, VECTOR, doubleConstant, firstLanes, keepBeforeLoop, opaqueZero, promoteHigh, sumDoubles } from "../math/lanes";
import { blockMax } from "./block";
import { specialRest } from "./long-row";
import { isIgnored, rowAt } from "./row";

/**
 * f32 max[rows] and f64 rest[rows] as in logSumExpRows, log-sum-exp = max / temperature + log(1 + rest),
 * with exponentials in f64.
 */
export function logSumExpDoubleRows(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, temperature: f64,
  max: usize, rest: usize,
): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const row = rowAt(logits, r, stride);
    let m: f32 = -Infinity;
    let maxAt = 0;
    for (let i = 0; i < cols; i += BLOCK) {
      const b = blockMax(row + <usize>i * ELEMENT, cols - i < BLOCK ? cols - i : BLOCK);
      if (b > m) {
        m = b;
        maxAt = i;
      }
    }
    let sum: f64 = 0.0;
    for (let i = 0; i < cols; i += BLOCK) {
      sum += blockRest(row + <usize>i * ELEMENT, cols - i < BLOCK ? cols - i : BLOCK, m, scale, i == maxAt);
    }
    store<f32>(max + (<usize>r << 2), m);
    store<f64>(rest + (<usize>r << 3), sum >= 0.0 && m - m == 0 ? sum : specialRest(row, cols, m));
  }
}

/** sum_c exp((x_c - m) / T), minus 1 in the block that holds the first m; elements equal to m are counted, not added. */
function blockRest(x: usize, cols: i32, m: f32, scale: f64, holdsMax: bool): f64 {
  const zero = opaqueZero(cols);
  const shifter = doubleConstant(SHIFTER, zero);
  const one = doubleConstant(1.0, zero);
  const c1 = doubleConstant(C1, zero);
  const c2 = doubleConstant(C2, zero);
  const c3 = doubleConstant(C3, zero);
  const c4 = doubleConstant(C4, zero);
  const c5 = doubleConstant(C5, zero);
  const c6 = doubleConstant(C6, zero);
  const c7 = doubleConstant(C7, zero);
  const c8 = doubleConstant(C8, zero);
  const c9 = doubleConstant(C9, zero);
  const c10 = doubleConstant(C10, zero);
  const c11 = doubleConstant(C11, zero);
  const c12 = doubleConstant(C12, zero);
  const s = f64x2.splat(scale);
  const lowest = f64x2.splat(lowestForDouble(scale));
  const max = f64x2.splat(<f64>m);
  let a = zero;
  let b = zero;
  let c = zero;
  let d = zero;
  let equal = i64x2.splat(-1);
  for (let i = 0; i < cols; i += 8) {
    const left = cols - i;
    let low = v128.load(x);
    let high = f32x4.splat(-Infinity);
    if (left >= 8) high = v128.load(x, 16);
    else {
      low = v128.bitselect(low, high, firstLanes(left));
      if (left > 4) high = v128.bitselect(v128.load(x, 16), high, firstLanes(left - 4));
    }
    const da = f64x2.sub(f64x2.promote_low_f32x4(low), max);
    const db = f64x2.sub(promoteHigh(low), max);
    const dc = f64x2.sub(f64x2.promote_low_f32x4(high), max);
    const dd = f64x2.sub(promoteHigh(high), max);
    const isA = f64x2.eq(da, zero);
    const isB = f64x2.eq(db, zero);
    const isC = f64x2.eq(dc, zero);
    const isD = f64x2.eq(dd, zero);
    equal = i64x2.sub(equal, i64x2.add(i64x2.add(isA, isB), i64x2.add(isC, isD)));
    a = f64x2.add(a, v128.andnot(exp2Lanes(da, s, lowest, shifter, one, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12), isA));
    b = f64x2.add(b, v128.andnot(exp2Lanes(db, s, lowest, shifter, one, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12), isB));
    c = f64x2.add(c, v128.andnot(exp2Lanes(dc, s, lowest, shifter, one, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12), isC));
    d = f64x2.add(d, v128.andnot(exp2Lanes(dd, s, lowest, shifter, one, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12), isD));
    x += 2 * VECTOR;
  }
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  const count = i64x2.extract_lane(equal, 0) + i64x2.extract_lane(equal, 1) + (holdsMax ? 1 : 2);
  let used = v128.xor(v128.xor(v128.xor(c1, c2), v128.xor(c3, c4)), v128.xor(v128.xor(c5, c6), v128.xor(c7, c8)));
  used = v128.xor(used, v128.xor(v128.xor(c9, c10), v128.xor(v128.xor(c11, c12), v128.xor(shifter, one))));
  keepBeforeLoop(used);
  return sumDoubles(sum) + <f64>count;
}
