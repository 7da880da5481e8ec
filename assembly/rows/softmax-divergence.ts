/**
 * Kullback-Leibler divergence between the softmaxes p and q of two rows of logits x and y, in nats, from sums counted from
 * the rows' maxima m and n:
 *
 *   R = sum_c e_c - 1,                e_c = exp((x_c - m) / T),   p_c = e_c / (1 + R)
 *   S = sum_c exp((y_c - n) / T) - 1
 *   D = sum_c e_c ((x_c - m) - (y_c - n))
 *   KL = sum_c p_c log(p_c / q_c) = D / (T (1 + R)) - log((1 + R) / (1 + S))
 *
 * All in f64. For near rows the KL is of second order in their distance d, and its terms are of first order. Rounding adds about
 * 1e-16 max(1, d); f32 would add 1e-7, more than the KL of a good quantisation. The logarithm of the quotient is taken as log1p
 * of its distance from 1.
 *
 * A class that x masks (-inf), or whose e_c underflows, contributes 0; one that only y masks makes KL infinite. A NaN, a +inf, or
 * only -inf, in either row, gives NaN.
 *
 * Reads rows x cols f32 x and y at their strides, and up to 12 bytes past each row; writes f32 max and otherMax, f64 rest,
 * otherRest and dot [rows]. A row may come in segments: with `joins` its sums are merged with those in the columns, all moved to
 * the greater maxima. Rows whose target is ignoreIndex are skipped; `targets` may be 0. Four elements per step.
 * Tests: test/kernels/softmax-divergence.test.ts.
 */
import { LOG2E, exp2Double } from "../math/exp";
import {
  C1, C10, C11, C12, C2, C3, C4, C5, C6, C7, C8, C9, SHIFTER, exp2Lanes, lowestForDouble,
} from "../math/exp-double";
import { VECTOR, doubleConstant, firstLanes, keepBeforeLoop, opaqueZero, promoteHigh, sumDoubles } from "../math/lanes";
import { log1pRows } from "../math/log";
import { blockMax } from "./block";
import { isIgnored, rowAt } from "./row";

/**
 * f32 max and otherMax, f64 rest, otherRest (sum_c exp(...) - 1) and dot = sum_c e_c ((x_c - max) - (y_c - otherMax)) per row
 * of x and y; with `joins` merged with the values in the columns.
 */
export function softmaxDivergenceRows(
  x: usize, y: usize, rows: i32, cols: i32, xStride: i32, yStride: i32, targets: usize, ignoreIndex: i32, temperature: f64,
  joins: bool, max: usize, rest: usize, otherMax: usize, otherRest: usize, dot: usize,
): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const double = <usize>r << 3;
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const mOut = max + single;
    const nOut = otherMax + single;
    const restOut = rest + double;
    const otherRestOut = otherRest + double;
    const dotOut = dot + double;
    const m = load<f32>(mOut);
    const n = load<f32>(nOut);
    const R = load<f64>(restOut);
    const S = load<f64>(otherRestOut);
    const D = load<f64>(dotOut);
    const xRow = rowAt(x, r, xStride);
    const yRow = rowAt(y, r, yStride);
    store<f32>(mOut, blockMax(xRow, cols));
    store<f32>(nOut, blockMax(yRow, cols));
    sums(xRow, yRow, cols, origin(load<f32>(mOut)), origin(load<f32>(nOut)), scale, restOut, otherRestOut, dotOut);
    if (joins) join(mOut, nOut, restOut, otherRestOut, dotOut, m, n, R, S, D, scale);
  }
}

/** f64 out[rows] = KL = dot / (T (1 + rest)) - log((1 + rest) / (1 + otherRest)) >= 0; `rows` rounded up to four. */
export function softmaxDivergenceFinish(
  rows: i32, temperature: f64, rest: usize, otherRest: usize, dot: usize, out: usize,
): void {
  for (let at: usize = 0; at < <usize>rows << 3; at += 8) {
    const R = load<f64>(rest + at);
    const S = load<f64>(otherRest + at);
    store<f64>(out + at, abs(R - S) / (1.0 + min(R, S)));
  }
  log1pRows(out, rows, out);
  for (let at: usize = 0; at < <usize>rows << 3; at += 8) {
    const R = load<f64>(rest + at);
    const log = load<f64>(out + at);
    const kl = load<f64>(dot + at) / (temperature * (1.0 + R)) - (R < load<f64>(otherRest + at) ? -log : log);
    // KL >= 0: where rounding leaves less, 0 is nearer to the true value
    store<f64>(out + at, max(kl, 0.0));
  }
}

/** The origin of a row's differences: its maximum, or 0 where all classes are masked. A maximum of +inf gives inf - inf = NaN. */
// @ts-ignore: decorator
@inline
function origin(m: f32): f64 {
  return m == -Infinity ? 0.0 : <f64>m;
}

