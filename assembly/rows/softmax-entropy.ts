/**
 * Entropy of the softmax of rows of logits, in nats, from two sums counted from the row's maximum m:
 *
 *   R = sum_c e_c - 1,   D = sum_c e_c (x_c - m),   e_c = exp((x_c - m) / T)
 *   H = -sum_c p_c log p_c = log(1 + R) - D / (T (1 + R))
 *
 * Both terms are >= 0: nothing cancels, and a row that is all but certain keeps its tiny entropy. R is summed here once more,
 * beside D and from the same exponentials, whose errors then meet in H as those of slightly other logits would.
 *
 * Reads rows x cols f32 at `stride`, and up to 12 bytes past each row, f32 max[rows]; writes f64 rest[rows] (R) and dot[rows]
 * (D). A row may come in segments: from the second on, earlierMax is the maximum of the classes before (0: none), and the sums
 * are joined with those in rest and dot, both moved to the greater maximum. Rows whose target is ignoreIndex are skipped.
 *
 * Four exponentials are added in f32, the rest in f64. The plain build forms s d in parts here (see exp2InParts): rounded, it
 * would put up to 5e-7 into H where hundreds of classes share one logit. -inf contributes 0. A NaN, a +inf, or -inf only give
 * NaN in the end. Tests: test/kernels/softmax-entropy.test.ts.
 */
import {
  C1, C2, C3, C4, C5, LOG2E, SHIFTER, addPower, exp2Double, fraction, hide, lowestFor, scaled, shifted,
} from "../math/exp";
import { ELEMENT, VECTOR, constant, firstLanes, foldToDouble, opaqueZero } from "../math/lanes";
import { log1pRows } from "../math/log";
import { blockHasNaN } from "./block";

/** R of no class at all: 1 + R = 0. */
// @ts-ignore: decorator
@inline
const NOTHING: f64 = -1.0;

/** Sign, exponent and the upper 12 bits of an f32's mantissa, the implicit one among them. */
// @ts-ignore: decorator
@inline
const HIGH_BITS: i32 = 0xfffff000;

export function softmaxEntropyRows(
  logits: usize, rows: i32, cols: i32, stride: i32, targets: usize, ignoreIndex: i32, temperature: f64,
  max: usize, earlierMax: usize, rest: usize, dot: usize,
): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    if (targets && load<i32>(targets + (<usize>r << 2)) == ignoreIndex) continue;
    const row = logits + <usize>r * <usize>stride * ELEMENT;
    const m = load<f32>(max + (<usize>r << 2));
    const restOut = rest + (<usize>r << 3);
    const dotOut = dot + (<usize>r << 3);
    const earlierRest = earlierMax ? load<f64>(restOut) : NOTHING;
    const earlierDot = earlierMax ? load<f64>(dotOut) : 0.0;
    if (m - m == 0) sums(row, cols, m, scale, restOut, dotOut);
    else {
      store<f64>(restOut, blockHasNaN(row, cols) ? NaN : NOTHING);
      store<f64>(dotOut, 0.0);
    }
    if (earlierMax) join(restOut, dotOut, m, earlierRest, earlierDot, load<f32>(earlierMax + (<usize>r << 2)), scale);
  }
}

/** out[r] = H, NaN where m is infinite; `rows` rounded up to four. Reads f32 max, f64 rest and dot. */
export function softmaxEntropyFinish(rows: i32, temperature: f64, max: usize, rest: usize, dot: usize, out: usize): void {
  log1pRows(rest, rows, out);
  const t = f64x2.splat(temperature);
  const one = f64x2.splat(1.0);
  for (let r = 0; r < rows; r += 2) {
    const double = <usize>r << 3;
    const m = f64x2.promote_low_f32x4(v128.load64_zero(max + (<usize>r << 2)));
    const sum = f64x2.mul(t, f64x2.add(one, v128.load(rest + double)));
    const h = f64x2.sub(v128.load(out + double), f64x2.div(v128.load(dot + double), sum));
    v128.store(out + double, f64x2.add(h, f64x2.sub(m, m)));
  }
}

