/**
 * Entropy of the softmax of rows of logits, in nats, from two sums counted from the row's maximum m:
 *
 *   R = sum_c e_c - 1,   D = sum_c e_c (x_c - m),   e_c = exp((x_c - m) / T)
 *   H = -sum_c p_c log p_c = log(1 + R) - D / (T (1 + R))
 *
 * Both terms are >= 0, so nothing cancels, and a nearly certain row keeps the digits of its tiny entropy.
 *
 * The exponentials are those that expRows (log-sum-exp.ts) left; none is computed again. Those of block b of 512 classes are
 * relative to its reference m_b, and so is the block's part of D, which is then moved to m:
 *
 *   D = sum_b g_b sum_{c in b} e_c ((x_c - m_b) + (m_b - m)),   g_b = exp((m_b - m) / T)
 *
 * R is summed again beside D, so that both contain the same errors of the exponentials: in H these act like slightly different
 * logits. Where R < 1, R is taken from expRows, which did not add its terms to the maximum's 1. Eight terms per lane are added in
 * f32, as a tree: then rows with hundreds of equal logits, which are common, add no roundings of one sign.
 *
 * -inf contributes 0. A NaN, or an infinite maximum, makes H NaN. Tests: test/kernels/softmax-entropy.test.ts.
 */
import { BLOCK } from "../../src/memory/constants";
import { LOG2E, exp2Double, lowestFor } from "../math/exp";
import { ELEMENT, VECTOR, firstLanes, foldToDouble, sumDoubles } from "../math/lanes";
import { log1pRows } from "../math/log";
import { NOTHING } from "./long-row";
import { isIgnored, rowAt } from "./row";

/**
 * f64 sum[rows] = sum_c e_c - 1 and dot[rows] = sum_c e_c (x_c - max) with e_c = exp((x_c - max) / temperature) from expRows.
 *
 * Reads the logits and the results of expRows: the exponentials (rows `expStride` apart), their blocks' references at refs[r,
 * block] (rows `refStride` apart), f32 max and f64 rest. Reads up to 12 bytes past each row of logits and exponentials.
 * A row may come in segments. From the second segment on, earlierMax is the maximum of the classes before it (0 pointer:
 * none), and R and D are merged with those in sum and dot, moved to the greater maximum. Rows whose target is ignoreIndex are
 * skipped; `targets` may be 0.
 */
export function softmaxEntropyRows(
  logits: usize, rows: i32, cols: i32, stride: i32, exps: usize, expStride: i32, refs: usize, refStride: i32,
  targets: usize, ignoreIndex: i32, temperature: f64, max: usize, rest: usize, earlierMax: usize, sum: usize, dot: usize,
): void {
  const scale = LOG2E / temperature;
  for (let r = 0; r < rows; r++) {
    const single = <usize>r << 2;
    const double = <usize>r << 3;
    if (isIgnored(targets, r, ignoreIndex)) continue;
    const earlierSum = load<f64>(sum + double);
    const earlierDot = load<f64>(dot + double);
    const x = rowAt(logits, r, stride);
    const e = rowAt(exps, r, expStride);
    const m = load<f32>(max + single);
    const R = load<f64>(rest + double);
    if (m - m == 0) {
      sums(x, e, cols, m, refs + (<usize>(r * refStride) << 2), scale, sum + double, dot + double);
      if (!(R >= 1.0)) store<f64>(sum + double, R);
    } else {
      store<f64>(sum + double, R == R ? NOTHING : NaN);
      store<f64>(dot + double, 0.0);
    }
    if (earlierMax) join(sum + double, dot + double, m, earlierSum, earlierDot, load<f32>(earlierMax + single), scale);
  }
}

/**
 * f64 out[rows] = log(1 + sum) - dot / (temperature (1 + sum)), the entropy in nats, NaN where max is infinite;
 * `rows` rounded up to four.
 */
export function softmaxEntropyFinish(rows: i32, temperature: f64, max: usize, sum: usize, dot: usize, out: usize): void {
  log1pRows(sum, rows, out);
  const t = f64x2.splat(temperature);
  const one = f64x2.splat(1.0);
  for (let r = 0; r < rows; r += 2) {
    const double = <usize>r << 3;
    const m = f64x2.promote_low_f32x4(v128.load64_zero(max + (<usize>r << 2)));
    const whole = f64x2.mul(t, f64x2.add(one, v128.load(sum + double)));
    const h = f64x2.sub(v128.load(out + double), f64x2.div(v128.load(dot + double), whole));
    v128.store(out + double, f64x2.add(h, f64x2.sub(m, m)));
  }
}