/** R, S and D of one segment. Elements equal to a maximum have e = 1 exactly; they are counted instead of added. */
function sums(
  x: usize, y: usize, cols: i32, m: f64, n: f64, scale: f64, rest: usize, otherRest: usize, dot: usize,
): void {
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
  const max = f64x2.splat(m);
  const otherMax = f64x2.splat(n);
  const masked = f32x4.splat(-Infinity);
  let R = zero;
  let S = zero;
  let D = zero;
  let equal = zero;
  let otherEqual = zero;
  for (let i = 0; i < cols; i += 4) {
    const lanes = firstLanes(cols - i < 4 ? cols - i : 4);
    const xs = v128.bitselect(v128.load(x), masked, lanes);
    const ys = v128.bitselect(v128.load(y), masked, lanes);
    // one half of a vector after the other: there are no registers for four chains of exponentials
    for (let half = 0; half < 2; half++) {
      const d = f64x2.sub(half ? promoteHigh(xs) : f64x2.promote_low_f32x4(xs), max);
      const o = f64x2.sub(half ? promoteHigh(ys) : f64x2.promote_low_f32x4(ys), otherMax);
      const e = exp2Lanes(d, s, lowest, shifter, one, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
      const f = exp2Lanes(o, s, lowest, shifter, one, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12);
      const isMax = f64x2.eq(d, zero);
      const isOtherMax = f64x2.eq(o, zero);
      equal = i64x2.sub(equal, isMax);
      otherEqual = i64x2.sub(otherEqual, isOtherMax);
      R = f64x2.add(R, v128.andnot(e, isMax));
      S = f64x2.add(S, v128.andnot(f, isOtherMax));
      // 0 times an infinite distance is 0
      D = f64x2.add(D, v128.and(f64x2.mul(e, f64x2.sub(d, o)), f64x2.ne(e, zero)));
    }
    x += VECTOR;
    y += VECTOR;
  }
  let used = v128.xor(v128.xor(v128.xor(c1, c2), v128.xor(c3, c4)), v128.xor(v128.xor(c5, c6), v128.xor(c7, c8)));
  used = v128.xor(used, v128.xor(v128.xor(c9, c10), v128.xor(v128.xor(c11, c12), v128.xor(shifter, one))));
  keepBeforeLoop(used);
  store<f64>(rest, sumDoubles(R) + <f64>(i64x2.extract_lane(equal, 0) + i64x2.extract_lane(equal, 1) - 1));
  store<f64>(otherRest, sumDoubles(S) + <f64>(i64x2.extract_lane(otherEqual, 0) + i64x2.extract_lane(otherEqual, 1) - 1));
  store<f64>(dot, sumDoubles(D));
}

/** Merges the earlier classes' (m, n, R, S, D) into those in the columns, all relative to the greater maxima. */
function join(
  mOut: usize, nOut: usize, rest: usize, otherRest: usize, dot: usize, m: f32, n: f32, R: f64, S: f64, D: f64, scale: f64,
): void {
  const ownM = load<f32>(mOut);
  const ownN = load<f32>(nOut);
  const ownR = load<f64>(rest);
  const ownS = load<f64>(otherRest);
  const ownD = load<f64>(dot);
  const newM = max(m, ownM);
  const newN = max(n, ownN);
  store<f32>(mOut, newM);
  store<f32>(nOut, newN);
  store<f64>(dot, movedDot(m, n, R, D, newM, newN, scale) + movedDot(ownM, ownN, ownR, ownD, newM, newN, scale));
  store<f64>(rest, joinedRest(m, R, ownM, ownR, newM, scale));
  store<f64>(otherRest, joinedRest(n, S, ownN, ownS, newN, scale));
}

/** D relative to (m, n), converted to be relative to (newM, newN). */
function movedDot(m: f32, n: f32, R: f64, D: f64, newM: f32, newN: f32, scale: f64): f64 {
  const weight = 1.0 + R;
  // no class counts, however far away its maximum is
  if (weight == 0.0) return 0.0;
  const down = origin(m) - origin(newM);
  const factor = exp2Double(down * scale);
  return factor == 0.0 ? 0.0 : factor * (D + (down - (origin(n) - origin(newN))) * weight);
}

/** R of both parts relative to the greater maximum. The part that holds it is not multiplied, so its own 1 stays exact. */
function joinedRest(m: f32, R: f64, ownM: f32, ownR: f64, newM: f32, scale: f64): f64 {
  const far = m < ownM ? R : ownR;
  const near = m < ownM ? ownR : R;
  if (1.0 + far == 0.0) return near;
  return near + (1.0 + far) * exp2Double((origin(m < ownM ? m : ownM) - origin(newM)) * scale);
}
