/**
 * The last step of the cross-entropy: per-row losses from what the rows' kernels left.
 *
 *   lse = m / T + L,   L = log(1 + R)
 *   loss = hard w_t (lse - x_t / T) + sum_c a_c (lse - x_c / T)
 *        = hard w_t (L + (m - x_t) / T) + mass L - dot / T             (dot = sum_c a_c (x_c - m), see row-dot.ts)
 *   z = zLoss lse^2
 *
 * Written around m, so that only differences of near numbers are formed: with the target at the maximum the loss is
 * hard w_t L, whatever the size of the logits. f64 throughout, two rows a step.
 *
 * Reads f32 max, target; f64 rest; f64 rowWeight (0 pointer: 1), dot and mass (0 pointers: none); writes f64 loss and, if
 * zLoss is not 0, f64 z; all of `rows` entries rounded up to four. A row whose target is ignoreIndex gives 0 and 0 (targets
 * may be 0). m infinite (a +inf logit, or all -inf) or a NaN: NaN, as in PyTorch. Tests: test/losses.
 */
import { log1pRows } from "../math/log";

export function crossEntropyRows(
  rows: i32, temperature: f64, hard: f64, zLoss: f64, max: usize, rest: usize, target: usize, rowWeight: usize,
  dot: usize, mass: usize, targets: usize, ignoreIndex: i32, loss: usize, z: usize,
): void {
  // L waits in the loss column until its row is finished
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

/** out[r] = m + log(1 + R) as f32; `rows` rounded up to four. Leaves log(1 + R) in `rest`. */
export function logSumExpFinish(rows: i32, max: usize, rest: usize, out: usize): void {
  log1pRows(rest, rows, rest);
  for (let r = 0; r < rows; r += 2) {
    const m = f64x2.promote_low_f32x4(v128.load64_zero(max + (<usize>r << 2)));
    const lse = f64x2.add(m, v128.load(rest + (<usize>r << 3)));
    v128.store64_lane(out + (<usize>r << 2), f32x4.demote_f64x2_zero(lse), 0);
  }
}