/** R and D of a row, block by block. */
function sums(x: usize, exps: usize, cols: i32, m: f32, refs: usize, scale: f64, sum: usize, dot: usize): void {
  const lowest = lowestFor(scale);
  let S: f64 = 0.0;
  let D: f64 = 0.0;
  for (let i = 0; i < cols; i += BLOCK) {
    const ref = load<f32>(refs + (<usize>(i / BLOCK) << 2));
    // only -inf so far
    if (ref == -Infinity) continue;
    const offset = <usize>i * ELEMENT;
    blockSums(x + offset, exps + offset, min(cols - i, BLOCK), ref, lowest, sum, dot);
    const s = load<f64>(sum);
    const d = load<f64>(dot);
    if (ref == m) {
      S += s;
      D += d;
    } else {
      const distance = <f64>ref - <f64>m;
      const factor = exp2Double(distance * scale);
      S += factor * s;
      D += factor * (d + distance * s);
    }
  }
  store<f64>(sum, S - 1.0);
  store<f64>(dot, D);
}

/** sum_c e_c and sum_c e_c (x_c - ref) of a block. */
function blockSums(x: usize, exps: usize, count: i32, ref: f32, lowest: f32, sum: usize, dot: usize): void {
  const reference = f32x4.splat(ref);
  // keeps the difference finite where e_c is 0
  const least = f32x4.splat(lowest);
  let total = f64x2.splat(0.0);
  let dots = f64x2.splat(0.0);
  const unrolledEnd = x + <usize>(count & ~31) * ELEMENT;
  const end = x + <usize>count * ELEMENT;
  while (x < unrolledEnd) {
    const e0 = v128.load(exps);
    const e1 = v128.load(exps, 16);
    const d0 = f32x4.add(product(e0, x, 0, reference, least), product(e1, x, 16, reference, least));
    const e2 = v128.load(exps, 32);
    const e3 = v128.load(exps, 48);
    const d1 = f32x4.add(product(e2, x, 32, reference, least), product(e3, x, 48, reference, least));
    const low = f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3));
    const lowDots = f32x4.add(d0, d1);
    const e4 = v128.load(exps, 64);
    const e5 = v128.load(exps, 80);
    const d2 = f32x4.add(product(e4, x, 64, reference, least), product(e5, x, 80, reference, least));
    const e6 = v128.load(exps, 96);
    const e7 = v128.load(exps, 112);
    const d3 = f32x4.add(product(e6, x, 96, reference, least), product(e7, x, 112, reference, least));
    const high = f32x4.add(f32x4.add(e4, e5), f32x4.add(e6, e7));
    total = f64x2.add(total, foldToDouble(f32x4.add(low, high)));
    dots = f64x2.add(dots, foldToDouble(f32x4.add(lowDots, f32x4.add(d2, d3))));
    x += 8 * VECTOR;
    exps += 8 * VECTOR;
  }
  while (x < end) {
    const left = <i32>((end - x) / ELEMENT);
    const inside = firstLanes(left < 4 ? left : 4);
    const e = v128.and(v128.load(exps), inside);
    total = f64x2.add(total, foldToDouble(e));
    dots = f64x2.add(dots, foldToDouble(v128.and(product(e, x, 0, reference, least), inside)));
    x += VECTOR;
    exps += VECTOR;
  }
  store<f64>(sum, sumDoubles(total));
  store<f64>(dot, sumDoubles(dots));
}

/** e (x - ref) in each lane. */
// @ts-ignore: decorator
@inline
function product(e: v128, x: usize, offset: usize, reference: v128, least: v128): v128 {
  return f32x4.mul(e, f32x4.pmax(f32x4.sub(v128.load(x + offset), reference), least));
}

/** Merges (S, E), relative to n, into (R, D) at sum and dot, relative to m; the result is relative to the greater of m and n. */
function join(sum: usize, dot: usize, m: f32, S: f64, E: f64, n: f32, scale: f64): void {
  let R = load<f64>(sum);
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
  // no class yet, or only masked ones: the distance is infinite
  if (1.0 + S != 0.0) {
    const factor = exp2Double(distance * scale);
    R += factor * (1.0 + S);
    D += factor * (E + distance * (1.0 + S));
  }
  store<f64>(sum, R);
  store<f64>(dot, D);
}