/** R and D of one row with a finite maximum. Elements equal to it are counted instead of added. */
function sums(x: usize, cols: i32, m: f32, scale: f64, rest: usize, dot: usize): void {
  const zero = opaqueZero(cols);
  const shifter = constant(SHIFTER, zero);
  const one = constant(1.0, zero);
  const c1 = constant(C1, zero);
  const c2 = constant(C2, zero);
  const c3 = constant(C3, zero);
  const c4 = constant(C4, zero);
  const c5 = constant(C5, zero);
  const s = f32x4.splat(<f32>scale);
  // the relaxed build multiplies without rounding, so that all of s may be in its high part
  const sHigh = ASC_FEATURE_RELAXED_SIMD ? s : v128.and(s, i32x4.splat(HIGH_BITS));
  const sLow = f32x4.splat(<f32>(scale - <f64>f32x4.extract_lane(sHigh, 0)));
  const lowest = f32x4.splat(lowestFor(scale));
  const max = f32x4.splat(m);
  let equal = i32x4.splat(0);
  let restSum = f64x2.splat(0.0);
  let dotSum = f64x2.splat(0.0);
  const end = x + <usize>cols * ELEMENT;
  const unrolledEnd = x + <usize>(cols & ~15) * ELEMENT;
  while (x < unrolledEnd) {
    const xa = v128.load(x);
    const xb = v128.load(x, 16);
    const xc = v128.load(x, 32);
    const xd = v128.load(x, 48);
    const isA = f32x4.eq(xa, max);
    const isB = f32x4.eq(xb, max);
    const isC = f32x4.eq(xc, max);
    const isD = f32x4.eq(xd, max);
    equal = i32x4.sub(equal, i32x4.add(i32x4.add(isA, isB), i32x4.add(isC, isD)));
    // clamped here, so that e_c (x_c - m) is 0 where e_c is
    const da = f32x4.pmax(hide(f32x4.sub(xa, max), isA, lowest), lowest);
    const db = f32x4.pmax(hide(f32x4.sub(xb, max), isB, lowest), lowest);
    const dc = f32x4.pmax(hide(f32x4.sub(xc, max), isC, lowest), lowest);
    const dd = f32x4.pmax(hide(f32x4.sub(xd, max), isD, lowest), lowest);
    const ea = exp2InParts(da, s, sHigh, sLow, shifter, one, c1, c2, c3, c4, c5);
    const eb = exp2InParts(db, s, sHigh, sLow, shifter, one, c1, c2, c3, c4, c5);
    const ec = exp2InParts(dc, s, sHigh, sLow, shifter, one, c1, c2, c3, c4, c5);
    const ed = exp2InParts(dd, s, sHigh, sLow, shifter, one, c1, c2, c3, c4, c5);
    const e = f32x4.add(f32x4.add(ea, eb), f32x4.add(ec, ed));
    const low = f32x4.add(f32x4.mul(ea, da), f32x4.mul(eb, db));
    const high = f32x4.add(f32x4.mul(ec, dc), f32x4.mul(ed, dd));
    restSum = f64x2.add(restSum, foldToDouble(e));
    dotSum = f64x2.add(dotSum, foldToDouble(f32x4.add(low, high)));
    x += 4 * VECTOR;
  }
  while (x < end) {
    const left = <i32>((end - x) / ELEMENT);
    const values = v128.bitselect(v128.load(x), f32x4.splat(-Infinity), firstLanes(left < 4 ? left : 4));
    const isMax = f32x4.eq(values, max);
    equal = i32x4.sub(equal, isMax);
    const d = f32x4.pmax(hide(f32x4.sub(values, max), isMax, lowest), lowest);
    const e = exp2InParts(d, s, sHigh, sLow, shifter, one, c1, c2, c3, c4, c5);
    restSum = f64x2.add(restSum, foldToDouble(e));
    dotSum = f64x2.add(dotSum, foldToDouble(f32x4.mul(e, d)));
    x += VECTOR;
  }
  const pairs = i32x4.add(equal, v128.shuffle<i32>(equal, equal, 2, 3, 0, 1));
  const count = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1) - 1;
  store<f64>(rest, f64x2.extract_lane(restSum, 0) + f64x2.extract_lane(restSum, 1) + <f64>count);
  store<f64>(dot, f64x2.extract_lane(dotSum, 0) + f64x2.extract_lane(dotSum, 1));
}

/**
 * 2^(s d) as in exp.ts, d clamped already, with f = s d - n to the last bit in the plain build too: d and s in a high part of 12
 * bits and the rest, whose high product is exact in f32,
 *
 *   f = (dHigh sHigh - n) + (dHigh sLow + dLow s)
 */
// @ts-ignore: decorator
@inline
function exp2InParts(
  d: v128, s: v128, sHigh: v128, sLow: v128, shifter: v128, one: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128,
): v128 {
  const product = scaled(d, s);
  const moved = shifted(d, product, s, shifter);
  let f: v128;
  if (ASC_FEATURE_RELAXED_SIMD) f = fraction(d, product, moved, s, sLow, shifter);
  else {
    const high = v128.and(d, i32x4.splat(HIGH_BITS));
    const low = f32x4.sub(d, high);
    const n = f32x4.sub(moved, shifter);
    f = f32x4.add(f32x4.sub(f32x4.mul(high, sHigh), n), f32x4.add(f32x4.mul(high, sLow), f32x4.mul(low, s)));
  }
  return addPower(f32x4.splat(0.0), f, moved, one, c1, c2, c3, c4, c5);
}

/** (R, D) at rest and dot, counted from m, and (S, E), counted from n: both from the greater of m and n, added. */
function join(rest: usize, dot: usize, m: f32, S: f64, E: f64, n: f32, scale: f64): void {
  let R = load<f64>(rest);
  let D = load<f64>(dot);
  let distance = <f64>n - <f64>m;
  if (n > m) {
    const R0 = R;
    const D0 = D;
    R = S;
    D = E;
    S = R0;
    E = D0;
    distance = -distance;
  }
  // what has no class yet, or only masked ones, has an infinite distance to take
  if (1.0 + S != 0.0) {
    const factor = exp2Double(distance * scale);
    R += factor * (1.0 + S);
    D += factor * (E + distance * (1.0 + S));
  }
  store<f64>(rest, R);
  store<f64>(dot, D);
}
