/**
 * The last step of cross-entropy: per-row losses from the columns that the row kernels left.
 *
 *   lse = m / T + L,   L = log(1 + R)
 *   loss = hard w_t (lse - x_t / T) + sum_c a_c (lse - x_c / T)
 *        = hard w_t (L + (m - x_t) / T) + mass L - dot / T             (dot = sum_c a_c (x_c - m), see row-dot.ts)
 *   z = zLoss lse^2
 *
 * Everything is counted from m, so only near numbers are subtracted: with the target at the maximum the loss is hard w_t L,
 * whatever the size of the logits. All in f64, two rows per step.
 *
 * Reads f32 max, target; f64 rest; f64 rowWeight (0 pointer: 1), dot and mass (0 pointers: none). Writes f64 loss and, if zLoss
 * is not 0, f64 z. Each has `rows` entries rounded up to four. A row whose target is ignoreIndex gives 0 in both (`targets` may
 * be 0). An infinite m (a +inf logit, or all -inf) or a NaN gives NaN, as in PyTorch. Tests: test/losses.
 */
import { log1pRows } from "../math/log";

/**
 * f64 loss[rows] = hard rowWeight (L + (max - target) / T) + mass L - dot / T with L = log(1 + rest), and
 * z[rows] = zLoss (max / T + L)^2.
 */
export function crossEntropyRows(
  rows: i32, temperature: f64, hard: f64, zLoss: f64, max: usize, rest: usize, target: usize, rowWeight: usize,
  dot: usize, mass: usize, targets: usize, ignoreIndex: i32, loss: usize, z: usize,
): void {
  // the loss column holds L until its row is finished
  log1pRows(rest, rows, loss);
  const inverse = f64x2.splat(1.0 / temperature);
  const hards = f64x2.splat(hard);
  const zScale = f64x2.splat(zLoss);
  for (let r = 0; r < rows; r += 2) {
    const single = <usize>r << 2;
    const double = <usize>r << 3;
    const m = f64x2.promote_low_f32x4(v128.load64_zero(max + single));
    const l = v128.load(loss + double);
    // m - m: 0, or NaN where m is infinite
    let value = f64x2.sub(m, m);
    if (hard != 0.0) {
      const x = f64x2.promote_low_f32x4(v128.load64_zero(target + single));
      let nll = f64x2.mul(hards, f64x2.add(l, f64x2.mul(f64x2.sub(m, x), inverse)));
      if (rowWeight) nll = f64x2.mul(nll, v128.load(rowWeight + double));
      value = f64x2.add(value, nll);
    }
    if (dot) {
      const far = f64x2.mul(v128.load(dot + double), inverse);
      value = f64x2.add(value, f64x2.sub(f64x2.mul(v128.load(mass + double), l), far));
    }
    let keep = i64x2.splat(-1);
    if (targets) {
      const ignored = i32x4.eq(v128.load64_zero(targets + single), i32x4.splat(ignoreIndex));
      keep = v128.not(v128.shuffle<i32>(ignored, ignored, 0, 0, 1, 1));
    }
    v128.store(loss + double, v128.and(value, keep));
    if (zLoss != 0.0) {
      const lse = f64x2.add(f64x2.mul(m, inverse), l);
      v128.store(z + double, v128.and(f64x2.mul(zScale, f64x2.mul(lse, lse)), keep));
    }
  }
}

/**
 * Two f64 logs and two f64 distances per eight rows, which add up to the rows' plain losses (no weights, smoothing or z-loss).
 *
 * One logarithm serves four rows, because at ten classes the logarithms took a sixth of the time:
 *
 *   sum_r log(1 + R_r) = log(1 + P),   P <- P + R_r + P R_r      (keeps tiny R: nothing is subtracted from 1 + P)
 *   sum_r (m_r - x_t) / T
 *
 * Rows 8g, 8g + 2, 8g + 4, 8g + 6 make entry 2g, the odd ones entry 2g + 1; the loss of an entry is log(1 + P) + distance.
 * Ignored rows and rows past the last count 0; an infinite m or a NaN gives NaN. Reads f32 max, target, f64 rest and i32 targets,
 * up to 7 entries past `rows`. Writes two f64 log(1 + P) and two f64 distances per eight rows, the last eight perhaps incomplete,
 * and up to two entries past the end of log(1 + P). Tests: test/kernels/grouped-rows.test.ts.
 */
export function crossEntropyGroups(
  rows: i32, temperature: f64, max: usize, rest: usize, target: usize, targets: usize, ignoreIndex: i32,
  logs: usize, distances: usize,
): void {
  const inverse = f64x2.splat(1.0 / temperature);
  const ignored = i32x4.splat(ignoreIndex);
  const end = i32x4.splat(rows);
  let p = logs;
  let distance = distances;
  for (let r = 0; r < rows; r += 8) {
    let product = f64x2.splat(0.0);
    let sum = f64x2.splat(0.0);
    const at = targets + (<usize>r << 2);
    const allKept = v128.and(i32x4.ne(v128.load(at), ignored), i32x4.ne(v128.load(at, 16), ignored));
    const isWhole = r + 8 <= rows && i32x4.all_true(allKept);
    for (let i = r; i < r + 8; i += 2) {
      const single = <usize>i << 2;
      const m = f64x2.promote_low_f32x4(v128.load64_zero(max + single));
      const x = f64x2.promote_low_f32x4(v128.load64_zero(target + single));
      if (isWhole) {
        // nothing to mask
        const R = v128.load(rest + (<usize>i << 3));
        product = f64x2.add(product, f64x2.add(R, f64x2.mul(product, R)));
        sum = f64x2.add(sum, f64x2.add(f64x2.mul(f64x2.sub(m, x), inverse), f64x2.sub(m, m)));
        continue;
      }
      const inside = i32x4.lt_s(i32x4.add(i32x4.splat(i), i32x4(0, 1, 0, 0)), end);
      const keepRows = v128.andnot(inside, i32x4.eq(v128.load64_zero(targets + single), ignored));
      const keep = v128.shuffle<i32>(keepRows, keepRows, 0, 0, 1, 1);
      const R = v128.and(v128.load(rest + (<usize>i << 3)), keep);
      const d = f64x2.add(f64x2.mul(f64x2.sub(m, x), inverse), f64x2.sub(m, m));
      product = f64x2.add(product, f64x2.add(R, f64x2.mul(product, R)));
      sum = f64x2.add(sum, v128.and(d, keep));
    }
    v128.store(p, product);
    v128.store(distance, sum);
    p += 16;
    distance += 16;
  }
  log1pRows(logs, <i32>((p - logs) >> 3), logs);
}

/** f32 out[rows] = max + log(1 + rest), `rows` rounded up to four; leaves log(1 + rest) in `rest`. */
export function logSumExpFinish(rows: i32, max: usize, rest: usize, out: usize): void {
  log1pRows(rest, rows, rest);
  for (let r = 0; r < rows; r += 2) {
    const m = f64x2.promote_low_f32x4(v128.load64_zero(max + (<usize>r << 2)));
    const lse = f64x2.add(m, v128.load(rest + (<usize>r << 3)));
    v128.store64_lane(out + (<usize>r << 2), f32x4.demote_f64x2_zero(lse), 0);
  }
}
